/*
 * test_front.c - the real front: what it does with its peers, and without.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "wire/reason.h"

#include "front/api/route.h"

#include "tests/common/fakes/facts_kit.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

/* One front for all tests that leave it as they found it. */
static bool
has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static void
test_start(void)
{
	begin_front(NULL);
}

static void
test_challenge(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);

	CU_ASSERT(raw_send_post(c, "/v1/challenges", RIG_BODY));
	CU_ASSERT(front_rig_make(rig, 1));
	CU_ASSERT_EQUAL(raw_receive(c), 201);
	CU_ASSERT_STRING_EQUAL(
	        raw_body(c), "{\"challenge\":\"APv_\",\"nonce\":"
	                     "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
	                     "\"expires_at\":\"2027-01-15T08:00:00Z\","
	                     "\"key_id\":\"a-kid\"}");
	CU_ASSERT(has(raw_head(c), "cache-control: no-store\r\n"));
	CU_ASSERT(has(raw_head(c), "x-request-id: "));
	CU_ASSERT(has(raw_head(c), "content-type: application/json\r\n"));
	CU_ASSERT_EQUAL(raw_get(c, "/healthz"), 200); /* kept alive */
}

/* What the key holder is asked is what the client asked for. */
static void
test_challenge_fields(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	static const char body[] =
	        "{\"workflow\":\"channel\",\"ttl\":77,\"channel\":\"beta\","
	        "\"device_handle\":\"dh1_y\",\"transaction\":\"t-1\","
	        "\"release\":\"r-1\",\"bindings\":{\"request\":"
	        "\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
	        "\"account\":\"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}";
	struct bytes packet;
	struct wire_challenge_make m;

	CU_ASSERT(raw_send_post(c, "/v1/challenges", body));
	CU_ASSERT_FATAL(peer_receive_id(rig->keyholder, WIRE_ID_CHALLENGE_MAKE,
	                                1000, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_challenge_make(packet, &m), OK);
	CU_ASSERT(bytes_equal_str(m.tenant, "backend-a"));
	CU_ASSERT_EQUAL(m.workflow, WORKFLOW_CHANNEL);
	CU_ASSERT_EQUAL(m.ttl_s, 77);
	CU_ASSERT_EQUAL(m.bindings.present,
	                BINDING_ALL - BINDING_BIT(TRANSPORT));
	CU_ASSERT(bytes_equal_str(m.bindings.device_handle, "dh1_y"));
	CU_ASSERT(bytes_equal_str(m.bindings.transaction, "t-1"));
	CU_ASSERT(bytes_equal_str(m.bindings.release, "r-1"));
	CU_ASSERT_EQUAL(m.bindings.request[0], 1);
	CU_ASSERT_EQUAL(m.bindings.account[0], 2);

	wire_put_unavailable(&rig->packet,
	                     &(struct wire_unavailable){
	                             .request = m.request,
	                             .why = bytes_of_str("no \"token\"") });
	CU_ASSERT(front_rig_say(rig, rig->keyholder));
	CU_ASSERT_EQUAL(raw_receive(c), 503);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "part-unavailable");
	CU_ASSERT(has(raw_head(c), "retry-after: 1\r\n"));
	CU_ASSERT(has(raw_body(c), "no \\u0022token\\u0022"));
}

static void
test_challenge_array(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	static const char body[] = "[" RIG_BODY "," RIG_BODY "," RIG_BODY "]";

	CU_ASSERT(raw_send_post(c, "/v1/challenges", body));
	CU_ASSERT(front_rig_make(rig, 3));
	CU_ASSERT_EQUAL(raw_receive(c), 201);
	CU_ASSERT_EQUAL(raw_body(c)[0], '[');
	const char *first = strstr(raw_body(c), "\"APv_\"");
	const char *third = strstr(raw_body(c), "\"Avv_\"");
	CU_ASSERT(first && third && first < third);
}

/* One bad element: nothing is issued, and it is named. */
static void
test_array_refused(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	struct bytes packet;

	CU_ASSERT_EQUAL(raw_post(c, "/v1/challenges",
	                         "[" RIG_BODY ",{\"workflow\":\"metadata\"}]"),
	                422);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "binding-required");
	CU_ASSERT(has(raw_body(c), "[1]: "));
	CU_ASSERT(has(raw_body(c), "transport"));
	CU_ASSERT_FALSE(peer_receive_id(rig->keyholder, WIRE_ID_CHALLENGE_MAKE,
	                                100, &packet));
}

static const char attestation[] =
        "{\"challenge\":\"AQID\",\"evidence\":{\"z\":[1, 2],"
        "\"format\":\"tpm2-quote\", \"a\":{\"c\":\"x\",\"b\":null}},"
        "\"observed\":{\"device_handle\":\"dh1_x\",\"channel\":\"beta\"}}";

/* Sends an attestation, and answers as the ledger with those reasons. */
static void
attest(struct raw *c, reason_set reasons)
{
	struct bytes packet;
	struct wire_evidence m;

	CU_ASSERT(raw_send_post(c, "/v1/attestations", attestation));
	CU_ASSERT_FATAL(peer_receive_id(rig->verifier, WIRE_ID_EVIDENCE, 1000,
	                                &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_evidence(packet, &m), OK);
	CU_ASSERT(bytes_equal_str(m.tenant, "backend-a"));
	CU_ASSERT(bytes_equal_str(m.channels, "beta"));
	CU_ASSERT_EQUAL(m.workflows,
	                1u << WORKFLOW_METADATA | 1u << WORKFLOW_ARTIFACT |
	                        1u << WORKFLOW_CHANNEL | 1u << WORKFLOW_ENROLL);
	CU_ASSERT(bytes_equal_str(m.challenge, "\x01\x02\x03"));
	CU_ASSERT(bytes_equal_str(m.evidence,
	                          "{\"a\":{\"b\":null,\"c\":\"x\"},"
	                          "\"format\":\"tpm2-quote\",\"z\":[1,2]}"));
	CU_ASSERT_EQUAL(m.observed.present,
	                BINDING_BIT(DEVICE) | BINDING_BIT(CHANNEL));

	wire_put_result(
	        &rig->packet,
	        &(struct wire_result){ .request = m.request,
	                               .reasons = reasons,
	                               .jwt = bytes_of_str("e30.e30.AA") });
	CU_ASSERT(front_rig_say(rig, rig->ledger));
}

static void
test_attestation(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);

	attest(c, 0);
	CU_ASSERT_EQUAL(raw_receive(c), 200);
	CU_ASSERT_STRING_EQUAL(raw_body(c), "{\"result\":\"e30.e30.AA\","
	                                    "\"eligible\":true,"
	                                    "\"reasons\":[]}");
	attest(c, reason_bit(REASON_CHALLENGE_REPLAYED) |
	                  reason_bit(REASON_PCR_MISMATCH));
	CU_ASSERT_EQUAL(raw_receive(c), 200);
	CU_ASSERT_STRING_EQUAL(raw_body(c), "{\"result\":\"e30.e30.AA\","
	                                    "\"eligible\":false,\"reasons\":["
	                                    "\"challenge-replayed\","
	                                    "\"pcr-mismatch\"]}");
}

static void
test_evidence_refused(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	struct bytes packet;
	struct wire_evidence m;

	CU_ASSERT(raw_send_post(c, "/v1/attestations", attestation));
	CU_ASSERT_FATAL(peer_receive_id(rig->verifier, WIRE_ID_EVIDENCE, 1000,
	                                &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_evidence(packet, &m), OK);
	wire_put_evidence_refused(
	        &rig->packet, &(struct wire_evidence_refused){
	                              .request = m.request,
	                              .detail = bytes_of_str("quote: why") });
	CU_ASSERT(front_rig_say(rig, rig->verifier));
	CU_ASSERT_EQUAL(raw_receive(c), 400);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "evidence-invalid");
	CU_ASSERT(has(raw_body(c), "quote: why"));
}

/* Answers a question about an enrolment in the ledger's name. */
static void
enrollment(uint64_t id, enum wire_enrolment_answer state)
{
	struct wire_enrollment m = { .request = id,
		                     .state = state,
		                     .handle = bytes_of_str("dh1_z"),
		                     .format = bytes_of_str("tpm2-quote"),
		                     .enrolled_s = 1800000000,
		                     .device = WIRE_DEVICE_ACTIVE };

	facts_kit_add(&m.facts, FACT_SHOWN, "ak_name", bytes_of("\x00\x0b", 2));
	wire_put_enrollment(&rig->packet, &m);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
}

static void
test_enrollment_post(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	static const char text[] =
	        "POST /v1/enrollments/tpm2 HTTP/1.1\r\nHost: x\r\n"
	        "Content-Type: application/json\r\n"
	        "Content-Length: 20\r\n\r\n{\"ak_public\":\"AQI=\"}";
	struct bytes packet;
	struct wire_enroll_ask m;

	for (enum wire_enrolment_answer state = WIRE_ENROLMENT_EXISTING;
	     state <= WIRE_ENROLMENT_NEW; state++) {
		CU_ASSERT(raw_send(c, bytes_of_str(text)));
		CU_ASSERT_FATAL(peer_receive_id(
		        rig->verifier, WIRE_ID_ENROLL_ASK, 1000, &packet));
		CU_ASSERT_EQUAL_FATAL(wire_get_enroll_ask(packet, &m), OK);
		CU_ASSERT(bytes_equal_str(m.format, "tpm2-quote"));
		CU_ASSERT(bytes_equal(m.statement, bytes_of("\1\2", 2)));
		enrollment(m.request, state);
		CU_ASSERT_EQUAL(raw_receive(c),
		                state == WIRE_ENROLMENT_NEW ? 201 : 200);
		CU_ASSERT_STRING_EQUAL(
		        raw_body(c),
		        "{\"device_handle\":\"dh1_z\","
		        "\"format\":\"tpm2-quote\",\"ak_name\":\"000b\","
		        "\"enrolled_at\":\"2027-01-15T08:00:00Z\","
		        "\"state\":\"active\"}");
	}

	CU_ASSERT(raw_send(c, bytes_of_str(text)));
	CU_ASSERT_FATAL(peer_receive_id(rig->verifier, WIRE_ID_ENROLL_ASK, 1000,
	                                &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_enroll_ask(packet, &m), OK);
	wire_put_evidence_refused(
	        &rig->packet, &(struct wire_evidence_refused){
	                              .request = m.request,
	                              .detail = bytes_of_str("not an AK") });
	CU_ASSERT(front_rig_say(rig, rig->verifier));
	CU_ASSERT_EQUAL(raw_receive(c), 422);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "enrollment-refused");
}

static void
test_enrollment_get(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	static const char text[] =
	        "GET /v1/enrollments/dh1_z HTTP/1.1\r\nHost: x\r\n\r\n";
	struct bytes packet;
	struct wire_enrollment_get m;

	for (enum wire_enrolment_answer state = WIRE_ENROLMENT_NOT_FOUND;
	     state <= WIRE_ENROLMENT_EXISTING; state++) {
		CU_ASSERT(raw_send(c, bytes_of_str(text)));
		CU_ASSERT_FATAL(peer_receive_id(
		        rig->ledger, WIRE_ID_ENROLLMENT_GET, 1000, &packet));
		CU_ASSERT_EQUAL_FATAL(wire_get_enrollment_get(packet, &m), OK);
		CU_ASSERT(bytes_equal_str(m.handle, "dh1_z"));
		CU_ASSERT(bytes_equal_str(m.tenant, "backend-a"));
		enrollment(m.request, state);
		CU_ASSERT_EQUAL(raw_receive(c),
		                state == WIRE_ENROLMENT_EXISTING ? 200 : 404);
	}
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "");
}

static void
test_enrollment_delete(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	static const char text[] =
	        "DELETE /v1/enrollments/dh1_z HTTP/1.1\r\nHost: x\r\n\r\n";
	struct bytes packet;
	struct wire_enrollment_delete m;

	for (int i = 0; i < 2; i++) {
		CU_ASSERT(raw_send(c, bytes_of_str(text)));
		CU_ASSERT_FATAL(peer_receive_id(
		        rig->ledger, WIRE_ID_ENROLLMENT_DELETE, 1000, &packet));
		CU_ASSERT_EQUAL_FATAL(wire_get_enrollment_delete(packet, &m),
		                      OK);
		CU_ASSERT_EQUAL(m.officer, WIRE_FLAG_NO);
		CU_ASSERT(bytes_equal_str(m.client,
		                          "URI:spiffe://test/backend-a"));
		enrollment(m.request, i == 0 ? WIRE_ENROLMENT_DELETED
		                             : WIRE_ENROLMENT_NOT_FOUND);
		CU_ASSERT_EQUAL(raw_receive(c), i == 0 ? 204 : 404);
	}
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "enrollment-unknown");
}

static void
test_keys(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);

	CU_ASSERT_EQUAL(raw_get(c, "/v1/keys"), 200);
	CU_ASSERT(has(raw_head(c), "content-type: application/jwk-set+json"));
	CU_ASSERT(has(raw_head(c), "cache-control: max-age="));
	CU_ASSERT(has(raw_body(c), "\"P-256\""));
	CU_ASSERT_EQUAL(raw_ask(c, "GET /v1/keys HTTP/1.1\r\nHost: x\r\n"
	                           "Accept: application/cose-key-set+cbor"
	                           "\r\n\r\n"),
	                200);
	CU_ASSERT(has(raw_head(c), "content-type: application/cose-key-set"));
}

/* The document names every route. */
static void
test_openapi(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);

	CU_ASSERT_EQUAL(raw_get(c, "/openapi.json"), 200);
	json_t *doc = json_loads(raw_body(c), 0, NULL);
	const json_t *paths = json_object_get(doc, "paths");
	CU_ASSERT_PTR_NOT_NULL_FATAL(paths);
	for (size_t i = 0; i < route_count(); i++) {
		const struct route *r = route_at(i);
		char method[8];

		(void)snprintf(method, sizeof(method), "%s",
		               method_name(r->method));
		for (char *m = method; *m; m++)
			*m = (char)tolower((unsigned char)*m);
		CU_ASSERT_PTR_NOT_NULL(json_object_get(
		        json_object_get(paths, r->path), method));
	}
	json_decref(doc);
}

#define MADE "\nanchord_front_challenges_total "
#define ANSWERED                                \
	"\nanchord_front_requests_total{route=" \
	"\"challenges\",status=\"201\"} "

/* That metric's number in the answer that m has; 0: it is not there. */
static unsigned long
number_of(const struct raw *m, const char *metric)
{
	const char *at = strstr(raw_body(m), metric);

	return at ? strtoul(at + strlen(metric), NULL, 10) : 0;
}

/* An array of three is three challenges and one request. */
static void
test_counts(void)
{
	AUTO(raw_free) struct raw *m = raw_open(rig->monitor, rig->port, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);

	CU_ASSERT_EQUAL(raw_get(m, "/metrics"), 200);
	unsigned long made = number_of(m, MADE);
	unsigned long answered = number_of(m, ANSWERED);
	test_challenge_array();
	CU_ASSERT_EQUAL(raw_get(m, "/metrics"), 200);
	CU_ASSERT_EQUAL(number_of(m, MADE), made + 3);
	CU_ASSERT_EQUAL(number_of(m, ANSWERED), answered + 1);
}

static void
test_health(void)
{
	AUTO(raw_free) struct raw *m = raw_open(rig->monitor, rig->port, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);

	CU_ASSERT_EQUAL(raw_get(m, "/healthz"), 200);
	CU_ASSERT_EQUAL(raw_get(m, "/readyz"), 200);
	CU_ASSERT_STRING_EQUAL(raw_body(m), "{\"ready\":true,"
	                                    "\"governance\":\"none\"}");
	CU_ASSERT_EQUAL(raw_get(m, "/metrics"), 200);
	CU_ASSERT(has(raw_body(m), "anchord_front_ready 1\n"));
	CU_ASSERT(has(raw_body(m), "anchord_front_revocation_fetched_seconds "
	                           "1795000000\n"));
	CU_ASSERT(has(raw_body(m), "anchord_front_revocation_entries 7\n"));
	CU_ASSERT(has(raw_head(m), "content-type: text/plain"));

	front_rig_health(rig, false, "the clock jumped");
	CU_ASSERT(front_rig_wait_ready(rig, false));
	CU_ASSERT_EQUAL(raw_get(m, "/readyz"), 503);
	CU_ASSERT_STRING_EQUAL(raw_body(m), "{\"ready\":false,\"reason\":"
	                                    "\"the clock jumped\","
	                                    "\"governance\":\"none\"}");
	CU_ASSERT_EQUAL(raw_get(m, "/healthz"), 200);
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(raw_post(c, "/v1/challenges", RIG_BODY), 503);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "not-ready");
	CU_ASSERT(has(raw_body(c), "the clock jumped"));
	front_rig_health(rig, true, "");
	CU_ASSERT(front_rig_wait_ready(rig, true));
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "a challenge", test_challenge },
	{ "a challenge is asked for as the client asked",
	  test_challenge_fields },
	{ "an array is answered in order", test_challenge_array },
	{ "a bad element refuses the array", test_array_refused },
	{ "an attestation, good and bad", test_attestation },
	{ "evidence that the verifier cannot read", test_evidence_refused },
	{ "an enrolment: new, known, refused", test_enrollment_post },
	{ "an enrolment is shown", test_enrollment_get },
	{ "an enrolment is deleted", test_enrollment_delete },
	{ "keys as JWKS and as COSE", test_keys },
	{ "the interface as OpenAPI", test_openapi },
	{ "challenges and requests are counted", test_counts },
	{ "health, readiness, metrics", test_health },
	{ "(ends)", end_front },
	{ NULL, NULL },
};

HARNESS_MAIN("front", tests)
