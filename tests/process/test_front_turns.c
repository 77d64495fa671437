/*
 * test_front_turns.c - rows in a front that a client can make long: questions to
 * other processes, frames that wait to go out, streams that are refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#include "front/limits.h"

#include "tests/common/base/frames.h"
#include "tests/common/base/frames_in.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

static void
test_start(void)
{
	begin_front("limits: { array=4096; body_challenge=1048576; };\n");
}

/* Until so many questions are under way, by a connection that stays. */
static bool
wait_pending(struct raw *monitor, unsigned long wanted)
{
	static const char line[] = "\nanchord_front_pending ";
	uint64_t until = clock_mono_ms() + 10000;

	while (clock_mono_ms() < until) {
		const char *at = raw_get(monitor, "/metrics") == 200
		                         ? strstr(raw_body(monitor), line)
		                         : NULL;

		if (at && strtoul(at + strlen(line), NULL, 10) >= wanted)
			return true;
		(void)nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	return false;
}

#define ARRAY 4096

/* --- other processes ------------------------------------------------------------- */

#define FIRST_MOST 6000 /* questions in an edge's queue and the sockets */

/* The key holder reads nothing while a client asks for very much; then another asks
 * for one challenge.  It is not behind all of that. */
static void
test_by_turns(void)
{
	enum { ARRAYS = 3 };
	AUTO(buf_release) struct buf words = buf_of(8u << 20);
	AUTO(buf_release) struct buf array = buf_of(1u << 20);
	AUTO(raw_free) struct raw *m = raw_open(rig->monitor, rig->port, 0);
	AUTO(raw_free)
	struct raw *much = raw_open(rig->hostile, rig->port, "h2");
	AUTO(raw_free) struct raw *one = raw_open(rig->backend, rig->port, 0);
	struct wire_challenge_make asked;
	struct bytes packet;
	unsigned before = 0;

	CU_ASSERT_FATAL(m && much && one);
	frames_hello(&words, 0, true);
	put_challenges(&array, ARRAY);
	for (uint32_t i = 0; i < ARRAYS; i++) {
		frames_post(&words, 2 * i + 1, "/v1/challenges");
		frames_data(&words, 2 * i + 1, buf_bytes(&array), true);
	}
	CU_ASSERT(raw_send(much, buf_bytes(&words)));
	CU_ASSERT(wait_pending(m, ARRAYS * ARRAY));
	CU_ASSERT(raw_send_post(one, "/v1/challenges", RIG_BODY));
	CU_ASSERT(wait_pending(m, ARRAYS * ARRAY + 1));
	do {
		CU_ASSERT_FATAL(peer_receive_id(
		        rig->keyholder, WIRE_ID_CHALLENGE_MAKE, 1000, &packet));
		CU_ASSERT_EQUAL_FATAL(wire_get_challenge_make(packet, &asked),
		                      OK);
		before++;
	} while (!bytes_equal_str(asked.tenant, "backend-a"));
	CU_ASSERT(before < FIRST_MOST);
	while (before < ARRAYS * ARRAY + 1 &&
	       peer_receive_id(rig->keyholder, WIRE_ID_CHALLENGE_MAKE, 1000,
	                       &packet))
		before++;
	CU_ASSERT_EQUAL(before, ARRAYS * ARRAY + 1);
}

/* --- frames ---------------------------------------------------------------------- */

static struct raw *
open_h2(struct buf *words, bool acknowledge)
{
	struct raw *c = raw_open(rig->backend, rig->port, "h2");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	frames_hello(words, 65535, acknowledge);
	return c;
}

/* How many frames of that type come until the connection ends, or until there are
 * so many. */
static unsigned
count_frames(struct raw *c, enum frame_type type, uint8_t flags,
             unsigned enough, bool *ret_ended)
{
	AUTO(frames_in_release) struct frames_in in = { .c = c };
	struct frame f;
	unsigned n = 0;

	while (n < enough && frames_next(&in, &f))
		n += f.type == type && (f.flags & flags) == flags;
	*ret_ended = in.ended;
	return n;
}

static void
put_pings(struct buf *words, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		frames_put(words, &(struct frame){
		                          .type = FRAME_PING,
		                          .payload = bytes_of("12345678", 8) });
}

/* Answers to frames wait beside each other until a turn is over: some hundreds of
 * them, whatever comes at once. */
static void
test_queue(void)
{
	static const struct {
		unsigned pings;
		bool ended;
	} rows[] = { { LIMIT_QUEUE / 2, false }, { LIMIT_QUEUE + 100, true } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf words = buf_of(65536);
		AUTO(raw_free) struct raw *c = open_h2(&words, true);
		bool ended = false;

		put_pings(&words, rows[i].pings);
		CU_ASSERT_FATAL(words.len < 16384); /* one record, one turn */
		CU_ASSERT(raw_send(c, buf_bytes(&words)));
		unsigned n = count_frames(c, FRAME_PING, FRAME_ACK,
		                          rows[i].pings, &ended);
		CU_ASSERT_EQUAL(ended, rows[i].ended);
		CU_ASSERT(rows[i].ended ? n == 0 : n == rows[i].pings);
	}
}

/* Streams beyond a ceiling that the client has not acknowledged: each is refused by
 * a frame, and the connection ends after so many, before it would for its
 * SETTINGS. */
static void
test_refused_streams(void)
{
	AUTO(buf_release) struct buf words = buf_of(1u << 20);
	AUTO(raw_free) struct raw *c = open_h2(&words, false);
	uint64_t before = clock_mono_ms();
	uint32_t stream = 1;
	bool ended = false;

	for (unsigned i = 0; i < LIMIT_STREAMS; i++, stream += 2)
		frames_post(&words, stream, "/v1/challenges");
	for (unsigned i = 0; i < 2 * LIMIT_RESETS; i++, stream += 2)
		frames_get(&words, stream, "/");
	(void)raw_send(c, buf_bytes(&words));
	unsigned n =
	        count_frames(c, FRAME_RST_STREAM, 0, 2 * LIMIT_RESETS, &ended);
	CU_ASSERT(ended);
	CU_ASSERT(n <= LIMIT_RESETS);
	CU_ASSERT(clock_mono_ms() - before <
	          harness_promised_ms(LIMIT_SETTINGS_MS));
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "who asks for much waits for himself", test_by_turns },
	{ "frames that wait to go out", test_queue },
	{ "streams that are refused", test_refused_streams },
	{ "(ends)", end_front },
	{ NULL, NULL },
};

HARNESS_MAIN("front_turns", tests)
