/*
 * test_dpop.c - proofs of possession: a good one, and each way to be none.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "crypto/keys/keyring.h"
#include "crypto/token/dpop.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_key.h"

#include "crypto/codec/json_auto.h"

#define NOW 1795435300u
#define AGE 60u
#define RESULT "eyJhbGciOiJFUzI1NiJ9.e30.AA"
#define URL "https://ota.example/v1/artifacts/7"

/* A proof before it is signed. */
struct attempt {
	struct soft_key *key;
	json_t *header, *claims;
	struct dpop_terms terms;
	struct buf proof, jti;
};

static void
attempt_release(struct attempt *a)
{
	soft_key_free(a->key);
	json_decref(a->header);
	json_decref(a->claims);
	buf_release(&a->proof);
	buf_release(&a->jti);
}
DEFINE_AUTO_REF(struct attempt, attempt_release);

static json_t *
jwk_of(const struct soft_key *key)
{
	AUTO(buf_release) struct buf text = buf_of(4096);

	CU_ASSERT_EQUAL_FATAL(
	        key_to_jwk(soft_key_spki(key), soft_key_alg(key), &text), OK);
	return json_loads(buf_str(&text), 0, NULL);
}

static json_t *
hash_of(const char *text)
{
	uint8_t digest[HASH_SIZE];

	digest_sha256(bytes_of_str(text), digest);
	return json_base64url(bytes_of(digest, sizeof(digest)));
}

static struct attempt
attempt_of(enum alg alg)
{
	struct attempt a = { .key = soft_key_new(alg, "device"),
		             .proof = buf_of(2 * DPOP_MAX),
		             .jti = buf_of(256) };

	a.header = json_pack("{s:s, s:s, s:o}", "typ", "dpop+jwt", "alg",
	                     alg_jose_name(alg), "jwk", jwk_of(a.key));
	a.claims = json_pack("{s:s, s:s, s:s, s:I, s:o}", "jti", "j-1", "htm",
	                     "GET", "htu", URL, "iat", (json_int_t)NOW, "ath",
	                     hash_of(RESULT));
	CU_ASSERT_FATAL(a.header && a.claims);
	a.terms = (struct dpop_terms){
		.result = bytes_of_str(RESULT),
		.jkt = soft_key_kid(a.key),
		.method = bytes_of_str("GET"),
		.url = bytes_of_str(URL),
		.now_s = NOW,
		.age_s = AGE,
	};
	return a;
}

static void
put_text(struct attempt *a, const char *header, const char *claims)
{
	AUTO(buf_release) struct buf signature = buf_of(1024);

	buf_reset(&a->proof);
	encode_base64url(&a->proof, bytes_of_str(header));
	buf_append_str(&a->proof, ".");
	encode_base64url(&a->proof, bytes_of_str(claims));
	soft_key_sign(a->key, buf_bytes(&a->proof), &signature);
	buf_append_str(&a->proof, ".");
	encode_base64url(&a->proof, buf_bytes(&signature));
}

static void
sign_proof(struct attempt *a)
{
	AUTO(buf_release) struct buf header = buf_of(DPOP_MAX);
	AUTO(buf_release) struct buf claims = buf_of(DPOP_MAX);

	CU_ASSERT_FATAL(json_dump_to(a->header, &header) == OK &&
	                json_dump_to(a->claims, &claims) == OK);
	put_text(a, buf_str(&header), buf_str(&claims));
}

/* The first check that fails; DPOP_NONE: the proof is good. */
static enum dpop_fault
judge(struct attempt *a)
{
	enum dpop_fault fault = DPOP_FAULTS;

	buf_reset(&a->jti);
	err_t err =
	        dpop_verify(buf_bytes(&a->proof), &a->terms, &a->jti, &fault);
	CU_ASSERT_EQUAL(err, fault == DPOP_NONE ? OK : E_DENIED);
	return fault;
}

static void
expect_fault(struct attempt *a, enum dpop_fault wanted)
{
	enum dpop_fault found = judge(a);

	if (found != wanted) {
		printf("  %s, not %s\n", dpop_fault_word(found),
		       dpop_fault_word(wanted));
		CU_FAIL("fault");
	}
}

/* --- a good proof ----------------------------------------------------------- */

static void
test_good(void)
{
	for (enum alg alg = 0; alg < ALG_COUNT; alg++) {
		AUTO(attempt_release) struct attempt a = attempt_of(alg);

		sign_proof(&a);
		expect_fault(&a, DPOP_NONE);
		CU_ASSERT_STRING_EQUAL(buf_str(&a.jti), "j-1");
	}
}

/* What a JWK, a header and the claims may have besides. */
static void
test_more_members(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of(ALG_ES256);
	json_t *jwk = json_object_get(a.header, "jwk");

	CU_ASSERT(json_put(jwk, "kid", json_string("my-key")) &&
	          json_put(jwk, "key_ops", json_pack("[s]", "verify")) &&
	          json_put(a.header, "kid", json_string("x")) &&
	          json_put(a.claims, "nonce", json_string("n")));
	sign_proof(&a);
	expect_fault(&a, DPOP_NONE);
}

/* --- one member is another -------------------------------------------------- */

static const struct change {
	bool claim; /* otherwise of the header */
	const char *name, *json;
	enum dpop_fault fault;
} changes[] = {
	{ false, "typ", NULL, DPOP_TYPE },
	{ false, "typ", "\"JWT\"", DPOP_TYPE },
	{ false, "typ", "\"application/dpop+jwt\"", DPOP_TYPE },
	{ false, "typ", "1", DPOP_TYPE },
	{ false, "alg", NULL, DPOP_ALG },
	{ false, "alg", "\"none\"", DPOP_ALG },
	{ false, "alg", "\"HS256\"", DPOP_ALG },
	{ false, "alg", "\"ES384\"", DPOP_ALG },
	{ false, "alg", "\"RS256\"", DPOP_ALG },
	{ false, "alg", "{}", DPOP_ALG },
	{ false, "crit", "[\"b64\"]", DPOP_MALFORMED },
	{ false, "jwk", NULL, DPOP_KEY },
	{ false, "jwk", "{}", DPOP_KEY },
	{ false, "jwk", "{\"kty\":\"oct\",\"k\":\"AA\"}", DPOP_PRIVATE },
	{ true, "jti", NULL, DPOP_JTI },
	{ true, "jti", "\"\"", DPOP_JTI },
	{ true, "jti", "7", DPOP_JTI },
	{ true, "htm", NULL, DPOP_METHOD },
	{ true, "htm", "\"POST\"", DPOP_METHOD },
	{ true, "htm", "\"get\"", DPOP_METHOD },
	{ true, "htm", "[\"GET\"]", DPOP_METHOD },
	{ true, "htu", NULL, DPOP_URL },
	{ true, "htu", "\"https://ota.example/v1/artifacts/8\"", DPOP_URL },
	{ true, "htu", "\"http://ota.example/v1/artifacts/7\"", DPOP_URL },
	{ true, "htu", "\"https://other.example/v1/artifacts/7\"", DPOP_URL },
	{ true, "htu", "\"/v1/artifacts/7\"", DPOP_URL },
	{ true, "htu", "[]", DPOP_URL },
	{ true, "htu", "\"HTTPS://OTA.example:443/v1/./artifacts/7?a#b\"",
	  DPOP_NONE },
	{ true, "iat", NULL, DPOP_TIME },
	{ true, "iat", "\"1795435300\"", DPOP_TIME },
	{ true, "iat", "-1", DPOP_TIME },
	{ true, "iat", "1e300", DPOP_TIME },
	{ true, "iat", "1795435300.5", DPOP_TIME },
	{ true, "iat", "1795435240", DPOP_NONE }, /* 60 seconds */
	{ true, "iat", "1795435239", DPOP_STALE },
	{ true, "iat", "0", DPOP_STALE },
	{ true, "iat", "1795435305", DPOP_NONE }, /* the clock's skew */
	{ true, "iat", "1795435306", DPOP_EARLY },
	{ true, "ath", NULL, DPOP_NO_ATH },
	{ true, "ath", "7", DPOP_NO_ATH },
	{ true, "ath", "\"\"", DPOP_OTHER_RESULT },
};

static void
test_changes(void)
{
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		AUTO(attempt_release) struct attempt a = attempt_of(ALG_ES256);
		json_t *object = changes[i].claim ? a.claims : a.header;

		json_t *value = changes[i].json
		                        ? json_loads(changes[i].json,
		                                     JSON_DECODE_ANY, NULL)
		                        : NULL;

		CU_ASSERT(value ? json_put(object, changes[i].name, value)
		                : json_object_del(object, changes[i].name) ==
		                          0);
		sign_proof(&a);
		if (judge(&a) != changes[i].fault) {
			printf("  %s %s\n", changes[i].name,
			       changes[i].json ? changes[i].json : "-");
			CU_FAIL("change");
		}
	}
}

/* --- keys ------------------------------------------------------------------- */

/* Who has the result and a key of his own. */
static void
test_stolen(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of(ALG_ES256);
	AUTO(attempt_release) struct attempt thief = attempt_of(ALG_ES256);

	soft_key_free(thief.key);
	thief.key = soft_key_new(ALG_ES256, "thief");
	thief.terms.jkt = a.terms.jkt;
	sign_proof(&thief); /* shows the device's key, signs by his own */
	expect_fault(&thief, DPOP_SIGNATURE);
	CU_ASSERT(json_put(thief.header, "jwk", jwk_of(thief.key)));
	sign_proof(&thief);
	expect_fault(&thief, DPOP_OTHER_KEY);
}

static void
test_private(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of(ALG_ES256);

	CU_ASSERT(json_put(json_object_get(a.header, "jwk"), "d",
	                   json_string("AA")));
	sign_proof(&a);
	expect_fault(&a, DPOP_PRIVATE);
}

static void
test_spoilt(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of(ALG_ES256);

	sign_proof(&a);
	a.proof.data[a.proof.len - 10] ^= 1;
	expect_fault(&a, DPOP_SIGNATURE);
	sign_proof(&a);
	a.proof.len -= 86; /* the signature */
	expect_fault(&a, DPOP_SIGNATURE);
}

/* --- results ---------------------------------------------------------------- */

static void
test_other_result(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of(ALG_ES256);

	sign_proof(&a);
	a.terms.result = bytes_of_str(RESULT "B");
	expect_fault(&a, DPOP_OTHER_RESULT);
}

/* --- the form --------------------------------------------------------------- */

static void
test_form(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of(ALG_ES256);
	static const char *const texts[] = {
		"",           ".",           "..",          "a.b",
		"e30.e30.",   "e30..AA",     ".e30.AA",     "e30.W10.AA",
		"W10.e30.AA", "e30=.e30.AA", "e30.e30 .AA",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		buf_reset(&a.proof);
		buf_append_str(&a.proof, texts[i]);
		if (strcmp(texts[i], "e30.e30.") == 0) /* parts of a form */
			expect_fault(&a, DPOP_TYPE);
		else
			expect_fault(&a, DPOP_MALFORMED);
	}
	sign_proof(&a);
	buf_append_str(&a.proof, ".AA");
	expect_fault(&a, DPOP_SIGNATURE);
}

static void
test_twice(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of(ALG_ES256);
	AUTO(buf_release) struct buf header = buf_of(DPOP_MAX);
	AUTO(buf_release) struct buf claims = buf_of(DPOP_MAX);
	AUTO(buf_release) struct buf twice = buf_of(DPOP_MAX);

	CU_ASSERT_FATAL(json_dump_to(a.header, &header) == OK &&
	                json_dump_to(a.claims, &claims) == OK);
	buf_printf(&twice, "{\"htm\":\"GET\",%s", buf_str(&claims) + 1);
	put_text(&a, buf_str(&header), buf_str(&twice));
	expect_fault(&a, DPOP_MALFORMED);
	buf_reset(&twice);
	buf_printf(&twice, "{\"alg\":\"ES256\",%s", buf_str(&header) + 1);
	put_text(&a, buf_str(&twice), buf_str(&claims));
	expect_fault(&a, DPOP_MALFORMED);
}

static void
test_long(void)
{
	AUTO(attempt_release) struct attempt a = attempt_of(ALG_ES256);
	char more[DPOP_MAX] = "";

	memset(more, 'x', sizeof(more) - 1);
	CU_ASSERT(json_put(a.claims, "more", json_string(more)));
	buf_release(&a.proof);
	a.proof = buf_of(4 * DPOP_MAX);
	AUTO(buf_release) struct buf header = buf_of(DPOP_MAX);
	AUTO(buf_release) struct buf claims = buf_of(4 * DPOP_MAX);
	CU_ASSERT_FATAL(json_dump_to(a.header, &header) == OK &&
	                json_dump_to(a.claims, &claims) == OK);
	put_text(&a, buf_str(&header), buf_str(&claims));
	expect_fault(&a, DPOP_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "a proof by each algorithm", test_good },
	{ "members that do not matter", test_more_members },
	{ "each member that is missing or another", test_changes },
	{ "a stolen result", test_stolen },
	{ "a private key", test_private },
	{ "a spoilt signature", test_spoilt },
	{ "another result", test_other_result },
	{ "no compact JWS", test_form },
	{ "a member that is there twice", test_twice },
	{ "a long proof", test_long },
	{ NULL, NULL },
};
HARNESS_MAIN("dpop", tests)
