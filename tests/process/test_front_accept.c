/*
 * test_front_accept.c - the form of a result by the field Accept: what the
 * verifier is told of it, and how the front answers.
 */
#include <string.h>

#include "tests/process/test_front_kit.h"

#define EVIDENCE(format)                                             \
	"{\"challenge\":\"AQID\",\"evidence\":{\"format\":\"" format \
	"\",\"quote\":\"x\"},\"observed\":{}}"
#define CWT "application/eat+cwt"

/* A result in CBOR begins with an array of 2; a NUL does not end it. */
static const char cwt[] = "\x82\x40\x00more";

static void
test_begin(void)
{
	begin_front(NULL);
}

static void
send_to(struct raw *c, const char *path, const char *evidence,
        const char *accept)
{
	AUTO(buf_release) struct buf text = buf_of(4096);

	buf_printf(&text,
	           "POST /v1/%s HTTP/1.1\r\nHost: x\r\n"
	           "Content-Type: application/json\r\n%s%s%s"
	           "Content-Length: %zu\r\n\r\n%s",
	           path, accept ? "Accept: " : "", accept ? accept : "",
	           accept ? "\r\n" : "", strlen(evidence), evidence);
	CU_ASSERT_TRUE(raw_send(c, buf_bytes(&text)));
}

static void
send_with(struct raw *c, const char *accept)
{
	send_to(c, "attestations", EVIDENCE("tpm2-quote"), accept);
}

/* What the verifier is told of the request that was sent. */
static struct wire_evidence
hear_evidence(void)
{
	struct wire_evidence m = { .request = 0 };
	struct bytes packet;

	CU_ASSERT_TRUE_FATAL(peer_receive_id(rig->verifier, WIRE_ID_EVIDENCE,
	                                     HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_evidence(packet, &m), OK);
	return m;
}

static struct wire_evidence
asked_for(struct raw *c, const char *accept)
{
	send_with(c, accept);
	return hear_evidence();
}

static int
answered(struct raw *c, uint64_t request, struct bytes result)
{
	wire_put_result(&rig->packet, &(struct wire_result){ .request = request,
	                                                     .jwt = result });
	CU_ASSERT_TRUE(front_rig_say(rig, rig->ledger));
	return raw_receive(c);
}

static bool
has_type(struct raw *c, const char *type)
{
	AUTO(buf_release) struct buf field = buf_of(128);

	buf_printf(&field, "content-type: %s\r\n", type);
	return strstr(raw_head(c), buf_str(&field)) != NULL;
}

static void
test_default(void)
{
	AUTO(raw_free) struct raw *c = backend();
	static const char *const fields[] = { NULL, "*/*", "application/json" };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct wire_evidence m = asked_for(c, fields[i]);

		CU_ASSERT_EQUAL(m.form, WIRE_RESULT_JWT);
		CU_ASSERT_EQUAL(answered(c, m.request, bytes_of_str("a.b.c")),
		                200);
		CU_ASSERT_TRUE(has_type(c, "application/json"));
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(raw_body(c), "\"result\":\"a.b.c\""));
	}
}

static void
test_jwt_alone(void)
{
	AUTO(raw_free) struct raw *c = backend();
	struct wire_evidence m = asked_for(c, "application/eat+jwt");

	CU_ASSERT_EQUAL(m.form, WIRE_RESULT_JWT);
	CU_ASSERT_EQUAL(answered(c, m.request, bytes_of_str("a.b.c")), 200);
	CU_ASSERT_TRUE(has_type(c, "application/eat+jwt"));
	CU_ASSERT_STRING_EQUAL(raw_body(c), "a.b.c");
}

static void
test_cwt(void)
{
	AUTO(raw_free) struct raw *c = backend();
	struct wire_evidence m = asked_for(c, CWT ", application/json;q=0.5");

	CU_ASSERT_EQUAL(m.form, WIRE_RESULT_CWT);
	CU_ASSERT_EQUAL(answered(c, m.request, bytes_of(cwt, sizeof(cwt) - 1)),
	                200);
	CU_ASSERT_TRUE(has_type(c, CWT));
	CU_ASSERT_PTR_NOT_NULL(strstr(raw_head(c), "content-length: 7\r\n"));
	CU_ASSERT_EQUAL(memcmp(raw_body(c), cwt, strlen(cwt)), 0);
	/* The next request of the connection is by itself. */
	m = asked_for(c, NULL);
	CU_ASSERT_EQUAL(m.form, WIRE_RESULT_JWT);
	CU_ASSERT_EQUAL(answered(c, m.request, bytes_of_str("a.b.c")), 200);
}

/* An enrolment by evidence: the status says what it did, the result all else. */
static void
test_enrolment(void)
{
	AUTO(raw_free) struct raw *c = backend();

	send_to(c, "enrollments/android-key", EVIDENCE("android-key"), CWT);
	const struct wire_evidence m = hear_evidence();
	CU_ASSERT_EQUAL(m.form, WIRE_RESULT_CWT);
	CU_ASSERT_EQUAL(m.enroll, WIRE_FLAG_YES);
	wire_put_result(
	        &rig->packet,
	        &(struct wire_result){ .request = m.request,
	                               .enrolled = WIRE_ENROLLED_NOW,
	                               .device = WIRE_DEVICE_ACTIVE,
	                               .handle = bytes_of_str("dh1_x"),
	                               .jwt = bytes_of(cwt, sizeof(cwt) - 1) });
	CU_ASSERT_TRUE(front_rig_say(rig, rig->ledger));
	CU_ASSERT_EQUAL(raw_receive(c), 201);
	CU_ASSERT_TRUE(has_type(c, CWT));
	CU_ASSERT_EQUAL(memcmp(raw_body(c), cwt, strlen(cwt)), 0);
}

/* Nobody is asked, and nothing is spent. */
static void
test_neither(void)
{
	AUTO(raw_free) struct raw *c = backend();
	struct bytes packet;

	send_with(c, "text/html, " CWT ";q=0");
	CU_ASSERT_EQUAL(raw_receive(c), 406);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "not-acceptable");
	CU_ASSERT_PTR_NOT_NULL(strstr(raw_body(c), CWT));
	CU_ASSERT_FALSE(
	        peer_receive_id(rig->verifier, WIRE_ID_EVIDENCE, 100, &packet));
	/* Where there is no result, the field decides nothing. */
	CU_ASSERT_EQUAL(raw_ask(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n"
	                           "Accept: text/html\r\n\r\n"),
	                200);
}

/* A ledger that answers in another form than asked for. */
static void
test_other_form(void)
{
	AUTO(raw_free) struct raw *c = backend();
	struct wire_evidence m = asked_for(c, CWT);

	CU_ASSERT_EQUAL(answered(c, m.request, bytes_of_str("a.b.c")), 500);
	m = asked_for(c, NULL);
	CU_ASSERT_EQUAL(answered(c, m.request, bytes_of(cwt, sizeof(cwt) - 1)),
	                500);
}

static void
test_end(void)
{
	end_front();
}

static const struct harness_test tests[] = {
	{ "(begins)", test_begin },
	{ "JSON with the JWT in it, unless another is asked for",
	  test_default },
	{ "the JWT alone", test_jwt_alone },
	{ "the result in CBOR", test_cwt },
	{ "of an enrolment, too", test_enrolment },
	{ "none of these", test_neither },
	{ "another form than was asked for", test_other_form },
	{ "(ends)", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("front_accept", tests)
