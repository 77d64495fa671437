/*
 * test_front_flow.c - what clients can make a front keep: answers that nobody
 * takes, by both protocols; streams.  Each ceiling is reached by itself, below the
 * others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/clock.h"

#include "front/limits.h"

#include "tests/common/base/frames.h"
#include "tests/common/base/frames_in.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

static void
test_start(void)
{
	begin_front("listen: { connections_client=200; connections=400; };\n"
	            "limits: { array=4096; body_challenge=1048576; };\n");
}

static void
nap(void)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

/* The metric of that line, by a connection that stays. */
static unsigned long
metric(struct raw *monitor, const char *line)
{
	const char *at = raw_get(monitor, "/metrics") == 200
	                         ? strstr(raw_body(monitor), line)
	                         : NULL;

	return at ? strtoul(at + strlen(line), NULL, 10) : 0;
}

#define OPENAPI_DONE                                               \
	"\nanchord_front_requests_total{route=\"openapi\",status=" \
	"\"200\"} "
#define KEPT_REFUSED "\nanchord_front_kept_refused_total "
#define CHALLENGES "\nanchord_front_challenges_total "

static struct raw *
open_monitor(void)
{
	struct raw *m = raw_open(rig->monitor, rig->port, "http/1.1");

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	return m;
}

/* Until the metric is that, or for that long. */
static bool
wait_metric(struct raw *monitor, const char *line, unsigned long wanted,
            unsigned ms)
{
	uint64_t until = clock_mono_ms() + ms;

	while (metric(monitor, line) < wanted) {
		if (clock_mono_ms() >= until)
			return false;
		nap();
	}
	return true;
}

/* --- HTTP/1.1 ----------------------------------------------------------------- */

#define UNREAD_MOST ((size_t)16 << 20) /* two sockets' buffers, and some */

/* One answer after the other, and none is read: when no more goes into the
 * sockets the next request is not looked at.  It costs nothing that way, so the
 * connection is not ended for it (in a test of ten seconds); and whoever reads
 * at last has all of them, and is served on. */
static void
test_unread(void)
{
	static const char ask[] = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n"
	                          "\r\n";
	AUTO(raw_free) struct raw *m = open_monitor();
	AUTO(raw_free) struct raw *c = raw_open(rig->backend, rig->port, 0);
	unsigned long before = metric(m, OPENAPI_DONE);
	unsigned long ended = metric(m, KEPT_REFUSED);
	size_t asked = 0, size;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL_FATAL(raw_ask(c, ask), 200);
	size = strlen(raw_head(c)) + strlen(raw_body(c));
	do {
		CU_ASSERT(raw_send(c, bytes_of_str(ask)));
		asked++;
	} while (asked * size < 3 * UNREAD_MOST &&
	         wait_metric(m, OPENAPI_DONE, before + 1 + asked, 1000));

	CU_ASSERT(asked * size < UNREAD_MOST);
	CU_ASSERT_EQUAL(metric(m, KEPT_REFUSED), ended);
	for (size_t i = 0; i < asked; i++)
		CU_ASSERT_EQUAL(raw_receive(c), 200);
	CU_ASSERT_EQUAL(raw_get(c, "/healthz"), 200);
}

/* --- ceilings of what is kept --------------------------------------------------- */

/* A client that opens no window: all that it is answered waits in the front. */
static struct raw *
open_windowless(const struct client_identity *id)
{
	AUTO(buf_release) struct buf words = buf_of(4096);
	struct raw *c = raw_open(id, rig->port, "h2");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	frames_hello(&words, 0, true);
	CU_ASSERT(raw_send(c, buf_bytes(&words)));
	return c;
}

#define ARRAY 4096

/* An array of challenges on that stream, until its answer waits.  False: the
 * connection was ended. */
static bool
ask_array(struct raw *c, struct raw *m, uint32_t stream, struct bytes array)
{
	AUTO(buf_release) struct buf words = buf_of(1u << 20);
	unsigned long wanted = metric(m, CHALLENGES) + ARRAY;

	frames_post(&words, stream, "/v1/challenges");
	frames_data(&words, stream, array, true);
	if (!raw_send(c, buf_bytes(&words)))
		return false;
	for (unsigned i = 0; i < 1000 && metric(m, CHALLENGES) < wanted; i++)
		front_rig_serve(rig, 5);
	return metric(m, CHALLENGES) >= wanted;
}

/* A challenge of RIG_TOKEN bytes in an answer: base64, times, names. */
#define CHALLENGE_BYTES (RIG_TOKEN / 3 * 4)

/* One connection: it alone is above its ceiling, its client is below. */
static void
test_connection_ceiling(void)
{
	size_t least = (size_t)ARRAY * CHALLENGE_BYTES;
	AUTO(buf_release) struct buf array = buf_of(1u << 20);
	AUTO(raw_free) struct raw *m = open_monitor();
	AUTO(raw_free) struct raw *c = open_windowless(rig->backend);
	unsigned long ended = metric(m, KEPT_REFUSED);
	unsigned n = 0;

	put_challenges(&array, ARRAY);
	while (n * least < LIMIT_KEPT_CONNECTION &&
	       metric(m, KEPT_REFUSED) == ended &&
	       ask_array(c, m, 2 * n + 1, buf_bytes(&array)))
		n++;
	CU_ASSERT_EQUAL(metric(m, KEPT_REFUSED), ended + 1);
	CU_ASSERT(n * least > LIMIT_KEPT_CONNECTION / 2);
	CU_ASSERT(raw_get(m, "/healthz") == 200);
}

#define STREAMS 256
#define CROWD 16

/* STREAMS answers that wait, on each of n connections of that client; how many
 * were asked for until the metric was above `ended`. */
static size_t
fill(struct raw *m, const struct client_identity *id, struct raw **all,
     size_t n, unsigned long ended)
{
	AUTO(buf_release) struct buf words = buf_of(1u << 20);
	size_t i;

	for (uint32_t k = 0; k < STREAMS; k++)
		frames_get(&words, 2 * k + 1, "/openapi.json");
	for (i = 0; i < n && metric(m, KEPT_REFUSED) == ended; i++) {
		unsigned long done = metric(m, OPENAPI_DONE);

		all[i] = open_windowless(id);
		CU_ASSERT(raw_send(all[i], buf_bytes(&words)));
		for (unsigned k = 0;
		     k < 1000 && metric(m, OPENAPI_DONE) < done + STREAMS &&
		     metric(m, KEPT_REFUSED) == ended;
		     k++)
			nap();
	}
	return i;
}

static void
drop(struct raw **all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		raw_free(all[i]);
		all[i] = NULL;
	}
}

/* Many connections of one client, each far below a connection's ceiling. */
static void
test_client_ceiling(void)
{
	AUTO(raw_free) struct raw *m = open_monitor();
	unsigned long ended = metric(m, KEPT_REFUSED);
	struct raw *all[CROWD] = { 0 };

	CU_ASSERT_EQUAL_FATAL(raw_get(m, "/openapi.json"), 200);
	size_t each = STREAMS * strlen(raw_body(m));
	size_t n = fill(m, rig->backend, all, CROWD, ended);
	CU_ASSERT(metric(m, KEPT_REFUSED) > ended);
	CU_ASSERT(n * each > LIMIT_KEPT_CLIENT / 2);
	/* the last of them came above it */
	CU_ASSERT((n - 1) * each < LIMIT_KEPT_CLIENT);
	drop(all, CROWD);
}

/* Several clients, each below its ceiling, and all of them above the process's:
 * one of the client with most is ended, and the others stay. */
static void
test_process_ceiling(void)
{
	AUTO(raw_free) struct raw *m = open_monitor();
	unsigned long ended = metric(m, KEPT_REFUSED);
	CU_ASSERT_EQUAL_FATAL(raw_get(m, "/openapi.json"), 200);
	size_t answer = strlen(raw_body(m)) + 1000; /* with its head */
	size_t n = LIMIT_KEPT_CLIENT / (STREAMS * (answer + LIMIT_STREAM_COST));
	struct raw *of_a[CROWD] = { 0 }, *of_b[CROWD] = { 0 },
	           *of_c[CROWD] = { 0 };

	CU_ASSERT_FATAL(n <= CROWD && n > 2);
	CU_ASSERT_EQUAL(fill(m, rig->backend, of_a, n, ended), n);
	CU_ASSERT_EQUAL(fill(m, rig->hostile, of_b, n, ended), n);
	CU_ASSERT_EQUAL(metric(m, KEPT_REFUSED), ended);
	(void)fill(m, rig->monitor, of_c, n, ended);
	CU_ASSERT(metric(m, KEPT_REFUSED) > ended);
	CU_ASSERT_EQUAL(raw_get(m, "/healthz"), 200);
	drop(of_a, CROWD);
	drop(of_b, CROWD);
	drop(of_c, CROWD);
}

/* --- and it goes back -------------------------------------------------------------- */

static size_t
front_rss(void)
{
	unsigned long size = 0, resident = 0;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/statm",
	               (int)lifeline_pid(rig->front));
	FILE *f = fopen(path, "r");
	bool good = f && fscanf(f, "%lu %lu", &size, &resident) == 2;
	if (f)
		(void)fclose(f);
	return good ? resident * (size_t)sysconf(_SC_PAGESIZE) : SIZE_MAX;
}

#define BURST 150 /* connections, of STREAMS each */
#define EBB_MS 20000

/* Many small pieces: what streams that are open keep.  When they are gone most of
 * that memory is the system's again. */
static void
test_ebb(void)
{
#ifdef ANCHORD_SAN
	harness_skip("sanitizer builds keep what is freed");
#else
	AUTO(buf_release) struct buf words = buf_of(1u << 20);
	static struct raw *all[BURST];
	size_t before = front_rss(), most, after;
	uint64_t until;

	frames_hello(&words, 65535, true);
	for (uint32_t k = 0; k < STREAMS; k++)
		frames_post(&words, 2 * k + 1, "/v1/challenges");
	for (size_t i = 0; i < BURST; i++) {
		all[i] = raw_open(rig->hostile, rig->port, "h2");
		CU_ASSERT_PTR_NOT_NULL_FATAL(all[i]);
		CU_ASSERT(raw_send(all[i], buf_bytes(&words)));
	}
	AUTO(raw_free) struct raw *m = open_monitor();
	CU_ASSERT_EQUAL(raw_get(m, "/healthz"), 200);
	most = front_rss();
	drop(all, BURST);
	until = clock_mono_ms() + EBB_MS;
	while ((after = front_rss()) >= before + (most - before) / 4 &&
	       clock_mono_ms() < until)
		nap();
	printf("  %zu KiB, %zu KiB, %zu KiB\n", before >> 10, most >> 10,
	       after >> 10);
	CU_ASSERT(most > before + LIMIT_EBB_LEAST);
	CU_ASSERT(after < before + (most - before) / 4);
#endif
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "memory goes back after a burst", test_ebb },
	{ "answers that nobody reads by HTTP/1.1", test_unread },
	{ "a connection's ceiling", test_connection_ceiling },
	{ "a client's ceiling", test_client_ceiling },
	{ "the process's ceiling", test_process_ceiling },
	{ "(ends)", end_front },
	{ NULL, NULL },
};

HARNESS_MAIN("front_flow", tests)
