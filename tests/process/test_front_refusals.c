/*
 * test_front_refusals.c - every refusal of docs/api.md, by both protocols.
 *
 * One table: what is asked, and the problem and status that must come back.
 * Nothing of it may reach a peer.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/common/base/h2_client.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

#define HASH43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define CHALLENGES "POST", "/v1/challenges"
#define ATTESTATIONS "POST", "/v1/attestations"
#define ENROLLMENTS "POST", "/v1/enrollments/tpm2"

static const struct refusal {
	const char *method, *path, *body;
	int status;
	const char *problem;
	const char *detail; /* a part of it, or NULL */
} refusals[] = {
	/* paths and methods */
	{ "GET", "/", NULL, 404, "path-unknown", NULL },
	{ "GET", "/v1/keys/", NULL, 404, "path-unknown", NULL },
	{ "GET", "/v1/keys?x=1", NULL, 404, "path-unknown", NULL },
	{ "GET", "/v1/enrollments?", NULL, 400, "query-invalid", "empty" },
	{ "GET", "/v1/enrollments?limit=0", NULL, 400, "query-invalid",
	  "1 to 100" },
	{ "GET", "/v1/enrollments?state=new", NULL, 400, "query-invalid",
	  "pending" },
	{ "GET", "/v1/enrollments?x=1", NULL, 400, "query-invalid",
	  "does not know" },
	{ "DELETE", "/v1/enrollments?limit=1", NULL, 404, "path-unknown",
	  NULL },
	{ "GET", "/v1/%6beys", NULL, 404, "path-unknown", NULL },
	{ "GET", "/V1/keys", NULL, 404, "path-unknown", NULL },
	{ "GET", "/v1/enrollments/a/b", NULL, 404, "path-unknown", NULL },
	{ "GET", "/v1/enrollments/", NULL, 404, "path-unknown", NULL },
	{ "GET", "/v1/challenges", NULL, 405, "method-not-allowed", NULL },
	{ "DELETE", "/healthz", NULL, 405, "method-not-allowed", NULL },
	{ "PUT", "/v1/keys", NULL, 405, "method-not-allowed", NULL },
	{ "get", "/v1/keys", NULL, 405, "method-not-allowed", NULL },
	{ "GET", "/v1/enrollments/tpm2", NULL, 405, "method-not-allowed",
	  NULL },
	{ "GET", "/metrics", NULL, 403, "role-denied", NULL },
	{ "POST", "/v1/keys", "{}", 405, "method-not-allowed", NULL },
	{ "GET", "/v1/keys", "{}", 400, "body-unexpected", NULL },
	{ "DELETE", "/v1/enrollments/x", "{}", 400, "body-unexpected", NULL },

	/* JSON as such */
	{ CHALLENGES, "", 400, "json-malformed", "at byte" },
	{ CHALLENGES, "{", 400, "json-malformed", NULL },
	{ CHALLENGES, "{} {}", 400, "json-malformed", NULL },
	{ CHALLENGES, "{\"workflow\":\"\xff\"}", 400, "json-malformed", NULL },
	{ CHALLENGES, "{\"workflow\":\"a\\u0000\"}", 400, "json-malformed",
	  NULL },
	{ CHALLENGES, "\"metadata\"", 400, "json-malformed", NULL },
	{ CHALLENGES, "{\"workflow\":\"metadata\",\"workflow\":\"metadata\"}",
	  400, "json-duplicate-member", NULL },
	{ CHALLENGES, "{\"workflow\":\"metadata\",\"Workflow\":1}", 400,
	  "json-unknown-member", "Workflow" },
	{ CHALLENGES, "{\"workflow\":\"metadata\",\"bindings\":{\"x\":\"\"}}",
	  400, "json-unknown-member", "bindings.x" },
	{ CHALLENGES, "{}", 400, "json-missing-member", "workflow" },
	{ CHALLENGES, "{\"workflow\":1}", 400, "json-wrong-type", "workflow" },
	{ CHALLENGES, "{\"workflow\":null}", 400, "json-wrong-type", NULL },
	{ CHALLENGES, "[[]]", 400, "json-wrong-type", "[0]" },
	{ CHALLENGES, "{\"workflow\":\"metadata\",\"ttl\":1.5}", 400,
	  "json-wrong-type", "ttl" },
	{ CHALLENGES, "[]", 400, "value-invalid", NULL },
	{ CHALLENGES, "{\"workflow\":\"Metadata\"}", 400, "value-invalid",
	  NULL },
	{ CHALLENGES, "{\"workflow\":\"metadata\",\"channel\":\"\"}", 400,
	  "value-invalid", "channel" },
	{ CHALLENGES, "{\"workflow\":\"metadata\",\"transaction\":\"a\\n\"}",
	  400, "value-invalid", NULL },
	{ CHALLENGES,
	  "{\"workflow\":\"metadata\",\"bindings\":{\"request\":\"AAAA\"}}",
	  400, "base64-invalid", "bindings.request" },
	{ CHALLENGES,
	  "{\"workflow\":\"metadata\",\"bindings\":{\"request\":\"" HASH43
	  "=\"}}",
	  400, "base64-invalid", NULL },
	{ CHALLENGES,
	  "[{\"workflow\":\"artifact\"},{\"workflow\":\"artifact\","
	  "\"bindings\":{\"transport\":\"" HASH43 "A\"}}]",
	  400, "base64-invalid", "[1].bindings.transport" },

	/* rights and rules */
	{ CHALLENGES, "{\"workflow\":\"register\"}", 403, "workflow-denied",
	  "register" },
	{ CHALLENGES, "{\"workflow\":\"enroll\"}", 403, "workflow-denied",
	  "the policy has no entry" },
	{ CHALLENGES, "{\"workflow\":\"artifact\",\"channel\":\"stable\"}", 403,
	  "channel-denied", NULL },
	{ CHALLENGES, "{\"workflow\":\"artifact\",\"release\":\"r\"}", 403,
	  "channel-denied", "a release needs its channel" },
	{ CHALLENGES, "{\"workflow\":\"artifact\",\"ttl\":0}", 422,
	  "ttl-out-of-range", "1 to 600" },
	{ CHALLENGES, "{\"workflow\":\"artifact\",\"ttl\":-1}", 422,
	  "ttl-out-of-range", NULL },
	{ CHALLENGES, "{\"workflow\":\"artifact\",\"ttl\":601}", 422,
	  "ttl-out-of-range", NULL },
	{ CHALLENGES, "{\"workflow\":\"metadata\"}", 422, "binding-required",
	  "transport" },
	{ CHALLENGES,
	  "[{\"workflow\":\"artifact\"},{\"workflow\":\"artifact\"},"
	  "{\"workflow\":\"artifact\"},{\"workflow\":\"artifact\"},"
	  "{\"workflow\":\"artifact\"}]",
	  413, "array-too-long", "at most 4" },

	/* attestations */
	{ ATTESTATIONS, "{}", 400, "json-missing-member", "challenge" },
	{ ATTESTATIONS, "[]", 400, "json-wrong-type", NULL },
	{ ATTESTATIONS,
	  "{\"challenge\":\"A\",\"evidence\":{\"format\":\"x\"},"
	  "\"observed\":{}}",
	  400, "base64-invalid", "challenge" },
	{ ATTESTATIONS,
	  "{\"challenge\":\"\",\"evidence\":{\"format\":\"x\"},"
	  "\"observed\":{}}",
	  400, "base64-invalid", NULL },
	{ ATTESTATIONS,
	  "{\"challenge\":\"AA\",\"evidence\":{},\"observed\":{}}", 400,
	  "evidence-invalid", "format" },
	{ ATTESTATIONS,
	  "{\"challenge\":\"AA\",\"evidence\":{\"format\":1},\"observed\":{}}",
	  400, "evidence-invalid", NULL },
	{ ATTESTATIONS,
	  "{\"challenge\":\"AA\",\"evidence\":{\"format\":\"x\","
	  "\"a\":1,\"a\":1},\"observed\":{}}",
	  400, "json-duplicate-member", NULL },
	{ ATTESTATIONS,
	  "{\"challenge\":\"AA\",\"evidence\":{\"format\":\"x\"}}", 400,
	  "json-missing-member", "observed" },
	{ ATTESTATIONS,
	  "{\"challenge\":\"AA\",\"evidence\":{\"format\":\"x\"},"
	  "\"observed\":{\"ttl\":1}}",
	  400, "json-unknown-member", "observed.ttl" },

	/* enrolments */
	{ ENROLLMENTS, "{}", 400, "json-missing-member", "ak_public" },
	{ ENROLLMENTS, "{\"ak_public\":\"AQI\"}", 400, "base64-invalid", NULL },
	{ ENROLLMENTS, "{\"ak_public\":\"\"}", 400, "base64-invalid", NULL },
	{ "GET",
	  "/v1/enrollments/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaa",
	  NULL, 404, "enrollment-unknown", NULL },
};

static void
test_start(void)
{
	begin_front("limits: { array=4; body_challenge=1024; "
	            "deadline_ms=300; };\n"
	            "listen: { connections_client=4; };\n");
}

static void
expect(const struct refusal *r, const char *how, int status,
       const char *problem, const char *body)
{
	bool good = status == r->status && strcmp(problem, r->problem) == 0 &&
	            (!r->detail || strstr(body, r->detail));

	if (!good)
		printf("  %s %s %s %.60s: %d %s, wanted %d %s: %s\n", how,
		       r->method, r->path, r->body ? r->body : "", status,
		       problem, r->status, r->problem, body);
	CU_ASSERT(good);
}

static void
test_refusals_http1(void)
{
	char text[2048];

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		const struct refusal *r = &refusals[i];
		AUTO(raw_free)
		struct raw *c = raw_open(rig->backend, rig->port, "http/1.1");

		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		(void)snprintf(text, sizeof(text),
		               "%s %s HTTP/1.1\r\nHost: x\r\n"
		               "Content-Type: application/json\r\n"
		               "Content-Length: %zu\r\n\r\n%s",
		               r->method, r->path,
		               r->body ? strlen(r->body) : 0,
		               r->body ? r->body : "");
		int status = raw_ask(c, text);
		expect(r, "h1", status, raw_problem(c), raw_body(c));
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(raw_head(c), "application/problem+json"));
	}
}

static void
test_refusals_http2(void)
{
	AUTO(h2_free) struct h2 *h = h2_open(rig->backend, rig->port);

	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		const struct refusal *r = &refusals[i];
		const struct h2_answer *a =
		        h2_ask(h, &(struct h2_request){ .method = r->method,
		                                        .path = r->path,
		                                        .body = r->body });

		expect(r, "h2", a->status, a->problem, a->body);
	}
}

static void
test_nothing_asked(void)
{
	struct bytes packet;

	CU_ASSERT_FALSE(peer_receive(rig->keyholder, 50, &packet));
	CU_ASSERT_FALSE(peer_receive(rig->verifier, 50, &packet));
	CU_ASSERT_FALSE(peer_receive(rig->ledger, 50, &packet));
}

static void
test_allow(void)
{
	AUTO(raw_free) struct raw *c = raw_open(rig->backend, rig->port, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(raw_post(c, "/v1/enrollments/x", "{}"), 405);
	CU_ASSERT_PTR_NOT_NULL(strstr(raw_head(c), "allow: GET, DELETE\r\n"));
}

static void
test_content_type(void)
{
	static const char *const types[] = {
		"text/plain",
		"application/jsonx",
		"application/json, text/x",
		"application/x-www-form-urlencoded",
		"json",
		"",
	};
	AUTO(h2_free) struct h2 *h = h2_open(rig->backend, rig->port);

	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const struct h2_answer *a = h2_ask(
		        h, &(struct h2_request){ .method = "POST",
		                                 .path = "/v1/challenges",
		                                 .body = RIG_BODY,
		                                 .content_type = types[i] });
		CU_ASSERT_EQUAL(a->status, 415);
		CU_ASSERT_STRING_EQUAL(a->problem, "content-type-unsupported");
	}

	static const struct h2_header gzip[] = { { "content-encoding", "gzip" },
		                                 { NULL, NULL } };
	const struct h2_answer *a =
	        h2_ask(h, &(struct h2_request){ .method = "POST",
	                                        .path = "/v1/challenges",
	                                        .body = RIG_BODY,
	                                        .headers = gzip });
	CU_ASSERT_EQUAL(a->status, 415);
}

/* One byte below, at and above the ceiling of 1024, by both protocols. */
static void
test_body_ceiling(void)
{
	static char body[1026];

	memset(body, ' ', sizeof(body) - 1);
	for (size_t n = 1023; n <= 1025; n++) {
		AUTO(raw_free)
		struct raw *c = raw_open(rig->backend, rig->port, NULL);
		AUTO(h2_free) struct h2 *h = h2_open(rig->backend, rig->port);

		CU_ASSERT_FATAL(c && h);
		body[n] = '\0';
		int wanted = n > 1024 ? 413 : 400;
		CU_ASSERT_EQUAL(raw_post(c, "/v1/challenges", body), wanted);
		const struct h2_answer *a = h2_ask(
		        h, &(struct h2_request){ .method = "POST",
		                                 .path = "/v1/challenges",
		                                 .body = body });
		CU_ASSERT_EQUAL(a->status, wanted);
		CU_ASSERT_STRING_EQUAL(a->problem, n > 1024 ? "body-too-large"
		                                            : "json-malformed");
		body[n] = ' ';
	}
}

/* As often as its quota refuses; with a token a second that is soon over. */
static int
post_in_time(struct raw *c, const char *path, const char *body)
{
	int status = 429;

	for (int i = 0; i < 40 && status == 429; i++) {
		if (i > 0)
			(void)nanosleep(
			        &(struct timespec){ .tv_nsec = 100000000 },
			        NULL);
		status = raw_post(c, path, body);
	}
	return status;
}

static void
test_clients(void)
{
	AUTO(h2_free) struct h2 *h = h2_open(rig->stranger, rig->port);
	AUTO(raw_free)
	struct raw *b = raw_open(rig->backend_b, rig->port, NULL);

	CU_ASSERT_FATAL(h && b);
	static const char *const paths[] = { "/healthz", "/v1/keys", "/x" };
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const struct h2_answer *a =
		        h2_ask(h, &(struct h2_request){ .path = paths[i] });
		CU_ASSERT_EQUAL(a->status, 403);
		CU_ASSERT_STRING_EQUAL(a->problem, "client-unknown");
	}

	CU_ASSERT_EQUAL(post_in_time(b, "/v1/enrollments/tpm2",
	                             "{\"ak_public\":\"AQI=\"}"),
	                403);
	CU_ASSERT_STRING_EQUAL(raw_problem(b), "workflow-denied");
	AUTO(raw_free) struct raw *m = raw_open(rig->monitor, rig->port, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(raw_post(m, "/v1/challenges", RIG_BODY), 403);
	CU_ASSERT_STRING_EQUAL(raw_problem(m), "role-denied");
}

/* backend-b has three at once and one a second. */
static void
test_quota(void)
{
	AUTO(raw_free)
	struct raw *b = raw_open(rig->backend_b, rig->port, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_EQUAL(raw_post(b, "/v1/challenges",
	                         "[" RIG_BODY "," RIG_BODY "," RIG_BODY "]"),
	                503); /* nobody answers: the deadline */
	CU_ASSERT_STRING_EQUAL(raw_problem(b), "deadline-exceeded");
	CU_ASSERT_PTR_NOT_NULL(strstr(raw_head(b), "retry-after: 1\r\n"));
	CU_ASSERT_EQUAL(
	        raw_post(b, "/v1/challenges", "[" RIG_BODY "," RIG_BODY "]"),
	        429);
	CU_ASSERT_STRING_EQUAL(raw_problem(b), "quota-exceeded");
	CU_ASSERT_PTR_NOT_NULL(strstr(raw_head(b), "retry-after: 1\r\n"));
	CU_ASSERT_EQUAL(post_in_time(b, "/v1/challenges",
	                             "[" RIG_BODY "," RIG_BODY "," RIG_BODY
	                             "," RIG_BODY "]"),
	                413); /* more than the bucket ever holds */
}

/* The answers that came too late meet nobody, and nobody minds. */
static void
test_late_answers(void)
{
	CU_ASSERT(front_rig_make(rig, 3));
	AUTO(raw_free) struct raw *m = raw_open(rig->monitor, rig->port, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(raw_get(m, "/metrics"), 200);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(raw_body(m), "anchord_front_answers_dropped_total 3\n"));
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "every refusal by HTTP/1.1", test_refusals_http1 },
	{ "every refusal by HTTP/2", test_refusals_http2 },
	{ "nothing refused reaches a peer", test_nothing_asked },
	{ "405 says what is allowed", test_allow },
	{ "only plain application/json", test_content_type },
	{ "the body's ceiling, to the byte", test_body_ceiling },
	{ "a quota, and the deadline", test_quota },
	{ "late answers are dropped", test_late_answers },
	{ "clients and their roles", test_clients },
	{ "(ends)", end_front },
	{ NULL, NULL },
};

HARNESS_MAIN("front_refusals", tests)
