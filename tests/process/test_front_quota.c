/*
 * test_front_quota.c - every request is paid for, whatever it asks and however
 * it ends; and what a client over its quota cannot do: be served, fill the log,
 * have its flood read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#include "tests/common/base/h2_client.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

#define BURST 20 /* of the rig's poor client, which gets one a second */
#define TRIES (3 * BURST)

static char log_path[] = "/tmp/front-quota.XXXXXX";

/* What the front says goes into a file. */
static void
test_start(void)
{
	int log = mkstemp(log_path), before = dup(STDERR_FILENO);

	(void)dup2(log, STDERR_FILENO);
	front_rig_log_level = "info";
	begin_front("listen: { connections_client=16; };\n");
	front_rig_log_level = NULL;
	(void)dup2(before, STDERR_FILENO);
	close(before);
	close(log);
}

static const struct paid {
	const char *text;
	int status;
} all_paid[] = {
	{ "GET /v1/keys HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
	{ "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
	{ "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
	{ "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
	{ "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404 },
	{ "DELETE /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 405 },
	{ "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 403 },
	{ "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx",
	  400 },
	{ "POST /v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Type: "
	  "application/json\r\nContent-Length: 1\r\n\r\n{",
	  400 },
	{ "POST /v1/attestations HTTP/1.1\r\nHost: x\r\nContent-Type: "
	  "application/json\r\nContent-Length: 2\r\n\r\n{}",
	  400 },
	{ "POST /v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Type: "
	  "text/plain\r\nContent-Length: 2\r\n\r\n{}",
	  415 },
	{ "POST /v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Type: "
	  "application/json\r\nContent-Length: 23\r\n\r\n"
	  "{\"workflow\":\"artifact\"}",
	  403 },
};

/* The metric of that line, from the monitor's connection. */
static unsigned long
metric(const char *line)
{
	AUTO(raw_free) struct raw *m = raw_open(rig->monitor, rig->port, NULL);
	const char *at = m && raw_get(m, "/metrics") == 200
	                         ? strstr(raw_body(m), line)
	                         : NULL;

	return at ? strtoul(at + strlen(line), NULL, 10) : 0;
}

/* In a row, until it is not served any more: a client has its burst, and one
 * more for each second that this takes. */
static unsigned
ask_until_refused(const char *text, int wanted, int *ret_other)
{
	AUTO(raw_free) struct raw *c = raw_open(rig->poor, rig->port, NULL);
	unsigned n = 0;

	for (*ret_other = wanted; c && n < TRIES; n++) {
		*ret_other = raw_ask(c, text);
		if (*ret_other != wanted)
			break;
	}
	return n;
}

/* The buckets are the rig's, so each kind has a front of its own. */
static void
test_all_paid(void)
{
	struct front_rig *before = rig;

	for (size_t i = 0; i < ARRAY_LEN(all_paid); i++) {
		int other = 0;

		rig = front_rig_start(NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
		unsigned n = ask_until_refused(all_paid[i].text,
		                               all_paid[i].status, &other);
		if (n < BURST || n > BURST + 4 || other != 429)
			printf("  %.40s: %u times %d, then %d\n",
			       all_paid[i].text, n, all_paid[i].status, other);
		CU_ASSERT(n >= BURST && n <= BURST + 4);
		CU_ASSERT_EQUAL(other, 429);
		CU_ASSERT(front_rig_end(rig));
	}
	rig = before;
}

/* Heads that cannot be read end their connection; they cost one all the same. */
static void
test_malformed_heads(void)
{
	struct front_rig *before = rig;
	int status = 0;

	rig = front_rig_start(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig);
	for (unsigned i = 0; i < BURST; i++) {
		AUTO(raw_free)
		struct raw *c = raw_open(rig->poor, rig->port, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		CU_ASSERT_EQUAL(raw_ask(c, "GET\r\n\r\n"), 400);
	}
	/* as many as the seconds that this took gave back, then none */
	for (unsigned i = 0; i < BURST / 2 && status != 429; i++) {
		AUTO(raw_free)
		struct raw *c = raw_open(rig->poor, rig->port, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		status = raw_get(c, "/healthz");
	}
	CU_ASSERT_EQUAL(status, 429);
	CU_ASSERT(front_rig_end(rig));
	rig = before;
}

/* A stream that is reset before its answer has been paid for. */
static void
test_reset_is_paid(void)
{
	AUTO(h2_free) struct h2 *h = h2_open(rig->poor, rig->port);

	struct bytes packet;

	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	for (unsigned i = 0; i < BURST; i++) {
		size_t n = h2_submit(
		        h, &(struct h2_request){ .method = "POST",
		                                 .path = "/v1/challenges",
		                                 .body = RIG_BODY });
		CU_ASSERT(h2_flush(h));
		CU_ASSERT(peer_receive_id(
		        rig->keyholder, WIRE_ID_CHALLENGE_MAKE, 1000, &packet));
		h2_reset(h, n);
		CU_ASSERT(h2_flush(h));
	}
	int status = 0;
	for (unsigned i = 0; i < TRIES && status != 429; i++)
		status = h2_ask(h, &(struct h2_request){ .path = "/healthz" })
		                 ->status;
	CU_ASSERT_EQUAL(status, 429);
}

/* Good certificates that name nobody have one small share together, and are
 * refused in any case. */
static void
test_strangers(void)
{
	unsigned long before = metric("\nanchord_front_quota_exceeded_total ");
	AUTO(raw_free) struct raw *c = raw_open(rig->stranger, rig->port, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	for (unsigned i = 0; i < 2 * BURST + 5; i++)
		CU_ASSERT_EQUAL(raw_get(c, "/v1/keys"), 403);
	CU_ASSERT_STRING_EQUAL(raw_problem(c), "client-unknown");
	CU_ASSERT(metric("\nanchord_front_quota_exceeded_total ") > before);
}

#define ROUND 200 /* requests of a flood that are sent together */

/* So many rounds of requests, beside which another client is served. */
static void
flood(unsigned rounds)
{
	AUTO(h2_free) struct h2 *h = h2_open(rig->poor, rig->port);
	AUTO(raw_free) struct raw *good = raw_open(rig->backend, rig->port, 0);
	size_t last = 0;

	CU_ASSERT_FATAL(h && good);
	for (unsigned round = 0; round < rounds; round++) {
		for (unsigned i = 0; i < ROUND; i++)
			last = h2_submit(
			        h, &(struct h2_request){ .path = "/v1/keys" });
		CU_ASSERT(h2_flush(h));
		CU_ASSERT_EQUAL(raw_get(good, "/healthz"), 200);
		CU_ASSERT_EQUAL(h2_wait(h, last)->status, 429);
	}
}

/* What comes behind the refusals is not read: a flood takes the front's time only
 * so often between two sweeps, and others are served meanwhile. */
static void
test_flood(void)
{
	uint64_t before = clock_mono_ms();

	flood(10);
	/* 2,000 refusals, at most 456 of them from one sweep to the next */
	CU_ASSERT(clock_mono_ms() - before > 750);
}

/* Of all that the poor client was refused the log has some lines, and the
 * number of the others. */
static void
test_log(void)
{
	unsigned lines = 0;
	unsigned long more = 0;

	flood(6);
	unsigned long refused = metric("\nanchord_front_quota_exceeded_total ");
	CU_ASSERT(refused > 1000);
	CU_ASSERT(front_rig_end(rig)); /* so that all is written */
	rig = NULL;
	FILE *f = fopen(log_path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	char line[4096];
	while (fgets(line, sizeof(line), f)) {
		const char *counted = strstr(line, "event=request more=");

		lines += strstr(line, " status=429 ") != NULL;
		if (counted)
			more += strtoul(counted + 19, NULL, 10);
	}
	(void)fclose(f);
	CU_ASSERT(lines > 0);
	CU_ASSERT(lines < refused / 4);
	CU_ASSERT(more > refused / 2);
}

static void
test_end(void)
{
	(void)unlink(log_path);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "every request costs one, whatever it asks", test_all_paid },
	{ "heads that cannot be read cost one", test_malformed_heads },
	{ "a request that is reset has been paid for", test_reset_is_paid },
	{ "certificates that name nobody", test_strangers },
	{ "a flood waits to be read", test_flood },
	{ "the log has some lines and a number", test_log },
	{ "(ends)", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("front_quota", tests)
