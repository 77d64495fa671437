/*
 * test_keyholder_trust.c - a key holder that officers govern starts: it signs only
 * if the device is as the trust bundle says.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/trust_kit.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/liar.h"
#include "tests/common/fakes/trust_rig.h"
#undef RIG /* the rigs of a device and of a key holder both have one */
#include "tests/common/roles/governed_rig.h"
#include "tests/shim/shim.h"

static const uint8_t other[HASH_SIZE] = { 9, 9, 9 };

/* The ledger gets the anchor's certificate, and nothing else of that kind. */
static void
expect_certificate(struct governed *w)
{
	struct wire_trust_certificate m;
	struct bytes packet;

	CU_ASSERT_TRUE_FATAL(peer_receive_id(w->rig.ledger,
	                                     WIRE_ID_TRUST_CERTIFICATE,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_trust_certificate(packet, &m), OK);
	CU_ASSERT_EQUAL(memcmp(m.digest, w->sha256, HASH_SIZE), 0);
	CU_ASSERT_TRUE(bytes_equal(m.der, buf_bytes(&w->der)));
}

/* A visitor's certificate, without a PIN, is noted and goes nowhere. */
static void
test_sound(void)
{
	AUTO(buf_release) struct buf his = buf_of(4096);
	uint8_t sha256[HASH_SIZE];
	GOVERNED(w);

	governed_kit_pack(&w.kit, 1);
	governed_put_all(&w, 1);
	trust_kit_certificate(8, &his, sha256);
	liar_honest_again(w.rig.token.module);
	struct p11 *p11 = liar_visit(&w.rig.token);
	CU_ASSERT_EQUAL(trust_rig_visitor(p11, buf_bytes(&his), false), CKR_OK);
	p11_unload(p11);
	governed_life(&w);
	governed_await_status(&w, true,
	                      "1 certificates in the token that the bundle");
	expect_certificate(&w);
	rig_take_key(&w.rig, w.rig.front);
	rig_take_key(&w.rig, w.rig.ledger);
	rig_ask(&w.rig, w.rig.front, 3);
	rig_take(&w.rig, w.rig.front, 3);
	/* a ledger that comes later gets it, too */
	w.rig.ledger = lifeline_edge(w.rig.life, WIRE_ROLE_LEDGER, 0);
	expect_certificate(&w);
	struct bytes packet;
	CU_ASSERT_FALSE(peer_receive_id(w.rig.ledger, WIRE_ID_TRUST_CERTIFICATE,
	                                100, &packet));
	life_end(&w.rig);
}

/* --- each fault ----------------------------------------------------------- */

static void
lack_genesis(struct governed *w)
{
	governed_put_genesis(w, other);
	governed_put_head(&w->name, w->rig.token.pin, 1, governed_digest(w, 1));
	governed_put_counter(&w->name, w->rig.token.pin, 1);
	governed_put_certificate(w);
}

static void
lack_head(struct governed *w)
{
	governed_put_genesis(w, w->kit.chain.genesis);
	governed_put_counter(&w->name, w->rig.token.pin, 1);
	governed_put_certificate(w);
}

static void
have_other_head(struct governed *w)
{
	governed_put_genesis(w, w->kit.chain.genesis);
	governed_put_head(&w->name, w->rig.token.pin, 1, other);
	governed_put_counter(&w->name, w->rig.token.pin, 1);
	governed_put_certificate(w);
}

/* The chain of version 1 was put back. */
static void
have_later_head(struct governed *w)
{
	governed_kit_next(&w->kit);
	governed_kit_pack(&w->kit, 1);
	governed_put_all(w, 2);
}

static void
lack_counter(struct governed *w)
{
	governed_put_genesis(w, w->kit.chain.genesis);
	governed_put_head(&w->name, w->rig.token.pin, 1, governed_digest(w, 1));
	governed_put_certificate(w);
}

static void
have_later_counter(struct governed *w)
{
	lack_counter(w);
	governed_put_counter(&w->name, w->rig.token.pin, 2);
}

static void
lack_certificate(struct governed *w)
{
	governed_put_all(w, 1);
	governed_drop_certificate(w);
}

static const struct row {
	void (*store)(struct governed *w);
	const char *says;
} rows[] = {
	{ lack_genesis, "trust-genesis-missing: " },
	{ lack_head, "trust-head-missing: " },
	{ have_other_head, "trust-head: version 1 of the chain" },
	{ have_later_head, "trust-head: the device's head is version 2" },
	{ lack_counter, "trust-counter-missing: " },
	{ have_later_counter, "trust-rollback: the device's counter is 2" },
	{ lack_certificate, "trust-certificate-missing: " GOVERNED_ANCHOR },
};

static void
refuse_row(const struct row *row)
{
	struct bytes packet;
	GOVERNED(w);

	governed_kit_pack(&w.kit, 1);
	row->store(&w);
	governed_life(&w);
	governed_await_status(&w, false, row->says);
	governed_expect_refused(&w);
	/* and no peer has been told of a key */
	CU_ASSERT_FALSE(
	        peer_receive_id(w.rig.front, WIRE_ID_KEY_HELD, 50, &packet));
	life_end(&w.rig);
}

static void
test_each_fault(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		refuse_row(&rows[i]);
}

/* The bundle names another device. */
static void
test_device(void)
{
	GOVERNED(w);
	struct bundle *b = w.kit.chain.bundles[0];

	b->devices[b->n_devices++] = b->devices[0];
	b->devices[1].base = 5;
	memcpy(b->devices[0].token, "hsm-a", sizeof("hsm-a"));
	b->devices[0].counter[strlen("pkcs11:serial=")] ^= 1;
	governed_kit_pack(&w.kit, 1);
	governed_put_all(&w, 1);
	w.rig.more = "name=\"hsm-a\";"; /* which has no key */
	governed_life(&w);
	governed_await_status(&w, false, "no key is pinned for this token");
	life_end(&w.rig);
	/* its own row, by which the counter is behind */
	w.rig.more = NULL;
	governed_life(&w);
	governed_await_status(&w, true, "anchorctl trust apply");
	life_end(&w.rig);
}

/* The configuration names another token than the one that officers signed for. */
static void
test_other_token(void)
{
	GOVERNED(w);
	struct trust_device *row = &w.kit.chain.bundles[0]->devices[0];

	(void)snprintf(row->counter, sizeof(row->counter), "%s",
	               BUNDLE_KIT_COUNTER);
	governed_kit_pack(&w.kit, 1);
	governed_put_all(&w, 1);
	governed_life(&w);
	governed_await_status(&w, false,
	                      "trust-counter-other: head and counter are "
	                      "pkcs11:serial=");
	governed_expect_refused(&w);
	life_end(&w.rig);
}

/* The bundle ends while the service runs. */
static void
test_expires(void)
{
	GOVERNED(w);
	struct bundle *b = w.kit.chain.bundles[0];

	b->expires_s = clock_wall_ms() / 1000 + 4;
	b->apply_before_s = b->expires_s;
	governed_kit_pack(&w.kit, 1);
	governed_put_all(&w, 1);
	governed_life(&w);
	governed_await_status(&w, true, "");
	rig_ask(&w.rig, w.rig.front, 3);
	rig_take(&w.rig, w.rig.front, 3);
	governed_await_status(&w, false, "trust-expired: ");
	governed_expect_refused(&w);
	life_end(&w.rig);
}

/* Certificates that are not in the token are not missed when they lie in a
 * file. */
static void
test_by_file(void)
{
	GOVERNED(w);

	governed_kit_pack(&w.kit, 1);
	lack_certificate(&w);
	w.rig.trust = "certificates=\"/f\";";
	governed_life(&w);
	governed_await_status(&w, true, "");
	life_end(&w.rig);
}

/* --- a token that does not answer ----------------------------------------- */

static struct shim_page *
map_shim_page(const char *path)
{
	AUTO(close_fd) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *page = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(struct shim_page)) == 0)
		page = mmap(NULL, sizeof(struct shim_page),
		            PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CU_ASSERT_FATAL(page != MAP_FAILED);
	return page;
}

/* Searches fail from now on; waits until one has. */
static void
fail_searches(struct governed *w, struct shim_page *page)
{
	struct shim_rule *rule = &page->rules[0];
	uint64_t until = clock_mono_ms() + HARNESS_WAIT_MS;

	rule->call = SHIM_C_FindObjectsInit;
	rule->outcome = SHIM_CODE_DEVICE_ERROR;
	atomic_store(&rule->on, 1);
	CU_ASSERT_TRUE(lifeline_text(w->rig.life, "trust-chain",
	                             governed_kit_text(&w->kit)));
	while (atomic_load(&rule->fired) == 0 && clock_mono_ms() < until)
		(void)usleep(1000);
	CU_ASSERT_TRUE(atomic_load(&rule->fired) > 0);
}

/* It is not lost, and what was judged before holds. */
static void
test_unread(void)
{
	char path[160];
	GOVERNED(w);

	governed_kit_pack(&w.kit, 1);
	governed_put_all(&w, 1);
	if (!rig_shim(&w.rig, "")) {
		harness_skip("the shim is not built");
		return;
	}
	snprintf(path, sizeof(path), "%s/page", w.rig.token.directory);
	struct shim_page *page = map_shim_page(path);
	w.rig.page = path;
	governed_life(&w);
	governed_await_status(&w, true, "");
	fail_searches(&w, page);
	for (uint64_t i = 0; i < 5; i++) {
		rig_ask(&w.rig, w.rig.front, i);
		rig_take(&w.rig, w.rig.front, i);
	}
	CU_ASSERT_FALSE(lifeline_wait_status(w.rig.life, false, NULL, 100));
	life_end(&w.rig);
	(void)munmap(page, sizeof(*page));
}

/* Without officers the token may have anything. */
static void
test_none(void)
{
	GOVERNED(w);

	governed_kit_pack(&w.kit, 1);
	have_later_counter(&w);
	life_open(&w.rig);
	rig_ask(&w.rig, w.rig.front, 3);
	rig_take(&w.rig, w.rig.front, 3);
	life_end(&w.rig);
}

static const struct harness_test tests[] = {
	{ "signs, and hands on what the bundle names", test_sound },
	{ "signs nothing with any fault", test_each_fault },
	{ "takes the row of its own device", test_device },
	{ "takes no other token's counter", test_other_token },
	{ "ends with the bundle", test_expires },
	{ "needs no certificates that lie in a file", test_by_file },
	{ "a token that does not answer is not lost", test_unread },
	{ "without officers it looks at nothing", test_none },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder, trust", tests)
