/*
 * test_front_enroll.c - the real front, and the enrolment of Android devices:
 * what it asks, what it makes of the answers, and what it never passes on.
 */
#include <stdio.h>
#include <string.h>

#include "proc/role.h"
#include "wire/reason.h"

#include "tests/common/fakes/facts_kit.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

#define ENROLL "/v1/enrollments/android-key"
#define ATTEST "/v1/attestations"

static const char body[] =
        "{\"challenge\":\"AQID\",\"evidence\":{\"format\":\"android-key\","
        "\"x5c\":[\"AA==\"]},\"observed\":{}}";

static void
test_start(void)
{
	begin_front(NULL);
}

/* Posts the body; what the verifier is told. */
static struct wire_evidence
asked(struct raw *c, const char *path)
{
	struct bytes packet;
	struct wire_evidence m = { 0 };

	CU_ASSERT(raw_send_post(c, path, body));
	CU_ASSERT_FATAL(peer_receive_id(rig->verifier, WIRE_ID_EVIDENCE, 1000,
	                                &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_evidence(packet, &m), OK);
	CU_ASSERT_EQUAL(m.enroll, strcmp(path, ENROLL) == 0);
	return m;
}

/* The ledger's answer, and the status that comes of it. */
static int
answered(struct raw *c, const char *path, struct wire_result m)
{
	m.request = asked(c, path).request;
	m.jwt = bytes_of_str("e30.e30.AA");
	wire_put_result(&rig->packet, &m);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
	return raw_receive(c);
}

static struct wire_result
result(reason_set reasons, enum wire_enrolled enrolled, const char *handle)
{
	return (struct wire_result){ .reasons = reasons,
		                     .enrolled = enrolled,
		                     .device = enrolled == WIRE_ENROLLED_NOT
		                                       ? WIRE_DEVICE_UNKNOWN
		                                       : WIRE_DEVICE_ACTIVE,
		                     .handle = bytes_of_str(handle) };
}

static void
test_answers(void)
{
	AUTO(raw_free) struct raw *c = backend();

	CU_ASSERT_EQUAL(
	        answered(c, ENROLL, result(0, WIRE_ENROLLED_NOW, "dh1_z")),
	        201);
	CU_ASSERT_STRING_EQUAL(raw_body(c),
	                       "{\"device_handle\":\"dh1_z\","
	                       "\"state\":\"new\",\"device_state\":\"active\","
	                       "\"result\":\"e30.e30.AA\","
	                       "\"eligible\":true,\"reasons\":[]}");
	CU_ASSERT_EQUAL(
	        answered(c, ENROLL, result(0, WIRE_ENROLLED_BEFORE, "dh1_z")),
	        200);
	CU_ASSERT_STRING_EQUAL(
	        raw_body(c),
	        "{\"device_handle\":\"dh1_z\","
	        "\"state\":\"existing\",\"device_state\":\"active\","
	        "\"result\":\"e30.e30.AA\","
	        "\"eligible\":true,\"reasons\":[]}");
	CU_ASSERT_EQUAL(answered(c, ENROLL,
	                         result(reason_bit(REASON_BOOT_STATE),
	                                WIRE_ENROLLED_NOT, "")),
	                200);
	CU_ASSERT_STRING_EQUAL(raw_body(c), "{\"result\":\"e30.e30.AA\","
	                                    "\"eligible\":false,"
	                                    "\"reasons\":[\"boot-state\"]}");
}

/* What no ledger of ours says: never a handle to who was refused, nor
 * eligible without one, nor one for who asked for none. */
static void
test_nonsense(void)
{
	AUTO(raw_free) struct raw *c = backend();
	const reason_set bad = reason_bit(REASON_BOOT_STATE);

	CU_ASSERT_EQUAL(answered(c, ENROLL, result(0, WIRE_ENROLLED_NOT, "")),
	                500);
	CU_ASSERT_EQUAL(answered(c, ENROLL, result(0, WIRE_ENROLLED_NOW, "")),
	                500);
	CU_ASSERT_EQUAL(
	        answered(c, ENROLL, result(bad, WIRE_ENROLLED_NOW, "dh1_z")),
	        500);
	CU_ASSERT_EQUAL(
	        answered(c, ATTEST, result(0, WIRE_ENROLLED_NOW, "dh1_z")),
	        500);
	CU_ASSERT_EQUAL(answered(c, ATTEST, result(0, WIRE_ENROLLED_NOT, "")),
	                200);
}

/* A new device can wait for an approval; one that was found cannot. */
static void
test_pending(void)
{
	AUTO(raw_free) struct raw *c = backend();
	struct wire_result m = result(0, WIRE_ENROLLED_NOW, "dh1_z");

	m.device = WIRE_DEVICE_PENDING;
	CU_ASSERT_EQUAL(answered(c, ENROLL, m), 201);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(raw_body(c),
	               "\"state\":\"new\",\"device_state\":\"pending\","));
	m.device = WIRE_DEVICE_SUSPENDED;
	CU_ASSERT_EQUAL(answered(c, ENROLL, m), 500);
	m = result(0, WIRE_ENROLLED_BEFORE, "dh1_z");
	m.device = WIRE_DEVICE_PENDING;
	CU_ASSERT_EQUAL(answered(c, ENROLL, m), 500);
}

static void
test_refused(void)
{
	AUTO(raw_free) struct raw *c = backend();
	struct wire_evidence m = asked(c, ENROLL);

	wire_put_evidence_refused(&rig->packet,
	                          &(struct wire_evidence_refused){
	                                  .request = m.request,
	                                  .detail = bytes_of_str("x5c: why") });
	CU_ASSERT(front_rig_say(rig, rig->verifier));
	CU_ASSERT_EQUAL(raw_receive(c), 400);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "evidence-invalid");
	m = asked(c, ENROLL);
	wire_put_unavailable(&rig->packet, &(struct wire_unavailable){
	                                           .request = m.request,
	                                           .why = bytes_of_str("x") });
	CU_ASSERT(front_rig_say(rig, rig->ledger));
	CU_ASSERT_EQUAL(raw_receive(c), 503);
}

/* Nobody is asked about these. */
static void
test_not_asked(void)
{
	static const char tpm[] =
	        "{\"challenge\":\"AQID\",\"evidence\":{\"format\":"
	        "\"tpm2-quote\"},\"observed\":{}}";
	AUTO(raw_free) struct raw *c = backend();
	AUTO(raw_free)
	struct raw *b = raw_open(rig->backend_b, rig->port, "http/1.1");
	struct bytes packet;

	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_EQUAL(raw_post(b, ENROLL, body), 403);
	CU_ASSERT_STRING_EQUAL(raw_problem(b), "workflow-denied");
	CU_ASSERT_EQUAL(raw_post(c, ENROLL, tpm), 400);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "evidence-invalid");
	CU_ASSERT_EQUAL(raw_post(c, ENROLL, "{\"challenge\":\"AQID\"}"), 400);
	CU_ASSERT_EQUAL(raw_get(c, ENROLL), 405);
	CU_ASSERT_FALSE(
	        peer_receive_id(rig->verifier, WIRE_ID_EVIDENCE, 100, &packet));
}

static void
test_shown(void)
{
	AUTO(raw_free) struct raw *c = backend();
	struct wire_enrollment m = { .state = WIRE_ENROLMENT_EXISTING,
		                     .handle = bytes_of_str("dh1_z"),
		                     .format = bytes_of_str("android-key"),
		                     .device = WIRE_DEVICE_ACTIVE,
		                     .enrolled_s = 1800000000 };
	struct wire_enrollment_get get;
	struct bytes packet;

	facts_kit_add(&m.facts, FACT_EQUAL, "verified_boot_key",
	              bytes_of("\x01\xfe", 2));
	*facts_kit_level(&m.facts, "os_version") = 160000;
	*facts_kit_level(&m.facts, "os_patch_level") = 202609;
	*facts_kit_level(&m.facts, "boot_patch_level") = 20260905;
	CU_ASSERT(raw_send(c, bytes_of_str("GET /v1/enrollments/dh1_z HTTP/1.1"
	                                   "\r\nHost: x\r\n\r\n")));
	CU_ASSERT_FATAL(peer_receive_id(rig->ledger, WIRE_ID_ENROLLMENT_GET,
	                                1000, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_enrollment_get(packet, &get), OK);
	m.request = get.request;
	wire_put_enrollment(&rig->packet, &m);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
	CU_ASSERT_EQUAL(raw_receive(c), 200);
	CU_ASSERT_STRING_EQUAL(raw_body(c),
	                       "{\"device_handle\":\"dh1_z\","
	                       "\"format\":\"android-key\","
	                       "\"verified_boot_key\":\"01fe\","
	                       "\"os_version\":160000,"
	                       "\"os_patch_level\":202609,"
	                       "\"boot_patch_level\":20260905,"
	                       "\"enrolled_at\":\"2027-01-15T08:00:00Z\","
	                       "\"state\":\"active\"}");
}

/* A number that is no word of the ledger's ends the front; nobody is told of an
 * enrolment. */
static void
test_no_word(void)
{
	rig = front_rig_start(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	AUTO(raw_free) struct raw *c = backend();

	CU_ASSERT_EQUAL(answered(c, ENROLL, result(0, 3, "dh1_z")), 0);
	CU_ASSERT_EQUAL(lifeline_wait_exit(rig->front, HARNESS_WAIT_MS),
	                ROLE_EXIT_WIRE);
	front_rig_free(rig);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "new, existing, refused", test_answers },
	{ "answers that no ledger gives", test_nonsense },
	{ "a device that waits for an approval", test_pending },
	{ "malformed, unavailable", test_refused },
	{ "what needs nobody's answer", test_not_asked },
	{ "what is kept is shown", test_shown },
	{ "(ends)", end_front },
	{ "an enrolment state without a row ends the front", test_no_word },
	{ NULL, NULL },
};
HARNESS_MAIN("front_enroll", tests)
