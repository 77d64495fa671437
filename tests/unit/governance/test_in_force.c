/*
 * test_in_force.c - a role believes the chain that the supervisor hands over only
 * after it has walked it by itself.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/encode.h"
#include "crypto/pins/follow.h"
#include "governance/in_force.h"
#include "proc/role_int.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/chain_kit.h"

struct rig {
	struct config config;
	struct role role;
	struct in_force f;
	struct pins *pins;
	struct chain_kit kit;
	char genesis[HEX_LEN(HASH_SIZE) + 1];
};

static void
begin(struct rig *r)
{
	AUTO(buf_release) struct buf hex = buf_of(sizeof(r->genesis));

	memset(r, 0, sizeof(*r));
	chain_kit_begin(&r->kit);
	r->kit.bundles[0]->expires_s =
	        clock_wall_ms() / 1000 + 30 * CHAIN_KIT_DAY;
	chain_kit_seal(&r->kit);
	encode_hex(&hex, bytes_of(r->kit.genesis, HASH_SIZE));
	memcpy(r->genesis, buf_str(&hex), sizeof(r->genesis));
	r->config.governance = "officers";
	r->config.genesis_sha256 = r->genesis;
	r->role.config = &r->config;
}

static void
end(struct rig *r)
{
	role_file_close(&r->role, IN_FORCE_CHAIN);
	in_force_release(&r->f);
	pins_free(r->pins);
	chain_kit_release(&r->kit);
}

/* Hands these bytes over in place of what was handed over before. */
static void
hand_over(struct rig *r, const char *name, struct bytes text)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text.data, text.len), (ssize_t)text.len);
	if (r->role.n_files > 0)
		close(r->role.files[0].fd);
	r->role.n_files = 1;
	r->role.files[0].fd = fd;
	(void)snprintf(r->role.files[0].name, sizeof(r->role.files[0].name),
	               "%s", name);
}

/* The first n versions. */
static void
hand_chain(struct rig *r, struct chain_kit *kit, size_t n)
{
	AUTO(buf_release) struct buf pack = chain_kit_pack(kit, n);

	hand_over(r, IN_FORCE_CHAIN, buf_bytes(&pack));
}

/* What a role does with it. */
static err_t
read_it(struct rig *r, struct buf *why)
{
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);

	buf_reset(why);
	TRY(in_force_read(&r->role, &r->f, &text, why));
	return pins_update(buf_bytes(&text), why, &r->pins);
}

static uint32_t
version(const struct rig *r)
{
	return r->f.bundle ? r->f.bundle->version : 0;
}

/* Refused with these words; what was in force stays. */
static void
refuses(struct rig *r, err_t wanted, const char *words)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	const struct bundle *was = r->f.bundle;

	CU_ASSERT_EQUAL(read_it(r, &why), wanted);
	CU_ASSERT_PTR_EQUAL(r->f.bundle, was);
	if (strstr(buf_str(&why), words))
		return;
	printf("  \"%s\" instead of \"%s\"\n", buf_str(&why), words);
	CU_FAIL("another complaint");
}

static void
test_keys_from_bundle(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct rig r;

	begin(&r);
	refuses(&r, E_NOT_FOUND, "");
	chain_kit_add(&r.kit, BUNDLE_ORDINARY, "alpha bravo");
	hand_chain(&r, &r.kit, 1);
	CU_ASSERT_EQUAL(read_it(&r, &why), OK);
	CU_ASSERT_EQUAL(version(&r), 1);
	CU_ASSERT_EQUAL(r.pins->version, 1);
	CU_ASSERT_EQUAL(r.pins->n, r.kit.bundles[0]->pins.n);
	CU_ASSERT_EQUAL(memcmp(r.f.bundle->digest, r.kit.genesis, HASH_SIZE),
	                0);
	hand_chain(&r, &r.kit, 2);
	CU_ASSERT_EQUAL(read_it(&r, &why), OK);
	CU_ASSERT_EQUAL(version(&r), 2);
	CU_ASSERT_EQUAL(r.pins->version, 2);
	CU_ASSERT_EQUAL(read_it(&r, &why), OK); /* once more */
	CU_ASSERT_EQUAL(version(&r), 2);
	end(&r);
}

/* A supervisor that was taken over, or handed a wrong file, convinces nobody. */
static void
test_walks_by_itself(void)
{
	struct rig r;

	begin(&r);
	r.genesis[5] = r.genesis[5] == '0' ? '1' : '0';
	hand_chain(&r, &r.kit, 1);
	refuses(&r, E_MALFORMED, "trust-genesis");
	end(&r);

	begin(&r);
	chain_kit_add(&r.kit, BUNDLE_ORDINARY, "alpha");
	hand_chain(&r, &r.kit, 2);
	refuses(&r, E_MALFORMED, "trust-quorum-before");
	hand_over(&r, IN_FORCE_CHAIN, bytes_of_str("anchord-trust-pack 1\n"));
	refuses(&r, E_MALFORMED, "");
	hand_over(&r, IN_FORCE_PINS, bytes_of_str("format = 1;\n"));
	refuses(&r, E_NOT_FOUND, ""); /* no pins file beside the bundle */
	end(&r);
}

/* It walks on from what it has walked, byte for byte, and from nothing else: the
 * next process, which walks the whole chain, would refuse this one. */
static void
test_walks_on(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct rig r;

	begin(&r);
	chain_kit_add(&r.kit, BUNDLE_ORDINARY, "alpha bravo");
	hand_chain(&r, &r.kit, 2);
	CU_ASSERT_EQUAL(read_it(&r, &why), OK);
	CU_ASSERT_EQUAL(r.f.walked.n, 2);
	chain_kit_add(&r.kit, BUNDLE_ORDINARY, "alpha bravo");
	hand_chain(&r, &r.kit, 3);
	CU_ASSERT_EQUAL(read_it(&r, &why), OK);
	CU_ASSERT_EQUAL(r.f.walked.n, 3);
	chain_kit_add(&r.kit, BUNDLE_ORDINARY, "alpha bravo");
	chain_kit_seal(&r.kit);
	chain_kit_unsign(&r.kit, 1);
	hand_chain(&r, &r.kit, 4);
	refuses(&r, E_MALFORMED, "trust-quorum-before");
	CU_ASSERT_EQUAL(r.f.walked.n, 3);
	end(&r);
}

static void
test_never_back(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct chain_kit fork;
	struct rig r;

	begin(&r);
	chain_kit_add(&r.kit, BUNDLE_ORDINARY, "alpha bravo");
	hand_chain(&r, &r.kit, 2);
	CU_ASSERT_EQUAL(read_it(&r, &why), OK);
	hand_chain(&r, &r.kit, 1);
	refuses(&r, E_CONFLICT, "does not have version 2");
	chain_kit_fork(&r.kit, &fork);
	chain_kit_add(&fork, BUNDLE_ORDINARY, "alpha bravo")->expires_s--;
	chain_kit_add(&fork, BUNDLE_ORDINARY, "alpha bravo");
	hand_chain(&r, &fork, 3);
	refuses(&r, E_CONFLICT, "does not have version 2");
	chain_kit_release(&fork);
	end(&r);
}

/* A role that starts after the expiry has no keys; one that runs is told. */
static void
test_expiry(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct rig r;

	begin(&r);
	uint64_t expires_s = r.kit.bundles[0]->expires_s;
	CU_ASSERT_FALSE(in_force_expired(&r.f, expires_s)); /* there is none */
	hand_chain(&r, &r.kit, 1);
	CU_ASSERT_EQUAL(read_it(&r, &why), OK);
	CU_ASSERT_FALSE(in_force_expired(&r.f, expires_s - 1));
	CU_ASSERT_TRUE(in_force_expired(&r.f, expires_s));
	struct bundle *b =
	        chain_kit_add(&r.kit, BUNDLE_ORDINARY, "alpha bravo");
	b->apply_before_s = b->issued_s + 1;
	b->expires_s = b->issued_s + 1;
	hand_chain(&r, &r.kit, 2);
	refuses(&r, b->expires_s < clock_wall_ms() / 1000 ? E_MALFORMED : OK,
	        "trust-expired");
	end(&r);
}

/* Without officers the pins file counts, and no chain. */
static void
test_without_officers(void)
{
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(512);
	struct rig r;

	begin(&r);
	r.config.governance = "none";
	hand_chain(&r, &r.kit, 1);
	refuses(&r, E_NOT_FOUND, "");
	pins_put(&text, &r.kit.bundles[0]->pins);
	hand_over(&r, IN_FORCE_PINS, buf_bytes(&text));
	CU_ASSERT_EQUAL(read_it(&r, &why), OK);
	CU_ASSERT_EQUAL(version(&r), 0);
	CU_ASSERT_EQUAL(r.pins->n, r.kit.bundles[0]->pins.n);
	CU_ASSERT_TRUE(in_force_file("pins"));
	CU_ASSERT_TRUE(in_force_file("trust-chain"));
	CU_ASSERT_FALSE(in_force_file("revocation"));
	end(&r);
}

static const struct harness_test tests[] = {
	{ "takes its keys from the bundle", test_keys_from_bundle },
	{ "walks the chain by itself", test_walks_by_itself },
	{ "walks on from what it has walked", test_walks_on },
	{ "never goes back", test_never_back },
	{ "knows the expiry", test_expiry },
	{ "takes the pins file where nobody governs", test_without_officers },
	{ NULL, NULL },
};

HARNESS_MAIN("in_force", tests)
