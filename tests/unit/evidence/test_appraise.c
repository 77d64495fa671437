/*
 * test_appraise.c - the order of checks, and that a format does not judge
 * evidence for another challenge.
 */
#include "tests/unit/evidence/test_appraise_kit.h"

static void
test_good(void)
{
	AUTO(scene_release) struct scene s = scene_of();
	struct appraise_result r = run(&s);
	uint8_t digest[HASH_SIZE];

	CU_ASSERT_EQUAL(r.appraisal.reasons, 0);
	CU_ASSERT(r.redeemable);
	CU_ASSERT(r.appraisal.identified);
	CU_ASSERT_EQUAL(r.challenge.claims.cti.serial, 1);
	CU_ASSERT_STRING_EQUAL(r.format, "tpm2-quote");
	digest_sha256(s.request.evidence, digest);
	CU_ASSERT(memcmp(r.evidence_digest, digest, HASH_SIZE) == 0);
}

static void
test_challenge_malformed(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	s.request.challenge.len--;
	check_disbelieved(&s, BIT(CHALLENGE_MALFORMED));
	s.request.challenge.len = 0;
	check_disbelieved(&s, BIT(CHALLENGE_MALFORMED));
}

static void
test_challenge_forged(void)
{
	AUTO(scene_release) struct scene s = scene_of();
	AUTO(soft_key_free)
	struct soft_key *other = soft_key_new(ALG_ES256, "somebody else");

	keyring_free(s.ring);
	s.ring = soft_key_ring(other);
	/* Nothing else is said, whatever else is wrong. */
	s.request.tenant = bytes_of_str("backend-b");
	s.request.now_s += 1000;
	check_disbelieved(&s, BIT(CHALLENGE_FORGED));
}

static void
test_audience(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	s.request.tenant = bytes_of_str("backend-b");
	s.request.now_s += 1000;
	check_disbelieved(&s, BIT(CHALLENGE_AUDIENCE));
}

static void
test_expired(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	s.request.now_s = s.claims.exp_s - 1;
	CU_ASSERT_EQUAL(reasons(&s), 0);
	s.request.now_s = s.claims.exp_s;
	s.request.workflows = 0;
	s.request.observed = (struct bindings){ 0 };
	CU_ASSERT_EQUAL(reasons(&s), BIT(CHALLENGE_EXPIRED));
	CU_ASSERT(run(&s).redeemable);
}

static void
test_workflow(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	s.request.workflows = (uint16_t) ~(1u << WORKFLOW_METADATA);
	s.request.observed = (struct bindings){ 0 };
	CU_ASSERT_EQUAL(reasons(&s), BIT(WORKFLOW_DENIED));
	s.request.workflows = 0xffff;
	s.request.observed = s.claims.bindings;
	s.claims.workflow = WORKFLOW_ARTIFACT; /* no entry in the policy */
	make_challenge(&s);
	CU_ASSERT_EQUAL(reasons(&s), BIT(WORKFLOW_DENIED));
}

static void
test_channels(void)
{
	AUTO(scene_release) struct scene s = scene_of();
	static const char *const good[] = { "", "beta", "alpha,beta",
		                            "beta,alpha", "a,beta,b" };
	static const char *const bad[] = { "bet", "betas", "alpha", ",",
		                           "alpha,bet,a" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		s.request.channels = bytes_of_str(good[i]);
		CU_ASSERT_EQUAL(reasons(&s), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		s.request.channels = bytes_of_str(bad[i]);
		CU_ASSERT_EQUAL(reasons(&s), BIT(CHANNEL_DENIED));
	}
	s.claims.bindings.present &= (uint16_t)~BINDING_BIT(CHANNEL);
	s.claims.bindings.channel = bytes_of(NULL, 0);
	make_challenge(&s);
	CU_ASSERT_EQUAL(reasons(&s), 0); /* bound to none: none is denied */
}

static const reason_set binding_bits[BINDING_COUNT] = {
	BIT(BINDING_DEVICE),  BIT(BINDING_TRANSPORT),   BIT(BINDING_REQUEST),
	BIT(BINDING_CHANNEL), BIT(BINDING_TRANSACTION), BIT(BINDING_RELEASE),
	BIT(BINDING_ACCOUNT),
};

static void
test_bindings(void)
{
	AUTO(scene_release) struct scene s = scene_of();
	reason_set all = 0;

	for (unsigned b = 0; b < BINDING_COUNT; b++) {
		s.request.observed.present = (uint16_t)(BINDING_ALL ^ 1u << b);
		CU_ASSERT_EQUAL(reasons(&s), binding_bits[b]);
		all |= binding_bits[b];
	}
	s.request.observed = (struct bindings){ 0 };
	CU_ASSERT_EQUAL(reasons(&s), all);
	s.request.observed = s.claims.bindings;
	s.request.observed.transport[31] ^= 1;
	CU_ASSERT_EQUAL(reasons(&s), BIT(BINDING_TRANSPORT));
}

/* The policy asks for the device; the challenge was made without. */
static void
test_required_binding(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	s.claims.bindings.present &= (uint16_t)~BINDING_BIT(DEVICE);
	s.claims.bindings.device_handle = bytes_of(NULL, 0);
	make_challenge(&s);
	CU_ASSERT_EQUAL(reasons(&s), BIT(BINDING_DEVICE));
}

static void
test_bindings_collect(void)
{
	AUTO(scene_release) struct scene s = scene_of();
	uint8_t nonce[HASH_SIZE] = { 0 };

	s.request.observed.request[0] ^= 1;
	make_evidence(&s, bytes_of(nonce, HASH_SIZE));
	CU_ASSERT_EQUAL(reasons(&s),
	                BIT(BINDING_REQUEST) | BIT(NONCE_MISMATCH));
}

static void
test_unsupported(void)
{
	AUTO(scene_release) struct scene s = scene_of();
	struct appraise_result r;

	s.request.evidence = bytes_of_str("{\"format\":\"no-such\"}");
	r = run(&s);
	CU_ASSERT_EQUAL(r.appraisal.reasons, BIT(EVIDENCE_UNSUPPORTED));
	CU_ASSERT_STRING_EQUAL(r.format, "");
	CU_ASSERT(r.redeemable);

	s.claims.workflow = WORKFLOW_REGISTER; /* its policy: another format */
	make_challenge(&s);
	CU_ASSERT_EQUAL(reasons(&s), BIT(EVIDENCE_UNSUPPORTED));
}

static void
test_malformed_request(void)
{
	AUTO(scene_release) struct scene s = scene_of();
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct appraise_result r = { .format = "untouched" };

	s.request.evidence = bytes_of_str("{\"format\":\"tpm2-quote\"}");
	s.request.challenge.len = 0; /* does not matter: nothing is appraised */
	CU_ASSERT_EQUAL(appraise(&s.request, s.ring, s.policy, &why, &r),
	                E_MALFORMED);
	CU_ASSERT(why.len > 0);
	CU_ASSERT_STRING_EQUAL(r.format, "untouched");
}

static void
test_malformed_evidence(void)
{
	AUTO(scene_release) struct scene s = scene_of();

	s.request.evidence =
	        bytes_of_str("{\"format\":\"tpm2-quote\",\"quote\":\"AA==\","
	                     "\"signature\":\"AA==\",\"ak_public\":\"AA==\"}");
	CU_ASSERT_EQUAL(reasons(&s), BIT(EVIDENCE_MALFORMED));
}

/* --- the spy -------------------------------------------------------------- */

/* A format that carries any nonce, says yes, and counts who asks it. */
struct spy {
	struct bytes nonce;
	err_t parse;
	unsigned parsed, appraised;
};

static err_t
spy_parse(void *own, struct buf *why)
{
	struct spy *spy = own;

	(void)why;
	spy->parsed++;
	return spy->parse;
}

static struct bytes
spy_nonce(const void *own)
{
	const struct spy *spy = own;

	return spy->nonce;
}

static err_t
spy_appraise(void *own, const struct policy *policy, struct appraisal *a)
{
	struct spy *spy = own;

	(void)policy;
	spy->appraised++;
	*a = (struct appraisal){ .identified = true };
	return OK;
}

static const struct evidence_format spy_format = {
	.name = "spy",
	.parse = spy_parse,
	.nonce = spy_nonce,
	.appraise = spy_appraise,
};

static reason_set
ask_spy(struct spy *spy, struct bytes nonce)
{
	struct evidence e = { .format = &spy_format, .own = spy };
	struct appraisal a;

	appraise_evidence(&e, nonce, NULL, &a);
	CU_ASSERT_EQUAL(a.identified, a.reasons == 0);
	return a.reasons;
}

static void
test_spy(void)
{
	uint8_t nonce[HASH_SIZE] = { 1, 2, 3 }, carried[HASH_SIZE + 1] = { 0 };
	struct bytes asked = bytes_of(nonce, HASH_SIZE);

	memcpy(carried, nonce, HASH_SIZE);
	for (size_t n = 0; n <= HASH_SIZE + 1; n++) {
		struct spy spy = { .nonce = bytes_of(carried, n) };

		CU_ASSERT_EQUAL(ask_spy(&spy, asked),
		                n == HASH_SIZE ? 0 : BIT(NONCE_MISMATCH));
		CU_ASSERT_EQUAL(spy.appraised, n == HASH_SIZE);
	}
	for (size_t bit = 0; bit < HASH_SIZE * 8; bit++) {
		struct spy spy = { .nonce = bytes_of(carried, HASH_SIZE) };

		carried[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CU_ASSERT_EQUAL(ask_spy(&spy, asked), BIT(NONCE_MISMATCH));
		CU_ASSERT_EQUAL(spy.appraised, 0);
		carried[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void
test_spy_malformed(void)
{
	uint8_t nonce[HASH_SIZE] = { 1 };
	struct spy spy = { .nonce = bytes_of(nonce, HASH_SIZE),
		           .parse = E_MALFORMED };

	CU_ASSERT_EQUAL(ask_spy(&spy, spy.nonce), BIT(EVIDENCE_MALFORMED));
	CU_ASSERT_EQUAL(spy.parsed, 1);
	CU_ASSERT_EQUAL(spy.appraised, 0);
}

static const struct harness_test tests[] = {
	{ "a good challenge and good evidence", test_good },
	{ "challenge does not parse", test_challenge_malformed },
	{ "challenge of another key", test_challenge_forged },
	{ "challenge of another tenant", test_audience },
	{ "challenge expired", test_expired },
	{ "workflow denied", test_workflow },
	{ "channel denied", test_channels },
	{ "every binding, not shown or another", test_bindings },
	{ "a binding that the policy asks for", test_required_binding },
	{ "bindings and nonce are both said", test_bindings_collect },
	{ "a format without support", test_unsupported },
	{ "a malformed request is no verdict", test_malformed_request },
	{ "evidence that does not parse", test_malformed_evidence },
	{ "no format is asked before the nonce fits", test_spy },
	{ "no format is asked about what does not parse", test_spy_malformed },
	{ NULL, NULL },
};

HARNESS_MAIN("appraise", tests)
