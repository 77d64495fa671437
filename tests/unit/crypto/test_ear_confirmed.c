/*
 * test_ear_confirmed.c - the claim "cnf" of a result, and which results never
 * have it.
 */
#include "crypto/token/ear.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/ear_fixture.h"
#include "wire/reason.h"

#include "crypto/codec/json_auto.h"

/* RFC 7800 section 3.2; RFC 9449 section 6.1 of an RSA key. */
static void
test_confirmed(void)
{
	for (enum alg alg = 0; alg < ALG_COUNT; alg++) {
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(alg, "device");
		struct ear_fields f = soft_result_fields();

		f.confirmation = soft_key_spki(key);
		AUTO(json_decref) json_t *claims = ear_fixture_claims(&f);
		const json_t *cnf = json_object_get(claims, "cnf");
		const json_t *jwk = json_object_get(cnf, "jwk");

		CU_ASSERT_EQUAL(json_object_size(cnf), 1);
		CU_ASSERT_PTR_NULL(json_object_get(jwk, "d"));
		if (alg_key(alg) == ALG_KEY_RSA) {
			CU_ASSERT_STRING_EQUAL(json_text(cnf, "jkt"),
			                       soft_key_kid(key));
		} else {
			CU_ASSERT_STRING_EQUAL(json_text(jwk, "crv"),
			                       alg_key_curve(alg_key(alg)));
		}
	}
}

static void
test_unconfirmed(void)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "device");
	struct ear_fields f = soft_result_fields();
	AUTO(json_decref) json_t *claims = ear_fixture_claims(&f);

	CU_ASSERT_PTR_NULL(json_object_get(claims, "cnf"));
	f.confirmation = soft_key_spki(key);
	CU_ASSERT_FALSE(ear_fixture_refused(&f));
	f.reasons = reason_bit(REASON_BOOT_STATE);
	CU_ASSERT(ear_fixture_refused(&f));
	f.confirmation = bytes_of(NULL, 0);
	CU_ASSERT_FALSE(ear_fixture_refused(&f));
	f = soft_result_fields();
	f.confirmation = bytes_of_str("no key");
	CU_ASSERT(ear_fixture_refused(&f));
}

static const struct harness_test tests[] = {
	{ "the key by which a device proves possession", test_confirmed },
	{ "no key, and none of a device that was refused", test_unconfirmed },
	{ NULL, NULL },
};
HARNESS_MAIN("ear_confirmed", tests)
