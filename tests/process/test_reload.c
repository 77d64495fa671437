/*
 * test_reload.c - the trust bundle changes under load: no request fails, and each
 * result is by one bundle.
 *
 * Six clients make some 400 requests a second.  ANCHORD_TEST_ALL=1 makes 100
 * changes, otherwise there are six.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/encode.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/rotation_load.h"
#include "tests/common/service/service_governed.h"

#define CHANGES_SHORT 6
#define CHANGES_ALL 100
#define BETWEEN_MS 600 /* all roles have it, and what was asked again is done */

static struct governed_kit kit;

/* A result names one of the bundles that were in force while it was made, by
 * number and digest. */
static bool
names_its_bundle(const struct rotation_board *b, const char *claims)
{
	static const char number[] = "\"trust_bundle_version\":";
	AUTO(buf_release) struct buf digest = buf_of(128);
	const char *at = strstr(claims, number);
	unsigned n = at ? (unsigned)strtoul(at + strlen(number), NULL, 10) : 0;

	if (n < atomic_load(&b->bundle_least) ||
	    n > atomic_load(&b->bundle_most))
		return false;
	buf_append_str(&digest, "\"trust_bundle_digest\":\"");
	encode_base64url(&digest,
	                 bytes_of(kit.chain.bundles[n - 1]->digest, HASH_SIZE));
	buf_append_str(&digest, "\"");
	return strstr(claims, buf_str(&digest)) &&
	       strstr(claims, "\"governance\":\"officers\"");
}

/* All versions are made beforehand, so that clients know their digests. */
static void
add_versions(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct bundle *b = governed_kit_next(&kit);

		b->issued_s -= CHAIN_KIT_HOUR - 60; /* a minute each */
		b->apply_before_s -= CHAIN_KIT_HOUR - 60;
		b->expires_s++;
	}
	chain_kit_seal(&kit.chain);
}

static void
change_all(const struct service *s, struct rotation_board *b, unsigned changes)
{
	for (unsigned v = 2; v <= changes + 1; v++) {
		atomic_store(&b->bundle_most, v);
		CU_ASSERT_EQUAL_FATAL(service_chain(s, &kit, v), OK);
		CU_ASSERT_TRUE_FATAL(
		        service_wait_bundle(s, v, HARNESS_WAIT_MS));
		service_sleep_ms(BETWEEN_MS);
		atomic_store(&b->bundle_least, v);
	}
}

static uint64_t
judged_again(const struct service *s)
{
	static const char name[] = "\nanchord_front_judged_again_total ";
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf body = buf_of(CLIENT_ANSWER_MAX);

	CU_ASSERT_EQUAL_FATAL(client_open(s->monitor, s->port, &c), OK);
	CU_ASSERT_EQUAL(
	        client_exchange(c, "GET", "/metrics", bytes_of(NULL, 0), &body),
	        200);
	const char *at = strstr(buf_str(&body), name);
	return at ? strtoull(at + strlen(name), NULL, 10) : UINT64_MAX;
}

static void
test_reload(void)
{
	AUTO(service_free) struct service *s = NULL;
	AUTO(soft_tpm_free) struct soft_tpm *tpm = NULL;
	struct rotation_board *b = rotation_board();
	unsigned changes =
	        getenv("ANCHORD_TEST_ALL") ? CHANGES_ALL : CHANGES_SHORT;

	atomic_store(&b->bundle_least, 1);
	atomic_store(&b->bundle_most, 1);
	err_t err = rotation_prepare(&s);
	if (err == E_NOT_FOUND) {
		harness_skip("SoftHSM is not installed");
		return;
	}
	CU_ASSERT_EQUAL_FATAL(err, OK);
	CU_ASSERT_EQUAL_FATAL(service_govern(s, &kit), OK);
	CU_ASSERT_EQUAL_FATAL(rotation_launch(s), OK);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &tpm), OK);
	add_versions(changes);
	rotation_kid(s, b->old_kid);
	rotation_enroll(s, tpm, b);
	b->names_well = names_its_bundle;
	rotation_clients(s, tpm, b);
	uint64_t began = service_now_ms();
	change_all(s, b, changes);
	uint64_t took = service_now_ms() - began;
	rotation_clients_stop(b);

	printf("  %u changes, %u requests (%llu a second), %u failed, "
	       "%u wrong; %llu judged again\n",
	       changes, atomic_load(&b->answered),
	       atomic_load(&b->answered) * 1000ull / took,
	       atomic_load(&b->failed), atomic_load(&b->wrong),
	       (unsigned long long)judged_again(s));
	CU_ASSERT_EQUAL(atomic_load(&b->failed), 0);
	CU_ASSERT_EQUAL(atomic_load(&b->wrong), 0);
	CU_ASSERT_EQUAL(atomic_load(&b->unknown), 0);
	CU_ASSERT_TRUE(atomic_load(&b->old_results) > 100);
	governed_kit_release(&kit);
	(void)munmap(b, sizeof(*b));
}

static const struct harness_test tests[] = {
	{ "no request fails, and none is decided under a mix", test_reload },
	{ NULL, NULL },
};

HARNESS_MAIN("reload", tests)
