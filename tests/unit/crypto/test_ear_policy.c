/*
 * test_ear_policy.c - the device group and the state that a result names, and which
 * such results are never composed.
 */
#include "crypto/token/ear.h"
#include "crypto/token/outcome.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/ear_fixture.h"
#include "wire/reason.h"
#include "wire/wire.h"

static struct ear_fields
grouped(void)
{
	struct ear_fields f = soft_result_fields();

	f.policy_group = bytes_of_str("pixels");
	f.policy_state = bytes_of_str("v42");
	return f;
}

static const json_t *
policy_of(const json_t *claims)
{
	return json_object_get(json_object_get(claims, "anchord"), "policy");
}

static void
test_said(void)
{
	struct ear_fields f = grouped();
	json_t *claims = ear_fixture_claims(&f);
	const json_t *o = policy_of(claims);

	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(o, "group")),
	                       "pixels");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(o, "state")),
	                       "v42");
	json_decref(claims);
	f = soft_result_fields();
	claims = ear_fixture_claims(&f);
	CU_ASSERT_EQUAL(json_object_size(policy_of(claims)), 3);
	json_decref(claims);
}

static void
test_consistent(void)
{
	struct ear_fields f = grouped();

	CU_ASSERT_FALSE(ear_fixture_refused(&f));
	f.policy_group = bytes_of_str("a \"group\"");
	CU_ASSERT(ear_fixture_refused(&f));
	f = grouped();
	f.policy_state = bytes_of_str("V 42");
	CU_ASSERT(ear_fixture_refused(&f));
	f = grouped();
	f.redeemed = 0; /* nothing is said of the device */
	f.reasons = reason_bit(REASON_CHALLENGE_REPLAYED);
	CU_ASSERT(ear_fixture_refused(&f));
	f.policy_group = f.policy_state = bytes_of(NULL, 0);
	CU_ASSERT_FALSE(ear_fixture_refused(&f));
}

/* A stored outcome says the same. */
static void
test_outcome(void)
{
	AUTO(buf_release) struct buf text = buf_of(8192);
	struct wire_outcome w = { .policy_id = bytes_of_str("demo"),
		                  .policy_group = bytes_of_str("pixels"),
		                  .policy_state = bytes_of_str("v42") };

	CU_ASSERT_EQUAL_FATAL(outcome_put_json(&text, &w), OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text), "\"group\":\"pixels\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text), "\"state\":\"v42\""));
	w.policy_group = w.policy_state = bytes_of(NULL, 0);
	buf_reset(&text);
	CU_ASSERT_EQUAL_FATAL(outcome_put_json(&text, &w), OK);
	CU_ASSERT_PTR_NULL(strstr(buf_str(&text), "\"group\""));
	CU_ASSERT_PTR_NULL(strstr(buf_str(&text), "\"state\""));
}

/* And by which trust bundle, and whose challenge it was. */
static void
test_outcome_keys(void)
{
	AUTO(buf_release) struct buf text = buf_of(8192);
	struct wire_outcome w = { .cti = { 1 },
		                  .trust_version = 7,
		                  .trust_digest = { 0xff },
		                  .challenge_kid = bytes_of_str("a-kid") };

	CU_ASSERT_EQUAL_FATAL(outcome_put_json(&text, &w), OK);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&text), "\"challenge_kid\":\"a-kid\""));
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&text), "\"trust_bundle_version\":7"));
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&text), "\"trust_bundle_digest\":\"_wAA"));
	w.trust_version = 0;
	w.challenge_kid = bytes_of(NULL, 0);
	buf_reset(&text);
	CU_ASSERT_EQUAL_FATAL(outcome_put_json(&text, &w), OK);
	CU_ASSERT_PTR_NULL(strstr(buf_str(&text), "trust_bundle"));
	CU_ASSERT_PTR_NULL(strstr(buf_str(&text), "challenge_kid"));
}

static const struct harness_test tests[] = {
	{ "what a result says", test_said },
	{ "what is never composed", test_consistent },
	{ "what an outcome says", test_outcome },
	{ "what an outcome says of bundle and key", test_outcome_keys },
	{ NULL, NULL },
};

HARNESS_MAIN("ear_policy", tests)
