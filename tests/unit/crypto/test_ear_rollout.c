/*
 * test_ear_rollout.c - what a result says of a rollout, and which such results are
 * never composed.
 */
#include <stdlib.h>

#include "crypto/token/ear.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/ear_fixture.h"
#include "wire/reason.h"

static struct ear_fields
held_back(void)
{
	struct ear_fields f = soft_result_fields();

	f.reasons = reason_bit(REASON_ROLLOUT_WINDOW);
	f.rollout = (struct ear_rollout){
		.id = bytes_of_str("fleet"),
		.version = 7,
		.digest = { 1 },
		.group = bytes_of_str("phones"),
		.stage = bytes_of_str("half"),
		.retry_after_s = 60,
	};
	return f;
}

static void
test_said(void)
{
	struct ear_fields f = held_back();
	json_t *claims = ear_fixture_claims(&f);
	const json_t *o =
	        json_object_get(json_object_get(claims, "anchord"), "rollout");

	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(o, "id")),
	                       "fleet");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "version")), 7);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(o, "digest")),
	                       "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(o, "group")),
	                       "phones");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(o, "stage")),
	                       "half");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "retry_after")),
	                60);
	json_decref(claims);

	/* What is not known is left out. */
	f.rollout.group = f.rollout.stage = bytes_of(NULL, 0);
	f.rollout.retry_after_s = 0;
	claims = ear_fixture_claims(&f);
	o = json_object_get(json_object_get(claims, "anchord"), "rollout");
	CU_ASSERT_EQUAL(json_object_size(o), 3);
	json_decref(claims);
	f = soft_result_fields();
	claims = ear_fixture_claims(&f);
	CU_ASSERT_PTR_NULL(
	        json_object_get(json_object_get(claims, "anchord"), "rollout"));
	json_decref(claims);
}

static void
test_consistent(void)
{
	struct ear_fields f = held_back();

	CU_ASSERT_FALSE(ear_fixture_refused(&f));
	f.reasons = 0; /* nobody who may is told to wait */
	CU_ASSERT(ear_fixture_refused(&f));
	f.rollout.retry_after_s = 0;
	CU_ASSERT_FALSE(ear_fixture_refused(&f));
	f = held_back();
	f.rollout.version = 0;
	CU_ASSERT(ear_fixture_refused(&f));
	f = held_back();
	f.rollout.id = bytes_of(NULL, 0);
	CU_ASSERT(ear_fixture_refused(&f));
	f = held_back();
	f.rollout.stage = bytes_of_str("a \"stage\"");
	CU_ASSERT(ear_fixture_refused(&f));
	f = held_back();
	f.rollout.digest[0] = 0;
	CU_ASSERT(ear_fixture_refused(&f));
	f = held_back();
	f.redeemed = 0; /* a rollout judges what it spends */
	CU_ASSERT(ear_fixture_refused(&f));
	f = soft_result_fields();
	f.rollout.group = bytes_of_str("phones");
	CU_ASSERT(ear_fixture_refused(&f));
}

static const struct harness_test tests[] = {
	{ "what a result says", test_said },
	{ "what is never composed", test_consistent },
	{ NULL, NULL },
};

HARNESS_MAIN("ear_rollout", tests)
