/*
 * test_appraise_shadow.c - a shadow policy judges the same evidence, and nothing of
 * the result depends on it but the word of its own.
 */
#include <stdio.h>

#include "crypto/codec/json_auto.h"
#include "tests/unit/evidence/test_appraise_kit.h"

#define ZEROS                              \
	"00000000000000000000000000000000" \
	"00000000000000000000000000000000"

/* The scene's policy, and others that differ in one thing. */
#define METADATA(rules)                                       \
	"id=\"next\"; version=4; workflows:{metadata:{" rules \
	"formats=[\"tpm2-quote\"];};};"

static const char same[] = METADATA("bindings=[\"device\"];");
static const char asks_release[] = METADATA("bindings=[\"release\"];");
static const char asks_possession[] = METADATA("possession=true;");
static const char other_format[] = "id=\"next\"; version=4; workflows:{"
                                   "metadata:{formats=[\"android-key\"];};};";
static const char other_workflow[] = "id=\"next\"; version=4; workflows:{"
                                     "register:{formats=[\"tpm2-quote\"];};};";
static const char other_pcr[] =
        METADATA("") "tpm2:{pcrs=({bank=\"sha256\"; "
                     "index=7; values=[\"" ZEROS "\"];});};";
static const char other_hash[] = METADATA("") "tpm2:{hashes=[\"sha384\"];};";

/* The scene with a challenge that is bound to no release. */
static struct scene
unbound_scene(void)
{
	struct scene s = scene_of();
	struct bindings *b = &s.claims.bindings;

	b->present &= (uint16_t)~BINDING_BIT(RELEASE);
	b->release = bytes_of(NULL, 0);
	s.request.observed = *b;
	make_challenge(&s);
	return s;
}

static struct policy *
parsed(const char *text)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct policy *policy = NULL;

	err_t err = policy_parse(bytes_of_str(text), &why, &policy);
	if (err != OK)
		fprintf(stderr, "%s\n", buf_str(&why));
	CU_ASSERT_EQUAL_FATAL(err, OK);
	return policy;
}

/* The result without a shadow policy, and with one: they may differ in its word
 * alone.  Returns that. */
static reason_set
shadow_of(struct scene *s, const char *text)
{
	AUTO(policy_free) struct policy *shadow = parsed(text);
	struct appraise_result alone, beside;

	memset(&alone, 0, sizeof(alone));
	memset(&beside, 0, sizeof(beside));
	s->request.shadow = NULL;
	alone = run(s);
	CU_ASSERT_EQUAL(alone.shadow_reasons, alone.appraisal.reasons);
	s->request.shadow = shadow;
	beside = run(s);
	s->request.shadow = NULL;
	CU_ASSERT_EQUAL(alone.appraisal.reasons, beside.appraisal.reasons);
	CU_ASSERT_EQUAL(alone.appraisal.identified,
	                beside.appraisal.identified);
	CU_ASSERT_EQUAL(memcmp(alone.appraisal.identity,
	                       beside.appraisal.identity, HASH_SIZE),
	                0);
	CU_ASSERT_EQUAL(memcmp(alone.appraisal.vector, beside.appraisal.vector,
	                       sizeof(alone.appraisal.vector)),
	                0);
	CU_ASSERT_EQUAL(alone.appraisal.confirmation.len,
	                beside.appraisal.confirmation.len);
	CU_ASSERT_EQUAL(alone.appraisal.facts.n, beside.appraisal.facts.n);
	CU_ASSERT_EQUAL(alone.redeemable, beside.redeemable);
	CU_ASSERT_EQUAL(memcmp(alone.evidence_digest, beside.evidence_digest,
	                       HASH_SIZE),
	                0);
	return beside.shadow_reasons;
}

static const struct {
	const char *text;
	reason_set reasons;
} good[] = {
	{ same, 0 },
	{ asks_release, BIT(BINDING_RELEASE) },
	{ asks_possession, BIT(EVIDENCE_UNSUPPORTED) },
	{ other_format, BIT(EVIDENCE_UNSUPPORTED) },
	{ other_workflow, BIT(WORKFLOW_DENIED) },
	{ other_pcr, BIT(PCR_MISMATCH) },
	{ other_hash, BIT(EVIDENCE_UNSUPPORTED) },
};

/* The live policy accepts. */
static void
test_refuses(void)
{
	AUTO(scene_release) struct scene s = unbound_scene();

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		reason_set got = shadow_of(&s, good[i].text);

		if (got != good[i].reasons)
			fprintf(stderr, "policy %zu\n", i);
		CU_ASSERT_EQUAL(got, good[i].reasons);
		CU_ASSERT_EQUAL(reasons(&s), 0);
	}
}

/* Each of them is the live policy, and the good one the shadow. */
static void
test_accepts(void)
{
	AUTO(scene_release) struct scene s = unbound_scene();

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		policy_free(s.policy);
		s.policy = parsed(good[i].text);
		CU_ASSERT_EQUAL(reasons(&s), good[i].reasons);
		CU_ASSERT_EQUAL(shadow_of(&s, same), 0);
	}
}

/* What no policy decides holds under every one. */
static void
test_no_policys_word(void)
{
	AUTO(scene_release) struct scene s = unbound_scene();
	static const uint8_t other[HASH_SIZE];

	make_evidence(&s, bytes_of(other, HASH_SIZE));
	CU_ASSERT_EQUAL(shadow_of(&s, same), BIT(NONCE_MISMATCH));
	CU_ASSERT_EQUAL(shadow_of(&s, asks_release),
	                BIT(NONCE_MISMATCH) | BIT(BINDING_RELEASE));
	make_challenge(&s);
	s.request.now_s = s.claims.exp_s;
	CU_ASSERT_EQUAL(shadow_of(&s, asks_release), BIT(CHALLENGE_EXPIRED));
	s.request.now_s = SOFT_BATCH_IAT + 10;
	s.request.challenge = bytes_of_str("x");
	CU_ASSERT_EQUAL(shadow_of(&s, asks_release), BIT(CHALLENGE_MALFORMED));
	s.request.challenge = buf_bytes(&s.token);
	s.request.tenant = bytes_of_str("backend-z");
	CU_ASSERT_EQUAL(shadow_of(&s, asks_release), BIT(CHALLENGE_AUDIENCE));
}

/* A wrong signature is wrong for the second policy, too, though the first one has
 * judged the same bytes before. */
static void
test_signature(void)
{
	AUTO(scene_release) struct scene s = unbound_scene();
	AUTO(soft_tpm_free) struct soft_tpm *other = NULL;
	struct challenge c;

	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &other), OK);
	CU_ASSERT_EQUAL_FATAL(challenge_open(s.request.challenge, &c), OK);
	struct soft_quote q = soft_quote_of(bytes_of(c.nonce, HASH_SIZE));
	AUTO(buf_release) struct buf good_json = buf_of(EVIDENCE_JSON_MAX);

	CU_ASSERT_EQUAL(soft_tpm_evidence(s.tpm, &q, &good_json), OK);
	/* The quote of a stranger's key under this one's public area. */
	buf_reset(&s.json);
	CU_ASSERT_EQUAL(soft_tpm_evidence(other, &q, &s.json), OK);
	AUTO(json_decref) json_t *mixed = json_loads(buf_str(&s.json), 0, NULL);
	AUTO(json_decref)
	json_t *ours = json_loads(buf_str(&good_json), 0, NULL);
	CU_ASSERT_FATAL(mixed && ours);
	json_object_set(mixed, "ak_public", json_object_get(ours, "ak_public"));
	char *text = json_dumps(mixed, 0);
	buf_reset(&s.json);
	buf_append_str(&s.json, text);
	free(text);
	s.request.evidence = buf_bytes(&s.json);
	CU_ASSERT_EQUAL(reasons(&s), BIT(EVIDENCE_SIGNATURE));
	CU_ASSERT_EQUAL(shadow_of(&s, same), BIT(EVIDENCE_SIGNATURE));
	CU_ASSERT_EQUAL(shadow_of(&s, other_pcr) & BIT(EVIDENCE_SIGNATURE),
	                BIT(EVIDENCE_SIGNATURE));
	/* Under the first policy it was not verified at all. */
	policy_free(s.policy);
	s.policy = parsed(other_hash);
	CU_ASSERT_EQUAL(reasons(&s), BIT(EVIDENCE_UNSUPPORTED));
	CU_ASSERT_EQUAL(shadow_of(&s, same), BIT(EVIDENCE_SIGNATURE));
}

static const struct harness_test tests[] = {
	{ "the live policy accepts, the shadow refuses", test_refuses },
	{ "the live policy refuses, the shadow accepts", test_accepts },
	{ "what no policy decides", test_no_policys_word },
	{ "a wrong signature under both", test_signature },
	{ NULL, NULL },
};

HARNESS_MAIN("appraise_shadow", tests)
