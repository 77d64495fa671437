/*
 * test_ear.c - what a result says, and what is never composed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/fakes/ear_fixture.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_batch.h"
#include "crypto/token/ear.h"
#include "base/encode.h"
#include "wire/reason.h"

/* --- what it says --------------------------------------------------------- */

/* Every claim of an eligible device, as docs/formats.md lists them. */
static const char wanted_claims[] =
        "{'anchord':{'bindings':{"
        "'account':'bm9uY2Utbm9uY2Utbm9uY2Utbm9uY2Utbm9uY2UtMDY',"
        "'request':'bm9uY2Utbm9uY2Utbm9uY2Utbm9uY2Utbm9uY2UtMDI',"
        "'transport':'bm9uY2Utbm9uY2Utbm9uY2Utbm9uY2Utbm9uY2UtMDE'},"
        "'channel':'beta','cti':'00000001000000070000000000000001',"
        "'device_handle':'dh1_example','eligible':true,"
        "'evidence_sha256':'bm9uY2Utbm9uY2Utbm9uY2Utbm9uY2Utbm9uY2UtMDM',"
        "'governance':'officers',"
        "'policy':{'digest':'bm9uY2Utbm9uY2Utbm9uY2Utbm9uY2Utbm9uY2UtMDQ',"
        "'id':'demo','version':1},'reasons':[],'release':'firmware 4.2.0',"
        "'sequence':42,"
        "'transaction':'order-17','trust_bundle_digest':"
        "'bm9uY2Utbm9uY2Utbm9uY2Utbm9uY2Utbm9uY2UtMDU',"
        "'trust_bundle_version':3,"
        "'workflow':'metadata'},"
        "'aud':'backend-a','ear_status':'affirming',"
        "'ear_verifier_id':{'build':'anchord 1','developer':'urn:x-anchord'},"
        "'eat_nonce':'bm9uY2Utbm9uY2Utbm9uY2Utbm9uY2Utbm9uY2UtMDA',"
        "'eat_profile':'tag:ietf.org,2026:rats/ear#04',"
        "'exp':1795435500,'iat':1795435200,'iss':'https://anchor.example',"
        "'jti':'000102030405060708090a0b0c0d0e0f','submods':{'tpm2-quote':{"
        "'ear_appraisal_policy_ids':['demo'],'ear_status':'affirming',"
        "'ear_trustworthiness_vector':{'executables':2,'hardware':2,"
        "'instance-identity':2},"
        "'eat_nonce':'bm9uY2Utbm9uY2Utbm9uY2Utbm9uY2Utbm9uY2UtMDA'}}}";

static void
test_claims(void)
{
	struct ear_fields fields = soft_result_fields();
	char wanted[sizeof(wanted_claims)];
	json_t *claims = ear_fixture_claims(&fields);
	char *text = json_dumps(claims, JSON_COMPACT | JSON_SORT_KEYS);

	memcpy(wanted, wanted_claims, sizeof(wanted));
	for (size_t i = 0; i < sizeof(wanted); i++)
		if (wanted[i] == '\'')
			wanted[i] = '"';
	CU_ASSERT_STRING_EQUAL(text, wanted);
	if (strcmp(text, wanted) != 0)
		printf("  %s\n", text);
	free(text);
	json_decref(claims);
}

static void
test_header(void)
{
	AUTO(ear_fixture_release)
	struct ear_fixture f = ear_fixture_of(ALG_ES256);
	AUTO(buf_release) struct buf header = buf_of(1024);
	AUTO(buf_release) struct buf wanted = buf_of(1024);
	const char *jwt = buf_str(&f.jwt);

	CU_ASSERT_EQUAL(
	        decode_base64url(&header, bytes_of(jwt, strcspn(jwt, "."))),
	        OK);
	buf_printf(&wanted,
	           "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"eat+jwt\"}",
	           soft_key_kid(f.key));
	CU_ASSERT_STRING_EQUAL(buf_str(&header), buf_str(&wanted));
}

static void
test_same_bytes(void)
{
	AUTO(ear_fixture_release)
	struct ear_fixture a = ear_fixture_of(ALG_ED25519);
	AUTO(ear_fixture_release)
	struct ear_fixture b = ear_fixture_of(ALG_ED25519);

	CU_ASSERT(bytes_equal(buf_bytes(&a.jwt), buf_bytes(&b.jwt)));
}

/* A forged challenge: nothing of it is repeated. */
static void
test_unbelievable(void)
{
	struct ear_fields f = soft_result_unbelievable();
	json_t *claims = ear_fixture_claims(&f);
	const json_t *own = json_object_get(claims, "anchord");
	const json_t *sub = json_object_get(json_object_get(claims, "submods"),
	                                    "challenge");

	CU_ASSERT_PTR_NULL(json_object_get(claims, "eat_nonce"));
	CU_ASSERT_PTR_NULL(json_object_get(sub, "eat_nonce"));
	CU_ASSERT_PTR_NULL(json_object_get(own, "cti"));
	CU_ASSERT_PTR_NULL(json_object_get(own, "workflow"));
	CU_ASSERT_PTR_NULL(json_object_get(own, "bindings"));
	CU_ASSERT_PTR_NULL(json_object_get(sub, "ear_trustworthiness_vector"));
	CU_ASSERT(json_is_false(json_object_get(own, "eligible")));
	CU_ASSERT_STRING_EQUAL(
	        json_string_value(json_object_get(sub, "ear_status")),
	        "contraindicated");
	json_decref(claims);
}

static void
check_status(reason_set reasons, int8_t hardware, const char *wanted)
{
	struct ear_fields f = soft_result_fields();

	f.reasons = reasons;
	memset(f.vector, 0, sizeof(f.vector));
	f.vector[VECTOR_HARDWARE] = hardware;
	json_t *claims = ear_fixture_claims(&f);
	CU_ASSERT_STRING_EQUAL(
	        json_string_value(json_object_get(claims, "ear_status")),
	        wanted);
	const json_t *sub = json_object_get(json_object_get(claims, "submods"),
	                                    "tpm2-quote");
	CU_ASSERT_STRING_EQUAL(
	        json_string_value(json_object_get(sub, "ear_status")), wanted);
	json_decref(claims);
}

/* Never better than the worst of reasons and vector. */
static void
test_status(void)
{
	const reason_set none = reason_bit(REASON_CHALLENGE_EXPIRED);
	const reason_set warning = reason_bit(REASON_PATCH_LEVEL);
	const reason_set bad = reason_bit(REASON_PCR_MISMATCH);

	check_status(0, 0, "affirming");
	check_status(0, 2, "affirming");
	check_status(0, 31, "affirming");
	check_status(0, -2, "affirming");
	check_status(0, -32, "affirming");
	check_status(0, 32, "warning");
	check_status(0, 95, "warning");
	check_status(0, -33, "warning");
	check_status(0, -96, "warning");
	check_status(none, 0, "none");
	check_status(none, 2, "none");
	check_status(none, 33, "warning");
	check_status(none, 96, "contraindicated");
	check_status(warning, -1, "warning");
	check_status(warning, 1, "warning");
	check_status(warning, 2, "warning");
	check_status(warning, 127, "contraindicated");
	check_status(warning, -97, "contraindicated");
	check_status(warning, -128, "contraindicated");
	check_status(bad, 2, "contraindicated");
	check_status(bad | none | warning, 0, "contraindicated");
	check_status(none | warning, 0, "warning");
}

/* Each reason by its code, in the table's order. */
static void
test_reasons(void)
{
	struct ear_fields f = soft_result_fields();

	f.reasons = ((reason_set)1 << REASON_COUNT) - 1;
	json_t *claims = ear_fixture_claims(&f);
	const json_t *codes =
	        json_object_get(json_object_get(claims, "anchord"), "reasons");
	CU_ASSERT_EQUAL(json_array_size(codes), REASON_COUNT);
	for (enum reason r = 0; r < REASON_COUNT; r++)
		CU_ASSERT_STRING_EQUAL(
		        json_string_value(json_array_get(codes, r)),
		        reason_code(r));
	json_decref(claims);
}

/* Without officers it says so, and names no bundle. */
static void
test_ungoverned(void)
{
	struct ear_fields f = soft_result_fields();

	f.trust_version = 0;
	CU_ASSERT(ear_fixture_refused(&f)); /* and yet a digest */
	memset(f.trust_digest, 0, sizeof(f.trust_digest));
	json_t *claims = ear_fixture_claims(&f);
	const json_t *own = json_object_get(claims, "anchord");
	CU_ASSERT_STRING_EQUAL(
	        json_string_value(json_object_get(own, "governance")), "none");
	CU_ASSERT_EQUAL(json_integer_value(
	                        json_object_get(own, "trust_bundle_version")),
	                0);
	CU_ASSERT_PTR_NULL(json_object_get(own, "trust_bundle_digest"));
	json_decref(claims);
	f.trust_version = 1; /* and yet no digest */
	CU_ASSERT(ear_fixture_refused(&f));
}

/* --- what is never composed ----------------------------------------------- */

static void
test_fields_out_of_range(void)
{
	const struct ear_fields good = soft_result_fields();
	struct ear_fields f = good;
	static uint8_t text[300];

	memset(text, 'x', sizeof(text));
	CU_ASSERT(!ear_fixture_refused(&f));
	f.workflow = WORKFLOW_COUNT;
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.redeemed = 2;
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.reasons = (reason_set)1 << REASON_COUNT;
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.tenant = bytes_of_str("Backend A");
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.format = bytes_of_str("tpm2 quote");
	CU_ASSERT(ear_fixture_refused(&f));
	f.format = bytes_of(text, EAR_FORMAT_MAX + 1);
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.policy_id = bytes_of(text, EAR_POLICY_ID_MAX + 1);
	CU_ASSERT(ear_fixture_refused(&f));
	f.policy_id = bytes_of_str("de\xff");
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.expires_s = f.issued_s;
	CU_ASSERT(ear_fixture_refused(&f));
	f.expires_s = CHALLENGE_TIME_MAX + 1;
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.sequence = (uint64_t)1 << 53;
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.bindings.present |= 0x8000;
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.bindings.channel = bytes_of_str("\xc0\xaf");
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.bindings.release = bytes_of_str("\xc0\xaf");
	CU_ASSERT(ear_fixture_refused(&f));
	f.bindings.release = bytes_of(text, RELEASE_MAX + 1);
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.bindings.present &= (uint16_t)~BINDING_BIT(ACCOUNT);
	CU_ASSERT(ear_fixture_refused(&f)); /* absent, and yet a digest */
	f = good;
	f.bindings.present &= (uint16_t)~BINDING_BIT(CHANNEL);
	CU_ASSERT(ear_fixture_refused(&f)); /* absent, and yet a text */
}

/* "Eligible" needs all of it. */
static void
test_eligible(void)
{
	const struct ear_fields good = soft_result_fields();
	struct ear_fields f = good;

	f.redeemed = 0;
	CU_ASSERT(ear_fixture_refused(&f));
	f.reasons = reason_bit(REASON_CHALLENGE_REPLAYED);
	CU_ASSERT(!ear_fixture_refused(&f));
	f = good;
	f.format = bytes_of(NULL, 0);
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.policy_id = bytes_of(NULL, 0);
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.vector[VECTOR_HARDWARE] = 96;
	CU_ASSERT(ear_fixture_refused(&f));
	f.vector[VECTOR_HARDWARE] = -1; /* our own malfunction */
	CU_ASSERT(ear_fixture_refused(&f));
	f.vector[VECTOR_HARDWARE] = 32;
	CU_ASSERT(!ear_fixture_refused(&f));
}

static void
test_nothing_of_a_forgery(void)
{
	const struct ear_fields good = soft_result_unbelievable();
	struct ear_fields f = good;

	CU_ASSERT(!ear_fixture_refused(&f));
	f.redeemed = 1;
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.cti[15] = 1;
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.bindings.present = BINDING_BIT(CHANNEL);
	f.bindings.channel = bytes_of_str("beta");
	CU_ASSERT(ear_fixture_refused(&f));
	f = good;
	f.reasons = 0;
	CU_ASSERT(ear_fixture_refused(&f));
}

static void
test_issuer(void)
{
	const struct ear_fields fields = soft_result_fields();
	struct ear_issuer issuer = {
		.iss = bytes_of_str("https://anchor.example"),
		.kid = bytes_of_str(
		        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
		.alg = ALG_ES256,
	};
	AUTO(buf_release) struct buf out = buf_of(EAR_RESULT_MAX);

	CU_ASSERT_EQUAL(ear_compose(&out, &issuer, &fields), OK);
	issuer.alg = ALG_COUNT;
	CU_ASSERT_EQUAL(ear_compose(&out, &issuer, &fields), E_MALFORMED);
	issuer.alg = ALG_ES256;
	issuer.kid.len--;
	CU_ASSERT_EQUAL(ear_compose(&out, &issuer, &fields), E_MALFORMED);
	issuer.kid.len++;
	issuer.iss.len = 0;
	CU_ASSERT_EQUAL(ear_compose(&out, &issuer, &fields), E_MALFORMED);

	issuer.iss = bytes_of_str("https://anchor.example");
	AUTO(buf_release) struct buf small = buf_of(100);
	CU_ASSERT_EQUAL(ear_compose(&small, &issuer, &fields), E_LIMIT);
}

/* The largest fields still fit. */
static void
test_largest(void)
{
	struct ear_fields f = soft_result_fields();
	static uint8_t text[300];

	memset(text, 'x', sizeof(text));
	f.reasons = ((reason_set)1 << REASON_COUNT) - 1;
	f.tenant = bytes_of(text, 64);
	f.policy_id = bytes_of(text, EAR_POLICY_ID_MAX);
	f.format = bytes_of(text, EAR_FORMAT_MAX);
	f.bindings.device_handle = bytes_of(text, DEVICE_HANDLE_MAX);
	f.bindings.channel = bytes_of(text, CHANNEL_MAX);
	f.bindings.transaction = bytes_of(text, TRANSACTION_MAX);
	f.bindings.release = bytes_of(text, RELEASE_MAX);
	memset(f.vector, -128, sizeof(f.vector));
	CU_ASSERT(!ear_fixture_refused(&f));
}

static const struct harness_test tests[] = {
	{ "every claim of an eligible device", test_claims },
	{ "the header", test_header },
	{ "same fields, same bytes", test_same_bytes },
	{ "a challenge that nobody may believe", test_unbelievable },
	{ "a status never better than its worst part", test_status },
	{ "every reason by its code", test_reasons },
	{ "a service without officers", test_ungoverned },
	{ "fields out of range", test_fields_out_of_range },
	{ "eligible needs all of it", test_eligible },
	{ "nothing of a forgery is repeated", test_nothing_of_a_forgery },
	{ "issuer, and a buffer too small", test_issuer },
	{ "the largest result fits", test_largest },
	{ NULL, NULL },
};

HARNESS_MAIN("ear", tests)
