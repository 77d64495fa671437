/*
 * test_verifier_bundle.c - the real verifier in its sandbox, with Android evidence,
 * where officers govern: the anchors are those of the bundle, by their digests.
 */
#include "tests/process/test_verifier_bundle_kit.h"

static struct km_chain *
other_chain(void)
{
	static const uint8_t nonce[HASH_SIZE];

	return chain_of(KM_FACTORY, bytes_of(nonce, 32));
}

/* --- certificates --------------------------------------------------------- */

static void
test_named(void)
{
	AUTO(world_end) struct world w = world_of();

	world_start(&w, NULL);
	await_status(&w, false, "trust-certificate-missing: device-root");
	expect_unavailable(&w);
	/* also evidence that is read together with the certificate, behind it */
	CU_ASSERT_FATAL(process_stop_idle(lifeline_pid(w.rig.life)));
	send_root(&w, w.rig.chain);
	send_evidence(&w.rig);
	CU_ASSERT_EQUAL(kill(lifeline_pid(w.rig.life), SIGCONT), 0);
	CU_ASSERT_EQUAL(reasons_of(&w.rig), 0);
	await_status(&w, true, "");
	CU_ASSERT_EQUAL(reasons_now(&w.rig), 0);
}

/* What a ledger sends that was taken over: a root that no bundle names, the same
 * under the digest that one names. */
static void
test_rogue(void)
{
	AUTO(world_end) struct world w = world_of();
	AUTO(km_chain_free) struct km_chain *other = other_chain();
	struct bundle *b = w.kit.chain.bundles[0];

	b->n_anchors = 0;
	governed_kit_anchor(b, "other-root", root_of(other));
	world_start(&w, NULL);
	await_status(&w, false, "trust-certificate-missing: other-root");
	send_root(&w, w.rig.chain);
	send_certificate(&w, root_of(w.rig.chain), root_of(other));
	expect_unavailable(&w);
	send_root(&w, other);
	await_status(&w, true, "");
	CU_ASSERT_EQUAL(reasons_now(&w.rig), BIT(CHAIN_UNTRUSTED));
}

/* The officers wrote another key beside the certificate. */
static void
test_other_key(void)
{
	AUTO(world_end) struct world w = world_of();

	first_anchor(&w)->self.spki[0] ^= 1;
	world_start(&w, NULL);
	send_root(&w, w.rig.chain);
	await_status(&w, false, "trust-spki: device-root");
	expect_unavailable(&w);
}

/* An intermediate that is named must be there, too, and be what it is. */
static void
test_intermediate(void)
{
	AUTO(world_end) struct world w = world_of();
	AUTO(km_chain_free) struct km_chain *other = other_chain();
	AUTO(buf_release) struct buf first = buf_of(4096);
	struct bundle *b = w.kit.chain.bundles[0];
	uint8_t sha256[HASH_SIZE];

	trust_kit_certificate(3, &first, sha256);
	b->n_anchors = 0;
	governed_kit_anchor(b, "first", buf_bytes(&first));
	struct trust_anchor *a =
	        governed_kit_anchor(b, "device-root", root_of(w.rig.chain));
	a->intermediates[0] =
	        governed_kit_anchor(b, "aside", root_of(other))->self;
	a->n_intermediates = 1;
	b->n_anchors = 2;
	world_start(&w, NULL);
	await_status(&w, false, "trust-certificate-missing: first");
	send_root(&w, w.rig.chain);
	send_certificate(&w, buf_bytes(&first), buf_bytes(&first));
	await_status(&w, false, "trust-certificate-missing: device-root");
	send_root(&w, other);
	await_status(&w, true, "");
	CU_ASSERT_EQUAL(reasons_now(&w.rig), 0);
}

/* --- scopes --------------------------------------------------------------- */

static void
test_purpose(void)
{
	AUTO(world_end) struct world w = world_of();

	first_anchor(&w)->purposes = ANCHOR_BIT(ANCHOR_TPM2_AK);
	world_start(&w, NULL);
	send_root(&w, w.rig.chain);
	await_status(&w, true, "");
	CU_ASSERT_EQUAL(reasons_now(&w.rig), BIT(CHAIN_UNTRUSTED));
}

static void
scope_first(struct world *w, struct bytes tenant)
{
	struct trust_anchor *a = first_anchor(w);

	a->n_tenants = 1;
	bundle_tenant(w->kit.chain.bundles[0], tenant, a->tenants[0]);
}

static void
test_tenant(void)
{
	AUTO(world_end) struct world w = world_of();

	scope_first(&w, w.rig.claims.aud);
	world_start(&w, NULL);
	send_root(&w, w.rig.chain);
	await_status(&w, true, "");
	CU_ASSERT_EQUAL(reasons_now(&w.rig), 0);
}

static void
test_foreign_tenant(void)
{
	AUTO(world_end) struct world w = world_of();
	AUTO(km_chain_free) struct km_chain *other = other_chain();
	struct bundle *b = w.kit.chain.bundles[0];

	scope_first(&w, bytes_of_str("another-backend"));
	governed_kit_anchor(b, "everybody", root_of(other));
	world_start(&w, NULL);
	send_root(&w, other);
	send_root(&w, w.rig.chain);
	await_status(&w, true, "");
	CU_ASSERT_EQUAL(reasons_now(&w.rig), BIT(CHAIN_UNTRUSTED));
}

/* --- another bundle ------------------------------------------------------- */

/* A certificate comes after the bundle that names it: nothing is refused that it
 * would have let pass, and what is known is judged on. */
static void
test_added(void)
{
	AUTO(world_end) struct world w = world_of();
	AUTO(km_chain_free) struct km_chain *other = other_chain();
	struct bundle *b = w.kit.chain.bundles[0];

	b->n_anchors = 0;
	governed_kit_anchor(b, "other-root", root_of(other));
	governed_kit_anchor(governed_kit_next(&w.kit), "device-root",
	                    root_of(w.rig.chain));
	world_start(&w, NULL);
	send_root(&w, other);
	await_status(&w, true, "");
	CU_ASSERT_EQUAL(reasons_now(&w.rig), BIT(CHAIN_UNTRUSTED));
	hand_chain(&w, 2);
	await_status(&w, true, "trust-certificate-missing: device-root");
	expect_unavailable(&w);
	send_root(&w, w.rig.chain);
	await_status(&w, true, "");
	CU_ASSERT_EQUAL(reasons_now(&w.rig), 0);
}

/* The certificate comes first; and an anchor that is removed counts no longer. */
static void
test_removed(void)
{
	AUTO(world_end) struct world w = world_of();
	AUTO(km_chain_free) struct km_chain *other = other_chain();
	struct bundle *next = governed_kit_next(&w.kit);

	next->n_anchors = 0;
	governed_kit_anchor(next, "other-root", root_of(other));
	world_start(&w, NULL);
	send_root(&w, w.rig.chain);
	send_root(&w, other);
	await_status(&w, true, "");
	CU_ASSERT_EQUAL(reasons_now(&w.rig), 0);
	hand_chain(&w, 2);
	CU_ASSERT(soon(&w.rig, BIT(CHAIN_UNTRUSTED)));
}

/* --- trust.certificates --------------------------------------------------- */

static void
test_file(void)
{
	AUTO(world_end) struct world w = world_of();
	AUTO(km_chain_free) struct km_chain *other = other_chain();

	world_start(&w, "certificates=\"/f\";");
	await_status(&w, false, "trust-certificate-missing: device-root");
	send_root(&w, w.rig.chain); /* the file alone counts */
	hand_root_as(&w.rig, "trust-certificates", other);
	expect_unavailable(&w);
	hand_root_as(&w.rig, "trust-certificates", w.rig.chain);
	await_status(&w, true, "");
	CU_ASSERT_EQUAL(reasons_now(&w.rig), 0);
	/* a damaged one changes nothing */
	hand(&w.rig, "trust-certificates", bytes_of_str("no certificate"));
	CU_ASSERT(steady(&w.rig, 0));
	/* one without it takes it away, whatever the ledger sends */
	hand_root_as(&w.rig, "trust-certificates", other);
	await_status(&w, true, "trust-certificate-missing: device-root");
	send_root(&w, w.rig.chain);
	for (int i = 0; i < 5; i++) {
		expect_unavailable(&w);
		(void)usleep(20000);
	}
	CU_ASSERT(lifeline_path(w.rig.life, "trust-certificates", "/"));
	await_status(&w, false, "file-unread: trust-certificates");
}

/* --- the policy, and revocation lists ------------------------------------- */

static void
spoil_digest(struct trust_policy *policy)
{
	policy->digest[0] ^= 1;
}

static void
spoil_id(struct trust_policy *policy)
{
	policy->id[0] = 'u';
}

/* The bundle names another text, or the text by another name. */
static void
test_policy(void)
{
	static void (*const spoils[])(struct trust_policy *) = { spoil_digest,
		                                                 spoil_id };

	for (size_t i = 0; i < ARRAY_LEN(spoils); i++) {
		AUTO(world_end) struct world w = world_of();

		spoils[i](&w.kit.chain.bundles[0]->policies[0]);
		name_policy(governed_kit_next(&w.kit));
		world_start(&w, NULL);
		send_root(&w, w.rig.chain);
		await_status(&w, false, "trust-policy: ");
		expect_unavailable(&w);
		hand_chain(&w, 2);
		await_status(&w, true, "");
		CU_ASSERT_EQUAL(reasons_now(&w.rig), 0);
	}
}

static void
hand_list(struct world *w, uint64_t at_s)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(revocations_free) struct revocations *list = NULL;

	CU_ASSERT_EQUAL_FATAL(revocations_read(bytes_of_str("{\"entries\":{}}"),
	                                       at_s, &why, &list),
	                      OK);
	hand(&w->rig, "revocation", revocations_file(list));
}

/* A list that was fetched before the bundle allows is not taken, and one in use is
 * used no longer when the bundle changes. */
static void
test_lists(void)
{
	AUTO(world_end) struct world w = world_of();
	uint64_t now_s = w.rig.now_s;

	w.lists = true;
	w.kit.chain.bundles[0]->revocations_from_s = now_s - 100;
	governed_kit_next(&w.kit)->revocations_from_s = now_s - 50;
	world_start(&w, NULL);
	send_root(&w, w.rig.chain);
	await_status(&w, true, "");
	hand_list(&w, now_s - 101);
	CU_ASSERT(steady(&w.rig, BIT(REVOCATION_STALE)));
	hand_list(&w, now_s - 100);
	CU_ASSERT(soon(&w.rig, 0));
	hand_chain(&w, 2);
	CU_ASSERT(soon(&w.rig, BIT(REVOCATION_STALE)));
	hand_list(&w, now_s - 50);
	CU_ASSERT(soon(&w.rig, 0));
}

static const struct harness_test tests[] = {
	{ "only by a policy that the bundle names", test_policy },
	{ "and by lists that it allows", test_lists },
	{ "waits for what the bundle names", test_named },
	{ "takes no other, whoever sends it", test_rogue },
	{ "nor one with another key", test_other_key },
	{ "waits for intermediates, too", test_intermediate },
	{ "an anchor counts for its purposes", test_purpose },
	{ "and for its tenants", test_tenant },
	{ "but for no others", test_foreign_tenant },
	{ "an anchor that is added refuses nothing", test_added },
	{ "one that is removed is gone", test_removed },
	{ "certificates may lie in a file", test_file },
	{ NULL, NULL },
};

HARNESS_MAIN("verifier, bundle", tests)
