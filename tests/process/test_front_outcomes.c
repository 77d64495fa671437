/*
 * test_front_outcomes.c - the real front, and GET /v1/outcomes: whose outcomes it
 * asks for, what it makes of a query, and of the ledger's answer.
 */
#include <stdio.h>
#include <string.h>

#include "proc/role.h"
#include "wire/reason.h"

#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

#define PATH "/v1/outcomes"

static void
test_start(void)
{
	begin_front(NULL);
}

static void
test_end(void)
{
	end_front();
}

/* Sends the request; what the ledger is asked. */
static struct wire_outcomes_ask
asked(struct raw *c, const char *path)
{
	struct wire_outcomes_ask m = { 0 };
	struct bytes packet;

	CU_ASSERT(raw_send_get(c, path));
	CU_ASSERT_FATAL(peer_receive_id(rig->ledger, WIRE_ID_OUTCOMES_ASK,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_outcomes_ask(packet, &m), OK);
	return m;
}

static int
answered(struct raw *c, uint64_t request, struct bytes outcomes, uint64_t next)
{
	const struct wire_outcomes m = { .request = request,
		                         .next = next,
		                         .outcomes = outcomes };

	wire_put_outcomes(&rig->packet, &m);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
	return raw_receive(c);
}

static void
finish(struct raw *c, const struct wire_outcomes_ask *m)
{
	CU_ASSERT_EQUAL(answered(c, m->request, bytes_of(NULL, 0), 0), 200);
	CU_ASSERT_STRING_EQUAL(raw_body(c), "{\"outcomes\":[]}");
}

/* --- whose ---------------------------------------------------------------- */

static void
test_whose(void)
{
	AUTO(raw_free) struct raw *a = auditor();
	AUTO(raw_free) struct raw *b = backend();
	struct wire_outcomes_ask m;

	m = asked(b, PATH);
	CU_ASSERT_EQUAL(m.all_tenants, WIRE_FLAG_NO);
	CU_ASSERT_TRUE(bytes_equal_str(m.tenant, "backend-a"));
	finish(b, &m);
	m = asked(a, PATH);
	CU_ASSERT_EQUAL(m.all_tenants, WIRE_FLAG_YES);
	CU_ASSERT_EQUAL(m.tenant.len, 0);
	CU_ASSERT_EQUAL(m.limit, 100);
	finish(a, &m);
	m = asked(a, PATH "?tenant=backend-b");
	CU_ASSERT_EQUAL(m.all_tenants, WIRE_FLAG_NO);
	CU_ASSERT_TRUE(bytes_equal_str(m.tenant, "backend-b"));
	finish(a, &m);
}

/* None of these gets to the ledger. */
static void
test_denied(void)
{
	AUTO(raw_free) struct raw *b = backend();
	AUTO(raw_free)
	struct raw *m = raw_open(rig->monitor, rig->port, "http/1.1");
	AUTO(raw_free)
	struct raw *s = raw_open(rig->stranger, rig->port, "http/1.1");
	struct bytes packet;

	CU_ASSERT_FATAL(m != NULL && s != NULL);
	CU_ASSERT_EQUAL(raw_get(b, PATH "?tenant=backend-b"), 403);
	CU_ASSERT_STRING_EQUAL(raw_problem(b), "role-denied");
	CU_ASSERT_EQUAL(raw_get(b, PATH "?tenant=backend-a"), 403);
	CU_ASSERT_EQUAL(raw_get(m, PATH), 403);
	CU_ASSERT_STRING_EQUAL(raw_problem(m), "role-denied");
	CU_ASSERT_EQUAL(raw_get(s, PATH), 403);
	CU_ASSERT_STRING_EQUAL(raw_problem(s), "client-unknown");
	CU_ASSERT_FALSE(peer_receive_id(rig->ledger, WIRE_ID_OUTCOMES_ASK, 100,
	                                &packet));
}

static void
test_query(void)
{
	AUTO(raw_free) struct raw *a = auditor();
	struct wire_outcomes_ask m;

	m = asked(
	        a, PATH
	        "?after=17&limit=1&since=2026-11-23T12:00:00Z"
	        "&until=2026-11-24T00:00:00Z&reason=pcr-mismatch"
	        "&eligible=false&workflow=metadata&channel=beta&release=fw-7");
	CU_ASSERT(m.after == 17 && m.limit == 1 && m.since_ms == 1795435200000);
	CU_ASSERT_EQUAL(m.until_ms, 1795478400000);
	CU_ASSERT_EQUAL(m.reasons, reason_bit(REASON_PCR_MISMATCH));
	CU_ASSERT_EQUAL(m.eligible, WIRE_ELIGIBILITY_FALSE);
	CU_ASSERT_EQUAL(m.workflows, 1u << WORKFLOW_METADATA);
	CU_ASSERT(bytes_equal_str(m.channel, "beta") &&
	          bytes_equal_str(m.release, "fw-7"));
	CU_ASSERT_EQUAL(m.all_tenants, WIRE_FLAG_YES);
	finish(a, &m);
	m = asked(a, PATH "?eligible=true&limit=100&after=9223372036854775807");
	CU_ASSERT_EQUAL(m.eligible, WIRE_ELIGIBILITY_TRUE);
	CU_ASSERT(m.after == INT64_MAX && m.limit == 100);
	finish(a, &m);
	m = asked(a, PATH "?after=0");
	CU_ASSERT(m.since_ms == 0 && m.until_ms == 0 && m.reasons == 0 &&
	          m.eligible == 0 && m.workflows == 0 && m.channel.len == 0);
	finish(a, &m);
}

static void
test_bad_query(void)
{
	static const char *const queries[] = {
		"?limit=0",
		"?limit=101",
		"?limit=-1",
		"?limit=99999999999999999999",
		"?after=-1",
		"?after=9223372036854775808",
		"?since=yesterday",
		"?since=2026-02-30T00:00:00Z",
		"?since=1795435200",
		"?since=1969-12-31T23:59:59Z",
		"?until=1970-01-01T00:00:00Z",
		"?until=2026-11-24",
		"?tenant=A",
		"?tenant=",
		"?reason=no-such-reason",
		"?reason=pcr-mismatch&reason=boot-state",
		"?eligible=yes",
		"?eligible=TRUE",
		"?workflow=delete",
		"?channel=",
		"?",
		"?handle=dh1_x",
	};
	AUTO(raw_free) struct raw *a = auditor();

	expect_query_invalid(a, PATH, queries, ARRAY_LEN(queries));
	CU_ASSERT_EQUAL(raw_post(a, PATH, "{}"), 405);
}

/* --- the answer ----------------------------------------------------------- */

static void
put_row(struct buf *out, const struct wire_outcome *o)
{
	AUTO(buf_release) struct buf row = buf_of(4096);

	wire_put_outcome(&row, o);
	buf_u32(out, (uint32_t)row.len);
	buf_append(out, buf_bytes(&row));
}

static struct wire_outcome
row_of(uint64_t sequence)
{
	return (struct wire_outcome){
		.sequence = sequence,
		.recorded_ms = 1795435200999,
		.jti = { 0xab },
		.issued_s = 1795435200,
		.expires_s = 1795435500,
		.tenant = bytes_of_str("backend-b"),
		.reasons = reason_bit(REASON_CHALLENGE_FORGED),
		.evidence = { 1 },
	};
}

static void
test_answer(void)
{
	AUTO(raw_free) struct raw *a = auditor();
	AUTO(buf_release) struct buf rows = buf_of(WIRE_PACKET_MAX);
	struct wire_outcome o = row_of(7);
	const struct wire_outcomes_ask m = asked(a, PATH);

	put_row(&rows, &o);
	o.sequence = 8;
	o.redeemed = 1;
	o.reasons = 0;
	o.cti[15] = 1;
	o.workflow = WORKFLOW_METADATA;
	o.present = BINDING_BIT(TRANSPORT) | BINDING_BIT(DEVICE);
	o.device_handle = bytes_of_str("dh1_x");
	o.vector[VECTOR_HARDWARE] = 2;
	o.format = bytes_of_str("tpm2-quote");
	o.policy_id = bytes_of_str("demo");
	o.policy_version = 3;
	o.enrolled = WIRE_ENROLLED_BEFORE;
	put_row(&rows, &o);
	CU_ASSERT_EQUAL(answered(a, m.request, buf_bytes(&rows), 8), 200);
	CU_ASSERT_STRING_EQUAL(
	        raw_body(a),
	        "{\"outcomes\":[{\"eligible\":false,"
	        "\"evidence_sha256\":"
	        "\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
	        "\"expires_at\":\"2026-11-23T12:05:00Z\","
	        "\"issued_at\":\"2026-11-23T12:00:00Z\","
	        "\"jti\":\"ab000000000000000000000000000000\","
	        "\"reasons\":[\"challenge-forged\"],"
	        "\"recorded_at\":\"2026-11-23T12:00:00Z\","
	        "\"redeemed\":false,\"sequence\":7,\"tenant\":\"backend-b\","
	        "\"trustworthiness_vector\":{}},"
	        "{\"bindings\":{\"transport\":"
	        "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"},"
	        "\"cti\":\"00000000000000000000000000000001\","
	        "\"device_handle\":\"dh1_x\",\"eligible\":true,"
	        "\"enrolment\":\"existing\","
	        "\"evidence_sha256\":"
	        "\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
	        "\"expires_at\":\"2026-11-23T12:05:00Z\","
	        "\"format\":\"tpm2-quote\","
	        "\"issued_at\":\"2026-11-23T12:00:00Z\","
	        "\"jti\":\"ab000000000000000000000000000000\","
	        "\"nonce\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
	        "\"policy\":{\"digest\":"
	        "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
	        "\"id\":\"demo\",\"version\":3},\"reasons\":[],"
	        "\"recorded_at\":\"2026-11-23T12:00:00Z\","
	        "\"redeemed\":true,\"sequence\":8,\"tenant\":\"backend-b\","
	        "\"trustworthiness_vector\":{\"hardware\":2},"
	        "\"workflow\":\"metadata\"}],\"next\":8}");
}

/* What a manipulated database may contain: no character ends a string. */
static void
test_hostile_rows(void)
{
	AUTO(raw_free) struct raw *a = auditor();
	AUTO(buf_release) struct buf rows = buf_of(WIRE_PACKET_MAX);
	struct wire_outcome o = row_of(7);
	const struct wire_outcomes_ask m = asked(a, PATH);

	o.tenant = bytes_of_str("\",\"x\":\"\xc2\x9b");
	o.device_handle = bytes_of_str("\xff\xfe");
	o.cti[0] = 1;
	o.workflow = 1000;
	o.enrolled = 9;
	o.reasons = UINT64_C(1) << 63;
	put_row(&rows, &o);
	CU_ASSERT_EQUAL(answered(a, m.request, buf_bytes(&rows), 0), 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(raw_body(a), "\"tenant\":\"\\\",\\\"x\\\""
	                                           ":\\\"\\u009B\""));
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(raw_body(a), "\"device_handle\":\"fffe\""));
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(raw_body(a), "\"reasons\":[\"unknown-63\"]"));
	CU_ASSERT_PTR_NOT_NULL(strstr(raw_body(a), "\"workflow\":\"?\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(raw_body(a), "\"enrolment\":\"?\""));
}

static void
test_unavailable(void)
{
	AUTO(raw_free) struct raw *a = auditor();
	struct wire_unavailable no = { .why = bytes_of_str(
		                               "too many readers") };

	no.request = asked(a, PATH).request;
	wire_put_unavailable(&rig->packet, &no);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
	CU_ASSERT_EQUAL(raw_receive(a), 503);
	CU_ASSERT_STRING_EQUAL(raw_problem(a), "part-unavailable");
}

/* --- one page at a time --------------------------------------------------- */

/* Of each client; and hanging up does not give the share back. */
static void
test_one_page(void)
{
	struct raw *first = auditor();
	AUTO(raw_free) struct raw *second = auditor();
	AUTO(raw_free) struct raw *b = backend();
	const struct wire_outcomes_ask m = asked(first, PATH);
	struct wire_outcomes_ask other;

	CU_ASSERT_EQUAL(raw_get(second, PATH), 503);
	CU_ASSERT_STRING_EQUAL(raw_problem(second), "part-unavailable");
	other = asked(b, PATH);
	finish(b, &other);
	raw_free(first);
	CU_ASSERT_EQUAL(raw_get(second, PATH), 503);
	wire_put_outcomes(&rig->packet,
	                  &(struct wire_outcomes){ .request = m.request });
	CU_ASSERT(front_rig_say(rig, rig->ledger));
	other = asked(b, PATH); /* its page comes behind the one before */
	finish(b, &other);
	other = asked(second, PATH);
	finish(second, &other);
}

/* While the token is lost the outcomes say why. */
static void
test_not_ready(void)
{
	AUTO(raw_free) struct raw *a = auditor();
	struct wire_outcomes_ask m;

	front_rig_health(rig, false, "the token is lost");
	CU_ASSERT_TRUE(front_rig_wait_ready(rig, false));
	m = asked(a, PATH);
	finish(a, &m);
	front_rig_health(rig, true, "");
	CU_ASSERT_TRUE(front_rig_wait_ready(rig, true));
}

/* --- answers that no ledger gives ----------------------------------------- */

static void
test_nonsense(void)
{
	static const char *const rows[] = { "\0\0\0\5abc", "x", "\0\0\0\3abc" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		rig = front_rig_start(NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
		AUTO(raw_free) struct raw *a = auditor();
		const struct wire_outcomes_ask m = asked(a, PATH);
		CU_ASSERT_EQUAL_FATAL(
		        answered(a, m.request,
		                 bytes_of(rows[i], i == 1 ? 1 : 7), 0),
		        0);
		CU_ASSERT_EQUAL(lifeline_wait_exit(rig->front, HARNESS_WAIT_MS),
		                ROLE_EXIT_WIRE);
		front_rig_free(rig);
	}
}

/* The page for another question; another answer for this one. */
static void
test_other_kind(void)
{
	struct wire_enrollment_get get = { 0 };
	struct bytes packet;

	rig = front_rig_start(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	struct raw *b = backend();
	CU_ASSERT(raw_send_get(b, "/v1/enrollments/dh1_x"));
	CU_ASSERT_FATAL(peer_receive_id(rig->ledger, WIRE_ID_ENROLLMENT_GET,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_enrollment_get(packet, &get), OK);
	CU_ASSERT_EQUAL(answered(b, get.request, bytes_of(NULL, 0), 0), 0);
	CU_ASSERT_EQUAL(lifeline_wait_exit(rig->front, HARNESS_WAIT_MS),
	                ROLE_EXIT_WIRE);
	raw_free(b);
	front_rig_free(rig);

	rig = front_rig_start(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	b = backend();
	const struct wire_evidence_refused no = {
		.request = asked(b, PATH).request,
		.detail = bytes_of_str("x"),
	};
	wire_put_evidence_refused(&rig->packet, &no);
	CU_ASSERT(front_rig_say(rig, rig->verifier));
	CU_ASSERT_EQUAL(lifeline_wait_exit(rig->front, HARNESS_WAIT_MS),
	                ROLE_EXIT_WIRE);
	raw_free(b);
	front_rig_free(rig);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "a backend its own, an auditor all", test_whose },
	{ "who may not", test_denied },
	{ "each parameter", test_query },
	{ "hostile queries", test_bad_query },
	{ "the document, to the byte", test_answer },
	{ "hostile rows", test_hostile_rows },
	{ "a ledger that is busy", test_unavailable },
	{ "one page of a client at a time", test_one_page },
	{ "a service that is not ready", test_not_ready },
	{ "(ends)", test_end },
	{ "pages that no ledger makes end the front", test_nonsense },
	{ "an answer of another kind", test_other_kind },
	{ NULL, NULL },
};

HARNESS_MAIN("front_outcomes", tests)
