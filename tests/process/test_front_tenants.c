/*
 * test_front_tenants.c - the limits of a tenant hold for all its backends
 * together, and for nobody else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/base/h2_client.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

#define BURST 20
#define MOST 10 /* challenges outstanding */

/* Also of the first tenant: the rig's list has them. */
static struct client_identity *second, *officer;

static void
begin_with(const char *settings)
{
	begin_front(settings);
	second = front_rig_identity(rig, "DNS:second.test");
	officer = front_rig_identity(rig, "DNS:officer.test");
	CU_ASSERT_FATAL(second && officer);
}

static void
end_both(void)
{
	client_identity_free(second);
	client_identity_free(officer);
	end_front();
}

/* In a row, until one is not answered 200: how many were. */
static unsigned
ask_keys(const struct client_identity *id, struct raw **ret_last)
{
	struct raw *c = raw_open(id, rig->port, "http/1.1");
	unsigned n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	while (n < 3 * BURST && raw_get(c, "/v1/keys") == 200)
		n++;
	*ret_last = c;
	return n;
}

static void
test_rate(void)
{
	begin_with("tenants = ( { name = \"backend-a\"; rate = 1; "
	           "burst = 20; } );\n");
	AUTO(raw_free) struct raw *first = NULL, *other = NULL, *good = NULL;

	unsigned n = ask_keys(rig->backend, &first);
	CU_ASSERT(n >= BURST && n <= BURST + 4);
	CU_ASSERT_STRING_EQUAL(raw_problem(first), "tenant-quota-exceeded");
	CU_ASSERT_PTR_NOT_NULL(strstr(raw_head(first), "etry-"));
	/* the quota is the tenant's, so its other certificate has none left */
	n = ask_keys(second, &other);
	CU_ASSERT(n <= 4);
	CU_ASSERT_STRING_EQUAL(raw_problem(other), "tenant-quota-exceeded");
	/* and another tenant has its own */
	CU_ASSERT_EQUAL(ask_keys(rig->hostile, &good), 3 * BURST);
	CU_ASSERT(has_metric("\nanchord_front_tenant_refused_total{tenant="
	                     "\"backend-a\"} 2\n"));
	CU_ASSERT(has_metric("\nanchord_front_tenant_refused_total{tenant="
	                     "\"hostile\"} 0\n"));
	end_both();
}

/* A tenant that is over its quota can still be governed. */
static void
test_officer(void)
{
	begin_with("tenants = ( { name = \"backend-a\"; rate = 1; "
	           "burst = 20; } );\n");
	AUTO(raw_free) struct raw *first = NULL, *good = NULL;

	(void)ask_keys(rig->backend, &first);
	CU_ASSERT_EQUAL(ask_keys(officer, &good), 3 * BURST);
	end_both();
}

/* An array costs one for each challenge of the tenant's quota, too; longer than
 * that could never be granted. */
static void
test_array(void)
{
	AUTO(buf_release) struct buf body = buf_of(65536);
	AUTO(buf_release) struct buf longer = buf_of(65536);

	begin_with("limits = { tenant_rate = 1; tenant_burst = 20; };\n");
	AUTO(raw_free) struct raw *c = backend();
	AUTO(raw_free) struct raw *last = NULL;

	put_challenges(&longer, BURST + 1);
	CU_ASSERT_EQUAL(raw_post(c, "/v1/challenges", buf_str(&longer)), 413);
	put_challenges(&body, BURST - 5);
	CU_ASSERT(raw_send_post(c, "/v1/challenges", buf_str(&body)));
	CU_ASSERT(front_rig_make(rig, BURST - 5));
	CU_ASSERT_EQUAL(raw_receive(c), 201);
	unsigned n = ask_keys(second, &last);
	CU_ASSERT(n >= 4 && n <= 8);
	end_both();
}

static int
ask_for(struct h2 *h, const char *body, unsigned made, bool *ret_outstanding)
{
	size_t n = h2_submit(h, &(struct h2_request){ .method = "POST",
	                                              .path = "/v1/challenges",
	                                              .body = body });

	CU_ASSERT(h2_flush(h));
	CU_ASSERT(front_rig_make(rig, made));
	const struct h2_answer *a = h2_wait(h, n);
	*ret_outstanding = strcmp(a->problem, "challenges-outstanding") == 0;
	return a->status;
}

static void
test_outstanding(void)
{
	AUTO(buf_release) struct buf array = buf_of(65536);
	bool held = false;

	begin_with("limits = { tenant_outstanding = 10; };\n");
	AUTO(h2_free) struct h2 *a = h2_open(rig->backend, rig->port);
	AUTO(h2_free) struct h2 *b = h2_open(second, rig->port);
	AUTO(h2_free) struct h2 *c = h2_open(rig->hostile, rig->port);

	CU_ASSERT_FATAL(a && b && c);
	put_challenges(&array, MOST - 3);
	CU_ASSERT_EQUAL(ask_for(a, buf_str(&array), MOST - 3, &held), 201);
	CU_ASSERT_EQUAL(ask_for(b, RIG_BODY, 1, &held), 201);
	/* an array that does not fit counts for nothing */
	CU_ASSERT_EQUAL(ask_for(a, buf_str(&array), 0, &held), 429);
	CU_ASSERT(held);
	CU_ASSERT_EQUAL(ask_for(a, RIG_BODY, 1, &held), 201);
	CU_ASSERT_EQUAL(ask_for(b, RIG_BODY, 1, &held), 201);
	CU_ASSERT_EQUAL(ask_for(a, RIG_BODY, 0, &held), 429);
	CU_ASSERT(held);
	CU_ASSERT_EQUAL(ask_for(b, RIG_BODY, 0, &held), 429);
	CU_ASSERT_EQUAL(ask_for(c, RIG_BODY, 1, &held), 201);
	CU_ASSERT(has_metric("\nanchord_front_tenant_outstanding{tenant="
	                     "\"backend-a\"} 10\n"));
	CU_ASSERT(has_metric("\nanchord_front_tenant_refused_outstanding_total"
	                     "{tenant=\"backend-a\"} 3\n"));
	end_both();
}

/* Retry-After says when the next one expires; one that has expired makes room. */
static void
test_room_again(void)
{
	static const char shortest[] =
	        "{\"ttl\":1,\"workflow\":\"metadata\","
	        "\"device_handle\":\"dh1_x\",\"bindings\":{\"transport\":"
	        "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}";

	begin_with("challenge = { ttl = 1; ttl_max = 1; };\n"
	           "limits = { tenant_outstanding = 1; deadline_ms = 1000; };"
	           "\n");
	AUTO(raw_free) struct raw *c = backend();
	unsigned long wait_s = 0;

	CU_ASSERT(raw_send_post(c, "/v1/challenges", shortest));
	CU_ASSERT(front_rig_make(rig, 1));
	CU_ASSERT_EQUAL(raw_receive(c), 201);
	CU_ASSERT_EQUAL(raw_post(c, "/v1/challenges", shortest), 429);
	const char *at = strcasestr(raw_head(c), "\r\nretry-after: ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	wait_s = strtoul(at + 15, NULL, 10);
	CU_ASSERT_FATAL(wait_s >= 1 && wait_s <= 5);
	sleep((unsigned)wait_s);
	CU_ASSERT(raw_send_post(c, "/v1/challenges", shortest));
	CU_ASSERT(front_rig_make(rig, 1));
	CU_ASSERT_EQUAL(raw_receive(c), 201);
	end_both();
}

/* --- evidence under way ------------------------------------------------------ */

#define EVIDENCE(CHALLENGE, OBSERVED)                                       \
	"{\"challenge\":\"" CHALLENGE                                       \
	"\",\"evidence\":{\"format\":\"tpm2-quote\","                       \
	"\"quote\":\"AA==\",\"signature\":\"AA==\",\"ak_public\":\"AA==\"," \
	"\"pcrs\":{\"sha256\":{}}},\"observed\":{" OBSERVED "}}"

#define FLOOD 200
#define TRIES 5 /* where a busy machine may spoil one: a crowd ends by time */

static const struct h2_request forged = {
	.method = "POST",
	.path = "/v1/attestations",
	.body = EVIDENCE("AQID", ""),
};
static const struct h2_request statement = {
	.method = "POST",
	.path = "/v1/enrollments/tpm2",
	.body = "{\"ak_public\":\"AQI=\"}",
};
static const struct h2_request rekey = {
	.method = "POST",
	.path = "/v1/enrollments/dh1_z/key",
	.body = EVIDENCE("AQID", "\"device_handle\":\"dh1_z\""),
};
/* What the other tenant sends is known by its challenge. */
static const struct h2_request lone = {
	.method = "POST",
	.path = "/v1/attestations",
	.body = EVIDENCE("BAUG", ""),
};

static void
submit_many(struct h2 *h, const struct h2_request *r, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		(void)h2_submit(h, r);
	CU_ASSERT(h2_flush(h));
}

static bool
is_lone(struct bytes packet)
{
	struct wire_evidence m;

	if (wire_packet_id(packet) != WIRE_ID_EVIDENCE)
		return false;
	CU_ASSERT_EQUAL_FATAL(wire_get_evidence(packet, &m), OK);
	return bytes_equal_str(m.challenge, "\4\5\6");
}

/* How many of the flood's come to the verifier before the other tenant's. */
static unsigned
before_other(void)
{
	struct bytes packet;
	unsigned n = 0;

	while (peer_receive(rig->verifier, HARNESS_WAIT_MS, &packet)) {
		uint16_t id = wire_packet_id(packet);

		if (is_lone(packet))
			return n;
		if (id == WIRE_ID_EVIDENCE || id == WIRE_ID_ENROLL_ASK)
			n++;
	}
	CU_FAIL("the other tenant's evidence did not come");
	return n;
}

/* One sends the same very often, the other one its evidence; nothing is answered.
 * How many went before that. */
static unsigned
count_before(const struct client_identity *many, const struct h2_request *r,
             const struct client_identity *other)
{
	AUTO(h2_free) struct h2 *a = h2_open(many, rig->port);
	AUTO(h2_free) struct h2 *b = h2_open(other, rig->port);

	CU_ASSERT_FATAL(a && b);
	submit_many(b, &lone, 1);
	CU_ASSERT_EQUAL(before_other(), 0);
	submit_many(a, r, FLOOD);
	/* all of it has been read when this is answered */
	CU_ASSERT_EQUAL(
	        h2_ask(a, &(struct h2_request){ .path = "/healthz" })->status,
	        200);
	submit_many(b, &lone, 1);
	return before_other();
}

enum sender { HOSTILE, BACKEND, OFFICER };

static const struct client_identity *
identity_of(enum sender who)
{
	return who == OFFICER   ? officer
	       : who == BACKEND ? rig->backend
	                        : rig->hostile;
}

/* The other one's is not behind all of the flood. */
static void
expect_window(enum sender many, const struct h2_request *r, enum sender other)
{
	unsigned before = FLOOD;

	for (unsigned i = 0; i < TRIES && before > FLOOD / 2; i++) {
		begin_with(NULL);
		before = count_before(identity_of(many), r, identity_of(other));
		end_both();
	}
	CU_ASSERT(before > 0 && before <= FLOOD / 2);
}

static void
test_flood(void)
{
	expect_window(HOSTILE, &forged, BACKEND);
}

/* A statement to enrol goes by a verifier, too. */
static void
test_statements(void)
{
	expect_window(BACKEND, &statement, HOSTILE);
}

/* An officer is charged to no tenant, but bounded as one. */
static void
test_rekeys(void)
{
	expect_window(OFFICER, &rekey, HOSTILE);
}

static const struct harness_test tests[] = {
	{ "a rate for all certificates of a tenant", test_rate },
	{ "an officer is not held up by its tenant", test_officer },
	{ "an array costs the tenant each challenge", test_array },
	{ "outstanding challenges of all certificates", test_outstanding },
	{ "one that has expired makes room", test_room_again },
	{ "evidence does not wait for all of another tenant", test_flood },
	{ "nor for its statements to enrol", test_statements },
	{ "nor for an officer's changes of keys", test_rekeys },
	{ NULL, NULL },
};

HARNESS_MAIN("front_tenants", tests)
