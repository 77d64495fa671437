/*
 * test_ear_enrolled.c - what a result says of a device that it enrols, and
 * which such results are never composed.
 */
#include <stdlib.h>

#include "tests/common/fakes/ear_fixture.h"
#include "tests/common/base/harness.h"
#include "crypto/token/ear.h"
#include "wire/reason.h"

static struct ear_fields
enrolling(void)
{
	struct ear_fields f = soft_result_fields();

	f.workflow = WORKFLOW_ENROLL;
	f.bindings.present &= (uint16_t)~BINDING_BIT(DEVICE);
	f.bindings.device_handle = bytes_of(NULL, 0);
	f.enrolled = WIRE_ENROLLED_NOW;
	f.handle = bytes_of_str("dh1_given");
	return f;
}

static void
test_enrolled(void)
{
	struct ear_fields f = enrolling();

	for (f.enrolled = WIRE_ENROLLED_NOT; f.enrolled <= WIRE_ENROLLED_NOW;
	     f.enrolled++) {
		f.handle = bytes_of_str(f.enrolled ? "dh1_given" : "");
		json_t *claims = ear_fixture_claims(&f);
		const json_t *own = json_object_get(claims, "anchord");
		const char *said =
		        json_string_value(json_object_get(own, "enrolment"));
		const char *handle = json_string_value(
		        json_object_get(own, "device_handle"));

		if (f.enrolled == WIRE_ENROLLED_NOT) {
			CU_ASSERT_PTR_NULL(said);
			CU_ASSERT_PTR_NULL(handle);
		} else {
			CU_ASSERT_STRING_EQUAL(said,
			                       f.enrolled == WIRE_ENROLLED_NOW
			                               ? "new"
			                               : "existing");
			CU_ASSERT_STRING_EQUAL(handle, "dh1_given");
		}
		json_decref(claims);
	}
}

static void
test_enrolled_consistent(void)
{
	struct ear_fields f = enrolling();

	CU_ASSERT_FALSE(ear_fixture_refused(&f));
	f.enrolled = 3;
	CU_ASSERT(ear_fixture_refused(&f));
	f = enrolling();
	f.enrolled = WIRE_ENROLLED_NOT; /* a handle, and nobody enrolled */
	CU_ASSERT(ear_fixture_refused(&f));
	f = enrolling();
	f.handle = bytes_of(NULL, 0);
	CU_ASSERT(ear_fixture_refused(&f));
	f = enrolling();
	f.reasons = reason_bit(REASON_BOOT_STATE);
	CU_ASSERT(ear_fixture_refused(&f));
	f = enrolling();
	f.workflow = WORKFLOW_REGISTER;
	CU_ASSERT(ear_fixture_refused(&f));
	f = enrolling();
	f.bindings.present |= BINDING_BIT(DEVICE);
	f.bindings.device_handle = bytes_of_str("dh1_other");
	CU_ASSERT(ear_fixture_refused(&f));
	f.bindings.device_handle = f.handle;
	CU_ASSERT_FALSE(ear_fixture_refused(&f));
}

/* Only who is enrolled now can wait for an approval. */
static void
test_pending(void)
{
	struct ear_fields f = enrolling();

	json_t *claims = ear_fixture_claims(&f);
	CU_ASSERT_PTR_NULL(json_object_get(json_object_get(claims, "anchord"),
	                                   "device_state"));
	json_decref(claims);
	f.pending = true;
	claims = ear_fixture_claims(&f);
	CU_ASSERT_STRING_EQUAL(
	        json_string_value(json_object_get(
	                json_object_get(claims, "anchord"), "device_state")),
	        "pending");
	json_decref(claims);
	f.enrolled = WIRE_ENROLLED_BEFORE;
	CU_ASSERT(ear_fixture_refused(&f));
	f = soft_result_fields();
	f.pending = true;
	CU_ASSERT(ear_fixture_refused(&f));
}

static const struct harness_test tests[] = {
	{ "an enrolled device and its handle", test_enrolled },
	{ "nobody is enrolled who was refused", test_enrolled_consistent },
	{ "a device that waits for an approval", test_pending },
	{ NULL, NULL },
};
HARNESS_MAIN("ear_enrolled", tests)
