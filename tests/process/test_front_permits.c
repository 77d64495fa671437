/*
 * test_front_permits.c - the real front, and GET /v1/permits: whose permits it asks
 * for, what it makes of a query, and of the ledger's answer.
 */
#include <stdio.h>
#include <string.h>

#include "proc/role.h"

#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

#define PATH "/v1/permits"
#define ROLLOUT "?release=fw-2&channel=beta"

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
static struct wire_permits_ask
asked(struct raw *c, const char *query)
{
	struct wire_permits_ask m = { 0 };
	struct bytes packet;
	char path[128];

	(void)snprintf(path, sizeof(path), PATH "%s", query);
	CU_ASSERT(raw_send_get(c, path));
	CU_ASSERT_FATAL(peer_receive_id(rig->ledger, WIRE_ID_PERMITS_ASK,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_permits_ask(packet, &m), OK);
	return m;
}

static int
answered(struct raw *c, struct wire_permits m, uint64_t request)
{
	m.request = request;
	wire_put_permits(&rig->packet, &m);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
	return raw_receive(c);
}

static void
finish(struct raw *c, const struct wire_permits_ask *m)
{
	CU_ASSERT_EQUAL(answered(c, (struct wire_permits){ 0 }, m->request),
	                200);
	CU_ASSERT_STRING_EQUAL(raw_body(c), "{\"permits\":[]}");
}

/* --- whose ---------------------------------------------------------------- */

static void
test_whose(void)
{
	AUTO(raw_free) struct raw *a = auditor();
	AUTO(raw_free) struct raw *b = backend();
	struct wire_permits_ask m;

	m = asked(b, ROLLOUT);
	CU_ASSERT_EQUAL(m.all_tenants, WIRE_FLAG_NO);
	CU_ASSERT_TRUE(bytes_equal_str(m.tenant, "backend-a"));
	CU_ASSERT_TRUE(bytes_equal_str(m.release, "fw-2"));
	CU_ASSERT_TRUE(bytes_equal_str(m.channel, "beta"));
	CU_ASSERT(m.limit == 100 && m.which == 0 && m.after.len == 0);
	finish(b, &m);
	m = asked(a, ROLLOUT);
	CU_ASSERT_EQUAL(m.all_tenants, WIRE_FLAG_YES);
	CU_ASSERT_EQUAL(m.tenant.len, 0);
	finish(a, &m);
	m = asked(a, ROLLOUT "&tenant=backend-b");
	CU_ASSERT_EQUAL(m.all_tenants, WIRE_FLAG_NO);
	CU_ASSERT_TRUE(bytes_equal_str(m.tenant, "backend-b"));
	finish(a, &m);
}

static void
test_denied(void)
{
	AUTO(raw_free) struct raw *b = backend();
	AUTO(raw_free)
	struct raw *m = raw_open(rig->monitor, rig->port, "http/1.1");
	struct bytes packet;

	CU_ASSERT_FATAL(m != NULL);
	CU_ASSERT_EQUAL(raw_get(b, PATH ROLLOUT "&tenant=backend-b"), 403);
	CU_ASSERT_STRING_EQUAL(raw_problem(b), "role-denied");
	CU_ASSERT_EQUAL(raw_get(m, PATH ROLLOUT), 403);
	CU_ASSERT_STRING_EQUAL(raw_problem(m), "role-denied");
	CU_ASSERT_FALSE(peer_receive_id(rig->ledger, WIRE_ID_PERMITS_ASK, 100,
	                                &packet));
}

/* --- queries --------------------------------------------------------------- */

static void
test_query(void)
{
	AUTO(raw_free) struct raw *b = backend();
	struct wire_permits_ask m;

	m = asked(b, ROLLOUT "&limit=7&finished=false&after=0:dh1_x");
	CU_ASSERT(m.limit == 7 && m.which == 1 && m.after_finished == 0);
	CU_ASSERT_TRUE(bytes_equal_str(m.after, "dh1_x"));
	finish(b, &m);
	m = asked(b, ROLLOUT "&finished=true&after=1:");
	CU_ASSERT(m.which == 2 && m.after_finished == 1 && m.after.len == 0);
	finish(b, &m);
	m = asked(b, ROLLOUT "&finished=false&held=true");
	CU_ASSERT_EQUAL(m.which, 1 | 4);
	finish(b, &m);
	m = asked(b, ROLLOUT "&held=false");
	CU_ASSERT_EQUAL(m.which, 8);
	finish(b, &m);
}

static void
test_bad_query(void)
{
	static const char *const queries[] = {
		"",
		"?release=fw-2",
		"?channel=beta",
		ROLLOUT "&limit=0",
		ROLLOUT "&limit=101",
		ROLLOUT "&finished=yes",
		ROLLOUT "&held=1234",
		ROLLOUT "&after=2:dh1_x",
		ROLLOUT "&after=/:dh1_x",
		ROLLOUT "&after=0-dh1_x",
		ROLLOUT "&after=0",
		ROLLOUT "&state=active",
		ROLLOUT "&tenant=A",
	};
	AUTO(raw_free) struct raw *a = auditor();

	expect_query_invalid(a, PATH, queries, ARRAY_LEN(queries));
}

/* A tenant that could begin a page anywhere could find the handles of other tenants'
 * devices by where pages end. */
static void
test_places(void)
{
	AUTO(raw_free) struct raw *a = auditor();
	AUTO(raw_free) struct raw *b = backend();
	const struct wire_permits page = {
		.more = WIRE_FLAG_YES,
		.next = bytes_of_str("dh1_jkX3abcdEFGH"),
	};
	struct wire_permits_ask m;

	CU_ASSERT_EQUAL(raw_get(b, PATH ROLLOUT "&after=0:dh1_jkX3abcdE"), 400);
	CU_ASSERT_STRING_EQUAL(raw_problem(b), "query-invalid");
	m = asked(b, ROLLOUT "&after=0:dh1_jkX3abcd");
	CU_ASSERT_TRUE(bytes_equal_str(m.after, "dh1_jkX3abcd"));
	CU_ASSERT_EQUAL(answered(b, page, m.request), 200);
	CU_ASSERT_STRING_EQUAL(raw_body(b),
	                       "{\"permits\":[],\"next\":\"0:dh1_jkX3abcd\"}");
	m = asked(a, ROLLOUT "&after=0:dh1_jkX3abcdEFGH");
	CU_ASSERT_TRUE(bytes_equal_str(m.after, "dh1_jkX3abcdEFGH"));
	CU_ASSERT_EQUAL(answered(a, page, m.request), 200);
	CU_ASSERT_STRING_EQUAL(
	        raw_body(a),
	        "{\"permits\":[],\"next\":\"0:dh1_jkX3abcdEFGH\"}");
}

/* --- the answer ----------------------------------------------------------- */

static void
put_row(struct buf *out, const struct wire_permit *m)
{
	AUTO(buf_release) struct buf row = buf_of(4096);

	wire_put_permit(&row, m);
	buf_u32(out, (uint32_t)row.len);
	buf_append(out, buf_bytes(&row));
}

static void
test_answer(void)
{
	AUTO(raw_free) struct raw *a = auditor();
	AUTO(buf_release) struct buf rows = buf_of(WIRE_PACKET_MAX);
	struct wire_permit p = { .tenant = bytes_of_str("backend-b"),
		                 .handle = bytes_of_str("dh1_x"),
		                 .given_s = 1795435200,
		                 .expires_s = 1795435500,
		                 .attempts = 2 };
	const struct wire_permits_ask m = asked(a, ROLLOUT);

	put_row(&rows, &p);
	p.handle = bytes_of_str("\",\"x\":\"");
	p.finished = WIRE_FLAG_YES;
	put_row(&rows, &p);
	const struct wire_permits page = { .rows = buf_bytes(&rows),
		                           .more = WIRE_FLAG_YES,
		                           .next_finished = 1,
		                           .next = bytes_of_str("dh1_x") };
	CU_ASSERT_EQUAL(answered(a, page, m.request), 200);
	CU_ASSERT_STRING_EQUAL(
	        raw_body(a),
	        "{\"permits\":[{\"device_handle\":\"dh1_x\","
	        "\"tenant\":\"backend-b\","
	        "\"given_at\":\"2026-11-23T12:00:00Z\","
	        "\"expires_at\":\"2026-11-23T12:05:00Z\","
	        "\"attempts\":2,\"finished\":false},"
	        "{\"device_handle\":\"\\u0022,\\u0022x\\u0022:\\u0022\","
	        "\"tenant\":\"backend-b\","
	        "\"given_at\":\"2026-11-23T12:00:00Z\","
	        "\"expires_at\":\"2026-11-23T12:05:00Z\","
	        "\"attempts\":2,\"finished\":true}],\"next\":\"1:dh1_x\"}");
}

static void
test_not_ready(void)
{
	AUTO(raw_free) struct raw *a = auditor();
	struct wire_permits_ask m;

	front_rig_health(rig, false, "the token is lost");
	CU_ASSERT_TRUE(front_rig_wait_ready(rig, false));
	m = asked(a, ROLLOUT);
	finish(a, &m);
	front_rig_health(rig, true, "");
	CU_ASSERT_TRUE(front_rig_wait_ready(rig, true));
}

/* --- answers that no ledger gives ----------------------------------------- */

static void
ends_front(const char *rows, size_t len, bool other_kind)
{
	rig = front_rig_start(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	AUTO(raw_free) struct raw *b = backend();
	const struct wire_permits_ask m = asked(b, ROLLOUT);

	if (other_kind) {
		const struct wire_outcomes o = { .request = m.request };

		wire_put_outcomes(&rig->packet, &o);
		CU_ASSERT(front_rig_say(rig, rig->ledger));
	} else {
		CU_ASSERT_EQUAL(answered(b,
		                         (struct wire_permits){
		                                 .rows = bytes_of(rows, len) },
		                         m.request),
		                0);
	}
	CU_ASSERT_EQUAL(lifeline_wait_exit(rig->front, HARNESS_WAIT_MS),
	                ROLE_EXIT_WIRE);
	front_rig_free(rig);
}

static void
test_nonsense(void)
{
	ends_front("\0\0\0\5abc", 7, false);
	ends_front("x", 1, false);
	ends_front(NULL, 0, true);
}

/* A page of permits for who asked for something else. */
static void
test_other_question(void)
{
	struct wire_enrollment_list m = { 0 };
	struct bytes packet;

	rig = front_rig_start(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	AUTO(raw_free) struct raw *b = backend();
	CU_ASSERT(raw_send_get(b, "/v1/enrollments"));
	CU_ASSERT_FATAL(peer_receive_id(rig->ledger, WIRE_ID_ENROLLMENT_LIST,
	                                HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL(wire_get_enrollment_list(packet, &m), OK);
	CU_ASSERT_EQUAL(answered(b, (struct wire_permits){ 0 }, m.request), 0);
	CU_ASSERT_EQUAL(lifeline_wait_exit(rig->front, HARNESS_WAIT_MS),
	                ROLE_EXIT_WIRE);
	front_rig_free(rig);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "a tenant its own, an auditor all", test_whose },
	{ "who may not", test_denied },
	{ "each parameter", test_query },
	{ "hostile queries", test_bad_query },
	{ "places are shorter than handles", test_places },
	{ "the document, to the byte", test_answer },
	{ "a service that is not ready", test_not_ready },
	{ "(ends)", test_end },
	{ "pages that no ledger makes end the front", test_nonsense },
	{ "an answer to another question", test_other_question },
	{ NULL, NULL },
};

HARNESS_MAIN("front_permits", tests)
