/*
 * test_front_devices.c - the real front, and the enrolled devices of a tenant:
 * what changes and lists of them ask, and what it makes of the answers.
 */
#include <string.h>

#include "proc/role.h"

#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

/* Where a page of the list would show an entry. */
#define KNOWN_ENTRY                                         \
	"/v1/preregistrations/key-00112233445566778899aabb" \
	"ccddeeff00112233445566778899aabbccddeeff"

static void
test_start(void)
{
	begin_front(NULL);
}

static void
say_enrollment(uint64_t id, enum wire_enrolment_answer state)
{
	const struct wire_enrollment m = { .request = id,
		                           .state = state,
		                           .handle = bytes_of_str("dh1_z"),
		                           .format = bytes_of_str("tpm2-quote"),
		                           .device = WIRE_DEVICE_ACTIVE };

	wire_put_enrollment(&rig->packet, &m);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
}

/* What a change asks of the ledger, and what its answers become. */
static void
test_enrollment_change(void)
{
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	static const struct {
		enum wire_enrolment_answer state;
		int status;
		const char *problem;
	} answers[] = {
		{ WIRE_ENROLMENT_EXISTING, 200, "" },
		{ WIRE_ENROLMENT_NOT_FOUND, 404, "enrollment-unknown" },
		{ WIRE_ENROLMENT_REFUSED, 409, "enrollment-state" },
		{ WIRE_ENROLMENT_NEW, 500, "internal-error" },
		{ WIRE_ENROLMENT_DELETED, 500, "internal-error" },
	};
	struct wire_enrollment_change m;
	struct bytes packet;

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		CU_ASSERT(raw_send_post(c, "/v1/enrollments/dh1_z/suspend",
		                        "{\"reason\":\"lost\"}"));
		CU_ASSERT_FATAL(peer_receive_id(
		        rig->ledger, WIRE_ID_ENROLLMENT_CHANGE, 1000, &packet));
		CU_ASSERT_EQUAL_FATAL(wire_get_enrollment_change(packet, &m),
		                      OK);
		CU_ASSERT(bytes_equal_str(m.tenant, "backend-a"));
		CU_ASSERT(bytes_equal_str(m.handle, "dh1_z"));
		CU_ASSERT(bytes_equal_str(m.note, "lost"));
		CU_ASSERT(bytes_equal_str(m.client,
		                          "URI:spiffe://test/backend-a"));
		CU_ASSERT_EQUAL(m.order, WIRE_ORDER_SUSPEND);
		say_enrollment(m.request, answers[i].state);
		CU_ASSERT_EQUAL(raw_receive(c), answers[i].status);
		CU_ASSERT_STRING_EQUAL(raw_problem(c), answers[i].problem);
	}
}

static struct wire_enrollment_list
asked_list(struct raw *c, const char *path)
{
	AUTO(buf_release) struct buf text = buf_of(1024);
	struct wire_enrollment_list m = { 0 };
	struct bytes packet;

	buf_printf(&text, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
	CU_ASSERT(raw_send(c, buf_bytes(&text)));
	CU_ASSERT_FATAL(peer_receive_id(rig->ledger, WIRE_ID_ENROLLMENT_LIST,
	                                1000, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_enrollment_list(packet, &m), OK);
	CU_ASSERT(bytes_equal_str(m.tenant, "backend-a"));
	return m;
}

static void
say_page(uint64_t request, const char *next)
{
	AUTO(buf_release) struct buf rows = buf_of(4096);
	AUTO(buf_release) struct buf row = buf_of(4096);
	const struct wire_enrollment e = { .handle = bytes_of_str("dh1_z"),
		                           .format = bytes_of_str("toy"),
		                           .enrolled_s = 1800000000,
		                           .device = WIRE_DEVICE_PENDING,
		                           .attested_day = 20421 };

	wire_put_enrollment(&row, &e);
	for (int i = 0; i < 2; i++) {
		buf_u32(&rows, (uint32_t)row.len);
		buf_append(&rows, buf_bytes(&row));
	}
	const struct wire_enrollment_page m = { .request = request,
		                                .next = bytes_of_str(next),
		                                .rows = buf_bytes(&rows) };
	wire_put_enrollment_page(&rig->packet, &m);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
}

/* What a list asks of the ledger, and the document that its answer becomes. */
static void
test_enrollment_list(void)
{
#define ROW                                                               \
	"{\"device_handle\":\"dh1_z\",\"format\":\"toy\","                \
	"\"enrolled_at\":\"2027-01-15T08:00:00Z\",\"state\":\"pending\"," \
	"\"last_attested\":\"2025-11-29\"}"
	AUTO(raw_free) struct raw *c = backend();
	struct wire_enrollment_list m = asked_list(c, "/v1/enrollments");

	CU_ASSERT_EQUAL(m.limit, 100);
	CU_ASSERT_EQUAL(m.device, WIRE_DEVICE_UNKNOWN);
	CU_ASSERT_EQUAL(m.after.len + m.format.len, 0);
	CU_ASSERT_EQUAL(m.overdue_days, 0);
	say_page(m.request, "");
	CU_ASSERT_EQUAL(raw_receive(c), 200);
	CU_ASSERT_STRING_EQUAL(raw_body(c),
	                       "{\"enrollments\":[" ROW "," ROW "]}");

	m = asked_list(c, "/v1/enrollments?state=pending&after=dh1_a&limit=2"
	                  "&format=toy&prefix=dh1_&since=2027-01-15T08:00:00Z");
	CU_ASSERT(bytes_equal_str(m.prefix, "dh1_"));
	CU_ASSERT_EQUAL(m.since_s, 1800000000);
	CU_ASSERT_EQUAL(m.limit, 2);
	CU_ASSERT_EQUAL(m.device, WIRE_DEVICE_PENDING);
	CU_ASSERT(bytes_equal_str(m.after, "dh1_a"));
	CU_ASSERT(bytes_equal_str(m.format, "toy"));
	say_page(m.request, "dh1_z");
	CU_ASSERT_EQUAL(raw_receive(c), 200);
	CU_ASSERT_STRING_EQUAL(raw_body(c), "{\"enrollments\":[" ROW "," ROW
	                                    "],\"next\":\"dh1_z\"}");
#undef ROW
}

/* Lists, permits and outcomes share a client's one reading. */
static void
test_one_reading(void)
{
	static const char *const others[] = {
		"/v1/enrollments", "/v1/outcomes",
		"/v1/permits?release=fw-2&channel=beta"
	};
	AUTO(raw_free) struct raw *first = backend();
	AUTO(raw_free) struct raw *second = backend();
	struct wire_enrollment_list m = asked_list(first, "/v1/enrollments");

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		CU_ASSERT_EQUAL(raw_get(second, others[i]), 503);
		CU_ASSERT_STRING_EQUAL(raw_problem(second), "part-unavailable");
	}
	say_page(m.request, "");
	CU_ASSERT_EQUAL(raw_receive(first), 200);
	m = asked_list(second, "/v1/enrollments");
	say_page(m.request, "");
	CU_ASSERT_EQUAL(raw_receive(second), 200);
	CU_ASSERT_EQUAL(raw_get(first, "/v1/enrollments?since=now"), 400);
	CU_ASSERT_STRING_EQUAL(raw_problem(first), "query-invalid");
	CU_ASSERT_EQUAL(
	        raw_get(first, "/v1/enrollments?since=2027-02-30T08:00:00Z"),
	        400);
	CU_ASSERT_EQUAL(raw_get(first, "/v1/enrollments?prefix="), 400);
}

static uint64_t
asked_known(struct raw *c, const char *line, uint16_t id)
{
	AUTO(buf_release) struct buf text = buf_of(1024);
	struct bytes packet;

	buf_printf(&text, "%s HTTP/1.1\r\nHost: x\r\n\r\n", line);
	CU_ASSERT(raw_send(c, buf_bytes(&text)));
	CU_ASSERT_FATAL(peer_receive_id(rig->ledger, id, 1000, &packet));
	struct reader in = reader_of(packet);
	(void)reader_u16(&in); /* the message's id */
	return reader_u64(&in);
}

static void
say_known_page(uint64_t request)
{
	const struct wire_preregistration_page m = { .request = request };

	wire_put_preregistration_page(&rig->packet, &m);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
}

/* The list of known devices is read like the others; changes of it are no reading. */
static void
test_one_known(void)
{
	AUTO(client_identity_free)
	struct client_identity *id =
	        front_rig_identity(rig, "DNS:officer.test");
	CU_ASSERT_PTR_NOT_NULL_FATAL(id);
	AUTO(raw_free) struct raw *first = raw_open(id, rig->port, "http/1.1");
	AUTO(raw_free) struct raw *second = raw_open(id, rig->port, "http/1.1");
	CU_ASSERT_FATAL(first && second);
	uint64_t page = asked_known(first, "GET /v1/preregistrations",
	                            WIRE_ID_PREREGISTRATION_LIST);

	CU_ASSERT_EQUAL(raw_get(second, "/v1/preregistrations"), 503);
	CU_ASSERT_STRING_EQUAL(raw_problem(second), "part-unavailable");
	CU_ASSERT_EQUAL(raw_get(second, "/v1/enrollments"), 503);
	const struct wire_preregistration_deleted deleted = {
		.request = asked_known(second, "DELETE " KNOWN_ENTRY,
		                       WIRE_ID_PREREGISTRATION_DELETE),
		.found = WIRE_FLAG_YES,
	};
	wire_put_preregistration_deleted(&rig->packet, &deleted);
	CU_ASSERT(front_rig_say(rig, rig->ledger));
	CU_ASSERT_EQUAL(raw_receive(second), 204);

	say_known_page(page);
	CU_ASSERT_EQUAL(raw_receive(first), 200);
	CU_ASSERT_STRING_EQUAL(raw_body(first), "{\"preregistrations\":[]}");
	say_known_page(asked_known(second, "GET /v1/preregistrations",
	                           WIRE_ID_PREREGISTRATION_LIST));
	CU_ASSERT_EQUAL(raw_receive(second), 200);
}

/* So many days; or as many as the tenant's setting says, if it says any. */
static void
test_overdue_list(void)
{
	AUTO(raw_free) struct raw *c = backend();
	struct wire_enrollment_list m =
	        asked_list(c, "/v1/enrollments?overdue=7");

	CU_ASSERT_EQUAL(m.overdue_days, 7);
	say_page(m.request, "");
	CU_ASSERT_EQUAL(raw_receive(c), 200);
	m = asked_list(c, "/v1/enrollments?overdue=0");
	CU_ASSERT_EQUAL(m.overdue_days, 30);
	say_page(m.request, "");
	CU_ASSERT_EQUAL(raw_receive(c), 200);
	CU_ASSERT_EQUAL(raw_get(c, "/v1/enrollments?overdue=3651"), 400);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "query-invalid");

	struct front_rig *before = rig;
	rig = front_rig_start("limits = { overdue_days = 0; };\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	AUTO(raw_free) struct raw *none = backend();
	CU_ASSERT_EQUAL(raw_get(none, "/v1/enrollments?overdue=0"), 400);
	CU_ASSERT_STRING_EQUAL(raw_problem(none), "query-invalid");
	CU_ASSERT(front_rig_end(rig));
	rig = before;
}

/* What the ledger says of tenants becomes metrics, but of no other tenant. */
static void
test_silence_metrics(void)
{
	/* When the last one is there, the others have come, too. */
	static const char *const names[] = { "backend-a", "nobody",
		                             "backend-b" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct wire_tenant_attested m = {
			.tenant = bytes_of_str(names[i]),
			.attested_s = 1795000000,
			.overdue = 17 + (uint32_t)i,
		};

		wire_put_tenant_attested(&rig->packet, &m);
		CU_ASSERT(front_rig_say(rig, rig->ledger));
	}
	CU_ASSERT(has_metric_soon("\nanchord_front_tenant_overdue_devices{"
	                          "tenant=\"backend-b\"} 19\n"));
	CU_ASSERT(has_metric("\nanchord_front_tenant_overdue_devices{"
	                     "tenant=\"backend-a\"} 17\n"));
	CU_ASSERT(has_metric("\nanchord_front_tenant_attested_seconds{"
	                     "tenant=\"backend-a\"} 1795000000\n"));
	CU_ASSERT_FALSE(has_metric("nobody"));
}

static void
test_end(void)
{
	end_front();
}

/* An officer's connection to a front that is about to end. */
struct last_front {
	struct client_identity *id;
	struct raw *c;
};

static struct last_front
last_front_start(void)
{
	struct last_front f;

	rig = front_rig_start(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	f.id = front_rig_identity(rig, "DNS:officer.test");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f.id);
	f.c = raw_open(f.id, rig->port, "http/1.1");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f.c);
	return f;
}

/* It ends, because a process that it believes broke the protocol. */
static void
last_front_ends(struct last_front *f)
{
	CU_ASSERT_EQUAL(lifeline_wait_exit(rig->front, HARNESS_WAIT_MS),
	                ROLE_EXIT_WIRE);
	raw_free(f->c);
	client_identity_free(f->id);
	front_rig_free(rig);
}

/* A ledger that answers a deletion with a page is taken over: the front ends. */
static void
test_other_known(void)
{
	struct last_front f = last_front_start();

	say_known_page(asked_known(f.c, "DELETE " KNOWN_ENTRY,
	                           WIRE_ID_PREREGISTRATION_DELETE));
	last_front_ends(&f);
}

/* Nor is a verifier believed that refuses an order of which the ledger alone was
 * asked: the officer would be told that nothing was done. */
static void
test_refused_order(void)
{
	static const struct {
		const char *line;
		uint16_t id;
	} orders[] = {
		{ "DELETE " KNOWN_ENTRY, WIRE_ID_PREREGISTRATION_DELETE },
		{ "DELETE /v1/enrollments/dh1_z", WIRE_ID_ENROLLMENT_DELETE },
	};

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		struct last_front f = last_front_start();
		const struct wire_evidence_refused no = {
			.request =
			        asked_known(f.c, orders[i].line, orders[i].id),
			.detail = bytes_of_str("x"),
		};

		wire_put_evidence_refused(&rig->packet, &no);
		CU_ASSERT(front_rig_say(rig, rig->verifier));
		last_front_ends(&f);
	}
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "a change of an enrolment", test_enrollment_change },
	{ "a list of enrolments", test_enrollment_list },
	{ "one page of a client at a time", test_one_reading },
	{ "one page of known devices", test_one_known },
	{ "a list of overdue devices", test_overdue_list },
	{ "who attested last, and who is overdue", test_silence_metrics },
	{ "(ends)", test_end },
	{ "a page that nobody asked for", test_other_known },
	{ "a verifier that refuses an order to the ledger",
	  test_refused_order },
	{ NULL, NULL },
};

HARNESS_MAIN("front_devices", tests)
