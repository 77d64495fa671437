/*
 * test_front_edges.c - the front with peers that die and clients that go, that
 * are slow, or that misuse HTTP/2.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#include "tests/common/base/h2_client.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

#define LIMIT_TEST_FIELDS 40 /* more than a request may have */

static void
test_start(void)
{
	begin_front("listen: { connections_client=4; "
	            "connections=6; };\n"
	            "limits: { deadline_ms=20000; };\n");
}

static void
send_challenge(struct raw *c)
{
	CU_ASSERT(raw_send_post(c, "/v1/challenges", RIG_BODY));
}

static int
status_for(const struct client_identity *id)
{
	AUTO(raw_free) struct raw *c = raw_open(id, rig->port, NULL);

	return c ? raw_get(c, "/healthz") : 0;
}

static void
test_vanished(void)
{
	struct raw *c = backend();
	AUTO(h2_free) struct h2 *h = h2_open(rig->backend, rig->port);

	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	send_challenge(c);
	size_t n = h2_submit(h, &(struct h2_request){ .method = "POST",
	                                              .path = "/v1/challenges",
	                                              .body = RIG_BODY });
	CU_ASSERT(h2_flush(h));
	(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	h2_reset(h, n);
	CU_ASSERT(h2_flush(h));
	raw_free(c);
	(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	CU_ASSERT(front_rig_make(rig, 2));
	CU_ASSERT_EQUAL(status_for(rig->monitor), 200);
	CU_ASSERT_EQUAL(
	        h2_ask(h, &(struct h2_request){ .path = "/healthz" })->status,
	        200);
}

/* 503 at once, not at the deadline of twenty seconds; and service again. */
static void
test_keyholder_dies(void)
{
	AUTO(raw_free) struct raw *c = backend();
	AUTO(h2_free) struct h2 *h = h2_open(rig->backend, rig->port);
	size_t n[3];

	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	send_challenge(c);
	for (size_t i = 0; i < 3; i++)
		n[i] = h2_submit(
		        h, &(struct h2_request){ .method = "POST",
		                                 .path = "/v1/challenges",
		                                 .body = "[" RIG_BODY
		                                         "," RIG_BODY "]" });
	CU_ASSERT(h2_flush(h));
	(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	uint64_t before = clock_mono_ms();
	peer_close(rig->keyholder);
	CU_ASSERT_EQUAL(raw_receive(c), 503);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "part-unavailable");
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(h2_wait(h, n[i])->status, 503);
	CU_ASSERT(clock_mono_ms() - before < harness_promised_ms(2000));
	CU_ASSERT_EQUAL(raw_post(c, "/v1/challenges", RIG_BODY), 503);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "not-ready");

	front_rig_keyholder_up(rig);
	CU_ASSERT(front_rig_wait_ready(rig, true));
	send_challenge(c);
	CU_ASSERT(front_rig_make(rig, 1));
	CU_ASSERT_EQUAL(raw_receive(c), 201);
}

static void
attestation_lost(void (*die)(void), void (*rise)(struct front_rig *))
{
	AUTO(raw_free) struct raw *c = backend();
	struct bytes packet;

	CU_ASSERT(raw_send_post(c, "/v1/attestations",
	                        "{\"challenge\":\"AA\",\"observed\":{},"
	                        "\"evidence\":{\"format\":\"x\"}}"));
	CU_ASSERT(peer_receive_id(rig->verifier, WIRE_ID_EVIDENCE, 1000,
	                          &packet));
	uint64_t before = clock_mono_ms();
	die();
	CU_ASSERT_EQUAL(raw_receive(c), 503);
	CU_ASSERT(clock_mono_ms() - before < harness_promised_ms(2000));
	rise(rig);
	CU_ASSERT(front_rig_wait_ready(rig, true));
}

static void
ledger_dies(void)
{
	peer_close(rig->ledger);
}

static void
verifier_dies(void)
{
	peer_close(rig->verifier);
}

static void
test_others_die(void)
{
	attestation_lost(ledger_dies, front_rig_ledger_up);
	attestation_lost(verifier_dies, front_rig_verifier_up);
}

static void
test_resets(void)
{
	AUTO(h2_free) struct h2 *h = h2_open(rig->backend, rig->port);

	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	for (int i = 0; i < 400; i++) {
		size_t n = h2_submit(
		        h, &(struct h2_request){ .method = "POST",
		                                 .path = "/v1/challenges",
		                                 .stay_open = true });
		if (!h2_flush(h))
			break;
		h2_reset(h, n);
		if (!h2_flush(h))
			break;
	}
	CU_ASSERT(h2_ended(h));
	CU_ASSERT_EQUAL(status_for(rig->backend), 200);
}

static void
test_http2_heads(void)
{
	struct h2_header many[LIMIT_TEST_FIELDS + 1] = { { NULL, NULL } };
	AUTO(h2_free) struct h2 *h = h2_open(rig->backend, rig->port);
	static const struct h2_header expect[] = { { "expect", "100-continue" },
		                                   { NULL, NULL } };

	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	const struct h2_answer *a =
	        h2_ask(h, &(struct h2_request){ .path = "/healthz",
	                                        .headers = expect });
	CU_ASSERT_EQUAL(a->status, 400);
	CU_ASSERT_STRING_EQUAL(a->problem, "http-unsupported");
	a = h2_ask(h, &(struct h2_request){ .method = "POST",
	                                    .path = "/v1/challenges",
	                                    .body = "{}",
	                                    .trailers = true });
	CU_ASSERT_EQUAL(a->status, 400);
	CU_ASSERT_STRING_EQUAL(a->problem, "http-unsupported");

	for (size_t i = 0; i < LIMIT_TEST_FIELDS; i++)
		many[i] = (struct h2_header){ "x-much", "y" };
	a = h2_ask(h,
	           &(struct h2_request){ .path = "/healthz", .headers = many });
	CU_ASSERT_EQUAL(a->status, 431);
	a = h2_ask(h, &(struct h2_request){ .path = "/healthz" });
	CU_ASSERT_EQUAL(a->status, 200);
	CU_ASSERT_EQUAL(strlen(a->id), 16);
}

/* A hopeless request is answered at once, any other refusal at its end; both
 * arrive, and the connection goes on. */
static void
test_http2_early(void)
{
	static const struct h2_header length[] = {
		{ "content-length", "9999999" }, { NULL, NULL }
	};
	AUTO(h2_free) struct h2 *h = h2_open(rig->backend, rig->port);

	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	const struct h2_answer *a =
	        h2_ask(h, &(struct h2_request){ .method = "POST",
	                                        .path = "/v1/challenges",
	                                        .body = "{",
	                                        .headers = length,
	                                        .stay_open = true });
	CU_ASSERT_EQUAL(a->status, 413);
	CU_ASSERT(a->ended && !a->closed);

	size_t n = h2_submit(h, &(struct h2_request){ .method = "POST",
	                                              .path = "/nothing",
	                                              .body = "{",
	                                              .stay_open = true });
	a = h2_ask(h, &(struct h2_request){ .path = "/healthz" });
	CU_ASSERT_EQUAL(a->status, 200);
	h2_finish(h, n);
	CU_ASSERT_EQUAL(h2_wait(h, n)->status, 404);
}

/* The same over HTTP/1.1: refused, and the connection is kept. */
static void
test_http1_early(void)
{
	AUTO(raw_free) struct raw *c = backend();

	CU_ASSERT(raw_send(c, bytes_of_str("POST /nothing HTTP/1.1\r\nHost: x"
	                                   "\r\nContent-Length: 4\r\n\r\n")));
	(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	CU_ASSERT(raw_send(c, bytes_of_str("{  }")));
	CU_ASSERT_EQUAL(raw_receive(c), 404);
	CU_ASSERT_EQUAL(raw_get(c, "/healthz"), 200);
}

/* Five seconds for a handshake and for a head, ten for a body. */
static void
test_slow(void)
{
	AUTO(raw_free) struct raw *head = backend();
	AUTO(raw_free) struct raw *idle = backend();
	int silent = client_connect(rig->port);
	uint64_t before = clock_mono_ms();
	char byte;

	CU_ASSERT(raw_send(head, bytes_of_str("GET /healthz HTT")));
	/* closed without a word, and not given up by this client */
	CU_ASSERT_EQUAL(recv(silent, &byte, 1, 0), 0);
	CU_ASSERT(clock_mono_ms() - before > 4500);
	CU_ASSERT(clock_mono_ms() - before < harness_promised_ms(6500));
	CU_ASSERT_EQUAL(raw_receive(head), 408);
	CU_ASSERT_STRING_EQUAL(raw_problem(head), "request-timeout");
	CU_ASSERT_EQUAL(raw_get(idle, "/healthz"), 200);
	close(silent);
}

/* A peer's nonsense ends the process, with the status that says so. */
static void
test_nonsense(void)
{
	buf_append(&rig->packet, bytes_of("\x02\x02junk", 6));
	CU_ASSERT(front_rig_say(rig, rig->keyholder));
	CU_ASSERT_EQUAL(lifeline_wait_exit(rig->front, HARNESS_WAIT_MS), 70);
	front_rig_free(rig);
}

/* A challenge where a result was asked for: no peer of ours says that. */
static void
test_wrong_kind(void)
{
	struct bytes packet;
	struct wire_evidence m;

	rig = front_rig_start(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	AUTO(raw_free) struct raw *c = backend();
	CU_ASSERT(raw_send_post(c, "/v1/attestations",
	                        "{\"challenge\":\"AA\",\"observed\":{},"
	                        "\"evidence\":{\"format\":\"x\"}}"));
	CU_ASSERT_FATAL(peer_receive_id(rig->verifier, WIRE_ID_EVIDENCE, 1000,
	                                &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_evidence(packet, &m), OK);
	wire_put_challenge_made(&rig->packet, &(struct wire_challenge_made){
	                                              .request = m.request });
	CU_ASSERT(front_rig_say(rig, rig->keyholder));
	CU_ASSERT_EQUAL(lifeline_wait_exit(rig->front, HARNESS_WAIT_MS), 70);
	front_rig_free(rig);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "clients that go before their answer", test_vanished },
	{ "the key holder dies and comes back", test_keyholder_dies },
	{ "the ledger dies, the verifier dies", test_others_die },
	{ "streams opened to be reset", test_resets },
	{ "heads of HTTP/2 requests", test_http2_heads },
	{ "early refusals in HTTP/2", test_http2_early },
	{ "early refusals in HTTP/1.1", test_http1_early },
	{ "slow clients", test_slow },
	{ "a peer's nonsense", test_nonsense },
	{ "an answer of another kind", test_wrong_kind },
	{ NULL, NULL },
};

HARNESS_MAIN("front_edges", tests)
