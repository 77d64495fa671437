/*
 * test_android_second.c - a second policy judges evidence that a first one judged:
 * what was verified counts for both, as far as it is the same question.
 */
#include "crypto/x509/roots.h"
#include "tests/unit/evidence/test_android_kit.h"

#define BIT(name) reason_bit(REASON_##name)

static reason_set
judge_by(struct evidence *e, const struct policy *policy)
{
	struct appraisal a;

	appraise_evidence(e, bytes_of(kit_nonce, HASH_SIZE), policy, &a);
	return a.reasons;
}

/* A batch certificate that is no CA's is a rule that one policy lifts. */
static void
test_leniency_and_trust(void)
{
	AUTO(policy_free) struct policy *strict = kit_policy("");
	AUTO(policy_free)
	struct policy *allow = kit_policy("allow = [\"batch-not-ca\"];");
	AUTO(km_chain_free)
	struct km_chain *chain = kit_chain(KM_FACTORY, KM_TEE);
	AUTO(x509_roots_free) struct x509_roots *roots = NULL;
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(evidence_release) struct evidence e = { 0 };
	struct trust_context trust = { .now_s = KM_AT };

	CU_ASSERT_FATAL(strict && allow);
	chain->certs[1].basic = KM_NO_CA;
	chain->certs[1].usage = "critical,digitalSignature";
	CU_ASSERT_FATAL(km_chain_make(chain) == OK);
	CU_ASSERT_FATAL(km_evidence(chain, &json) == OK);
	CU_ASSERT_FATAL(evidence_open(buf_bytes(&json), &why, &e) == OK);
	CU_ASSERT_FATAL(x509_roots_new(&roots) == OK);
	CU_ASSERT_FATAL(x509_roots_add(roots, kit_root(chain), &why) == OK);

	trust.roots = roots;
	e.format->vouch(e.own, &trust);
	CU_ASSERT_EQUAL(judge_by(&e, strict), BIT(CHAIN_MALFORMED));
	CU_ASSERT_EQUAL(judge_by(&e, allow), 0);
	CU_ASSERT_EQUAL(judge_by(&e, strict), BIT(CHAIN_MALFORMED));
	CU_ASSERT_EQUAL(judge_by(&e, allow), 0);
	trust.roots = NULL;
	e.format->vouch(e.own, &trust);
	CU_ASSERT_EQUAL(judge_by(&e, allow), BIT(CHAIN_UNTRUSTED));
}

static const struct harness_test tests[] = {
	{ "a second policy, another trust", test_leniency_and_trust },
	{ NULL, NULL },
};

HARNESS_MAIN("android_second", tests)
