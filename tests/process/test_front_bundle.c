/*
 * test_front_bundle.c - GET /v1/trust-bundle: the chain that this front has in
 * force, byte for byte, and nothing else.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/encode.h"
#include "front/limits.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/governed_kit.h"
#include "tests/common/roles/front_rig.h"

#define PATH "/v1/trust-bundle"

static struct raw *
ask(const struct front_rig *rig, const char *path, int status)
{
	struct raw *c = raw_open(rig->monitor, rig->port, "http/1.1");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(raw_get(c, path), status);
	return c;
}

static void
must_say(const char *text, const char *part)
{
	if (strstr(text, part))
		return;
	printf("  no \"%s\" in:\n%s\n", part, text);
	CU_FAIL("something is not said");
}

static void
test_ungoverned(void)
{
	AUTO(front_rig_free) struct front_rig *rig = front_rig_start_bare(NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	AUTO(raw_free) struct raw *c = ask(rig, PATH, 404);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "trust-bundle-none");
	CU_ASSERT_EQUAL(raw_get(c, "/readyz"), 503);
	must_say(raw_body(c), ",\"governance\":\"none\"}");
	CU_ASSERT_EQUAL(raw_get(c, "/metrics"), 200);
	must_say(raw_body(c), "anchord_front_trust_governed 0\n");
	must_say(raw_body(c), "anchord_front_trust_bundle_version 0\n");
	must_say(raw_body(c), "anchord_front_trust_recovery_seen_seconds 0\n");
}

/* The answer is this pack, and its tag is of the last version. */
static void
must_serve(const struct front_rig *rig, const struct chain_kit *kit,
           struct buf *pack)
{
	AUTO(raw_free) struct raw *c = ask(rig, PATH, 200);
	AUTO(buf_release) struct buf tag = buf_of(128);

	CU_ASSERT_STRING_EQUAL(raw_body(c), buf_str(pack));
	buf_append_str(&tag, "etag: W/\"");
	encode_hex(&tag, bytes_of(kit->bundles[kit->n - 1]->digest, HASH_SIZE));
	buf_append_str(&tag, "\"\r\n");
	must_say(raw_head(c), buf_str(&tag));
	must_say(raw_head(c),
	         "content-type: application/vnd.anchord.trust-pack\r\n");
}

static void
wait_for_version(const struct front_rig *rig, const char *member)
{
	AUTO(raw_free)
	struct raw *c = raw_open(rig->monitor, rig->port, "http/1.1");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	for (int i = 0; i < 500; i++) {
		(void)raw_get(c, "/readyz");
		if (strstr(raw_body(c), member))
			return;
		(void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 },
		                NULL);
	}
	CU_FAIL("the version did not come");
}

/* What this front refuses is not served. */
static void
test_governed(void)
{
	AUTO(governed_kit_release) struct governed_kit kit;
	AUTO(governed_kit_release) struct governed_kit other;

	front_rig_govern(&kit);
	front_rig_chain = &kit;
	AUTO(front_rig_free) struct front_rig *rig = front_rig_start_bare(NULL);
	front_rig_chain = NULL;
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	AUTO(buf_release) struct buf first = chain_kit_pack(&kit.chain, 1);
	must_serve(rig, &kit.chain, &first);

	governed_kit_next(&kit);
	AUTO(buf_release) struct buf second = chain_kit_pack(&kit.chain, 2);
	CU_ASSERT_TRUE(
	        lifeline_text(rig->front, "trust-chain", buf_str(&second)));
	wait_for_version(rig, ",\"governance\":\"officers\","
	                      "\"trust_bundle_version\":2,"
	                      "\"trust_bundle_expires_in\":3");
	must_serve(rig, &kit.chain, &second);

	front_rig_govern(&other);
	other.chain.bundles[0]->expires_s++;
	governed_kit_next(&other);
	governed_kit_next(&other);
	AUTO(buf_release) struct buf foreign = chain_kit_pack(&other.chain, 3);
	CU_ASSERT_TRUE(
	        lifeline_text(rig->front, "trust-chain", buf_str(&foreign)));
	CU_ASSERT_TRUE(
	        lifeline_text(rig->front, "trust-chain", buf_str(&first)));
	/* HEALTH comes on the same line, behind them. */
	front_rig_health(rig, false, "both were read");
	wait_for_version(rig, "both were read");
	must_serve(rig, &kit.chain, &second);

	/* One that cannot be read is tried again, and said. */
	front_rig_health(rig, true, "");
	CU_ASSERT_TRUE(lifeline_path(rig->front, "trust-chain", "/"));
	wait_for_version(rig, "file-unread: trust-chain");
	CU_ASSERT_TRUE(
	        lifeline_text(rig->front, "trust-chain", buf_str(&second)));
	wait_for_version(rig, "\"trust_bundle_version\":2");

	wire_put_health(&rig->packet,
	                &(struct wire_health){ .ready = 0,
	                                       .why = bytes_of_str("it waits"),
	                                       .recovery_seen_s = 1794000000 });
	CU_ASSERT_TRUE(lifeline_send(rig->front, &rig->packet));
	wait_for_version(rig, "it waits");

	AUTO(raw_free) struct raw *c = ask(rig, "/metrics", 200);
	must_say(raw_body(c),
	         "anchord_front_trust_recovery_seen_seconds 1794000000\n");
	must_say(raw_body(c), "anchord_front_trust_governed 1\n");
	must_say(raw_body(c), "anchord_front_trust_bundle_version 2\n");
	must_say(raw_body(c),
	         "anchord_front_trust_bundle_expires_in_seconds 3");
}

/* As long as its text may be. */
static void
fill_bundle(struct bundle *b)
{
	char name[TRUST_NAME_SIZE];

	while (b->n_anchors < TRUST_ANCHORS_MAX) {
		(void)snprintf(name, sizeof(name), "anchor-%zu", b->n_anchors);
		(void)bundle_kit_add_anchor(b, name);
	}
	for (size_t i = 0; i < b->n_anchors; i++) {
		struct trust_anchor *a = &b->anchors[i];

		a->n_intermediates = TRUST_INTERMEDIATES_MAX;
		for (size_t j = 0; j < a->n_intermediates; j++)
			a->intermediates[j].certificate[0] = (uint8_t)j;
	}
}

static void
test_too_large(void)
{
	AUTO(governed_kit_release) struct governed_kit kit;

	front_rig_govern(&kit);
	fill_bundle(kit.chain.bundles[0]);
	governed_kit_pack(&kit, 1);
	while (kit.pack.len <= LIMIT_TRUST_BUNDLE) {
		for (int i = 0; i < 4; i++)
			governed_kit_next(&kit);
		governed_kit_pack(&kit, kit.chain.n);
	}
	front_rig_chain = &kit;
	AUTO(front_rig_free) struct front_rig *rig = front_rig_start_bare(NULL);
	front_rig_chain = NULL;
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	AUTO(raw_free) struct raw *c = ask(rig, PATH, 500);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "trust-bundle-too-large");
}

static const struct harness_test tests[] = {
	{ "without officers there is none", test_ungoverned },
	{ "the chain in force, byte for byte", test_governed },
	{ "one that is too large is refused, and said", test_too_large },
	{ NULL, NULL },
};

HARNESS_MAIN("front_bundle", tests)
