/*
 * test_ledger_trust.c - certificates pass the ledger only if its own bundle names
 * them, whatever a key holder that was taken over sends.
 */
#include <string.h>

#include "crypto/digest.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/roles/ledger_rig.h"

/* The bundle names the certificate "one"; the ledger owns it. */
static void
give_bundle(struct rig *g)
{
	struct bundle *b = bundle_kit_whole();

	digest_sha256(bytes_of_str("one"), b->anchors[0].self.certificate);
	g->ledger.keys.in_force.bundle = b;
}

/* der under the digest of `as`. */
static void
say_certificate(struct rig *g, const char *der, const char *as)
{
	struct wire_trust_certificate m = { .der = bytes_of_str(der) };

	digest_sha256(bytes_of_str(as), m.digest);
	wire_put_trust_certificate(&g->packet, &m);
	CU_ASSERT_EQUAL(rig_say(g, RIG_KEYHOLDER), OK);
	rig_round(g);
}

static void
expect_certificate(struct rig *g, const char *der)
{
	struct wire_trust_certificate m = { .der = bytes_of_str("") };
	uint8_t digest[HASH_SIZE];

	digest_sha256(bytes_of_str(der), digest);
	CU_ASSERT_EQUAL(
	        wire_get_trust_certificate(rig_hear(g, RIG_VERIFIER), &m), OK);
	CU_ASSERT_TRUE(bytes_equal_str(m.der, der));
	CU_ASSERT_EQUAL(memcmp(m.digest, digest, HASH_SIZE), 0);
}

/* Another verifier in its place. */
static void
new_verifier(struct rig *g)
{
	rig_down(g, RIG_VERIFIER);
	rig_up(g, RIG_VERIFIER);
	ledger_ops.edge_up(&g->role, &g->role.slots[RIG_VERIFIER].edge);
	rig_round(g);
}

static void
test_passes_on(void)
{
	struct rig *g = rig_ready();

	give_bundle(g);
	say_certificate(g, "one", "one");
	expect_certificate(g, "one");
	say_certificate(g, "one", "one"); /* known */
	CU_ASSERT_TRUE(rig_silent(g, RIG_VERIFIER));
	new_verifier(g);
	expect_certificate(g, "one");
	CU_ASSERT_TRUE(rig_silent(g, RIG_VERIFIER));
	rig_free(g);
}

static void
test_rogue(void)
{
	struct rig *g = rig_ready();

	give_bundle(g);
	say_certificate(g, "rogue", "rogue"); /* no bundle names it */
	say_certificate(g, "rogue", "one");
	say_certificate(g, "", "one");
	CU_ASSERT_TRUE(rig_silent(g, RIG_VERIFIER));
	new_verifier(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_VERIFIER));
	CU_ASSERT_EQUAL(g->ledger.trust.certificates.n, 0);
	CU_ASSERT_TRUE(g->ledger.trust.said[0]);
	/* the true one passes nevertheless */
	say_certificate(g, "one", "one");
	expect_certificate(g, "one");
	rig_free(g);
}

/* The key holder had the new bundle first. */
static void
test_early(void)
{
	struct rig *g = rig_ready();

	say_certificate(g, "one", "one");
	say_certificate(g, "two", "two");
	CU_ASSERT_TRUE(rig_silent(g, RIG_VERIFIER));
	give_bundle(g);
	ledger_trust_follow(&g->ledger);
	rig_round(g);
	expect_certificate(g, "one");
	CU_ASSERT_TRUE(rig_silent(g, RIG_VERIFIER));
	rig_free(g);
}

/* A verifier may have had no memory for one. */
static void
test_again(void)
{
	struct rig *g = rig_ready();

	give_bundle(g);
	say_certificate(g, "one", "one");
	expect_certificate(g, "one");
	rig_tick(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_VERIFIER));
	g->ledger.trust.told_ms -= LEDGER_TRUST_MS;
	rig_tick(g);
	expect_certificate(g, "one");
	rig_tick(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_VERIFIER));
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "passes on what the bundle names", test_passes_on },
	{ "and nothing that a key holder made up", test_rogue },
	{ "what comes before its bundle waits for it", test_early },
	{ "tells the verifiers all of them each minute", test_again },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger: certificates", tests)
