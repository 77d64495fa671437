/*
 * test_ear_enrolled.c - what a result says of a device that it enrols, and
 * which such results are never composed.
 */
#include <stdlib.h>

#include <jansson.h>

#include "../common/harness.h"
#include "../common/soft_result.h"
#include "ear.h"
#include "reason.h"

struct fixture {
	struct soft_key *key;
	struct keyring *ring;
	struct buf jwt;
};

static struct fixture
fixture_of(enum alg alg)
{
	struct fixture f = { .key = soft_key_new(alg, "result"),
		             .jwt = buf_of(EAR_RESULT_MAX) };
	struct wire_result_sign fields = soft_result_fields();

	f.ring = soft_key_ring(f.key);
	CU_ASSERT_EQUAL_FATAL(soft_result(f.key, &fields, &f.jwt), OK);
	return f;
}

static void
fixture_release(struct fixture *f)
{
	buf_release(&f->jwt);
	keyring_free(f->ring);
	soft_key_free(f->key);
}
DEFINE_AUTO_REF(struct fixture, fixture_release);

/* The claims that these fields become; the caller's. */
static json_t *
claims_of(const struct wire_result_sign *fields)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ED25519);
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);

	buf_reset(&f.jwt);
	CU_ASSERT_EQUAL_FATAL(soft_result(f.key, fields, &f.jwt), OK);
	CU_ASSERT_EQUAL_FATAL(ear_verify(buf_bytes(&f.jwt), f.ring,
	                                 fields->issued_s, &payload),
	                      OK);
	return json_loads(buf_str(&payload), 0, NULL);
}

/* True when the fields are refused and nothing is written. */
static bool
refused(const struct wire_result_sign *fields)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ED25519);

	buf_reset(&f.jwt);
	return soft_result(f.key, fields, &f.jwt) == E_MALFORMED &&
	       f.jwt.len == 0;
}

static struct wire_result_sign
enrolling(void)
{
	struct wire_result_sign f = soft_result_fields();

	f.workflow = WORKFLOW_ENROLL;
	f.bindings.present &= (uint16_t)~BINDING_BIT(DEVICE);
	f.bindings.device_handle = bytes_of(NULL, 0);
	f.enrolled = 2;
	f.handle = bytes_of_str("dh1_given");
	return f;
}

static void
test_enrolled(void)
{
	struct wire_result_sign f = enrolling();

	for (f.enrolled = 0; f.enrolled <= 2; f.enrolled++) {
		f.handle = bytes_of_str(f.enrolled ? "dh1_given" : "");
		json_t *claims = claims_of(&f);
		const json_t *own = json_object_get(claims, "anchord");
		const char *said =
		        json_string_value(json_object_get(own, "enrolment"));
		const char *handle = json_string_value(
		        json_object_get(own, "device_handle"));

		if (f.enrolled == 0) {
			CU_ASSERT_PTR_NULL(said);
			CU_ASSERT_PTR_NULL(handle);
		} else {
			CU_ASSERT_STRING_EQUAL(
			        said, f.enrolled == 2 ? "new" : "existing");
			CU_ASSERT_STRING_EQUAL(handle, "dh1_given");
		}
		json_decref(claims);
	}
}

static void
test_enrolled_consistent(void)
{
	struct wire_result_sign f = enrolling();

	CU_ASSERT_FALSE(refused(&f));
	f.enrolled = 3;
	CU_ASSERT(refused(&f));
	f = enrolling();
	f.enrolled = 0; /* a handle, and nobody enrolled */
	CU_ASSERT(refused(&f));
	f = enrolling();
	f.handle = bytes_of(NULL, 0);
	CU_ASSERT(refused(&f));
	f = enrolling();
	f.reasons = reason_bit(REASON_BOOT_STATE);
	CU_ASSERT(refused(&f));
	f = enrolling();
	f.workflow = WORKFLOW_REGISTER;
	CU_ASSERT(refused(&f));
	f = enrolling();
	f.bindings.present |= BINDING_BIT(DEVICE);
	f.bindings.device_handle = bytes_of_str("dh1_other");
	CU_ASSERT(refused(&f));
	f.bindings.device_handle = f.handle;
	CU_ASSERT_FALSE(refused(&f));
}

static const struct harness_test tests[] = {
	{ "an enrolled device and its handle", test_enrolled },
	{ "nobody is enrolled who was refused", test_enrolled_consistent },
	{ NULL, NULL },
};
HARNESS_MAIN("ear_enrolled", tests)
