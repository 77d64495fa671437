/*
 * quiet.c - clients that cost something and ask nothing: frames without a
 * request, and connections by the thousand.
 */
#include <stdio.h>
#include <time.h>

#include "tests/attack/attack.h"
#include "tests/attack/crowd.h"
#include "tests/common/base/frames.h"
#include "tests/attack/hostile.h"

#define FRAMES 8000
#define REFUSED_MS 5000
#define IDLE_FULL 5000 /* of each process */
#define IDLE 50
#define IDLE_S 3 /* for which the whole crowd is there */

static const struct frame idle_frames[] = {
	{ FRAME_PING, 0, 0, { (const uint8_t *)"12345678", 8 } },
	{ FRAME_PING, FRAME_ACK, 0, { (const uint8_t *)"12345678", 8 } },
	{ FRAME_SETTINGS, 0, 0, { NULL, 0 } },
	{ FRAME_PRIORITY, 0, 1, { (const uint8_t *)"\0\0\0\0\1", 5 } },
	{ FRAME_WINDOW_UPDATE, 0, 0, { (const uint8_t *)"\0\0\0\1", 4 } },
	{ FRAME_DATA, 0, 1, { NULL, 0 } },
};

/* A stream that is open, then as many as no request needs. */
static bool
is_refused(const struct stage *s, const struct frame *f)
{
	AUTO(buf_release) struct buf words = buf_of(1u << 20);
	AUTO(raw_free)
	struct raw *c = raw_open(s->rig->hostile, s->rig->port, "h2");

	frames_hello(&words, 65535, true);
	frames_post(&words, 1, "/v1/challenges");
	for (unsigned i = 0; i < FRAMES; i++)
		frames_put(&words, f);
	return c && (!raw_send(c, buf_bytes(&words)) ||
	             hostile_refused(c, REFUSED_MS));
}

bool
attack_frames(const struct stage *s)
{
	do {
		for (size_t i = 0; i < ARRAY_LEN(idle_frames); i++)
			if (!is_refused(s, &idle_frames[i])) {
				printf("  taken: frames of row %zu\n", i);
				return false;
			}
	} while (!stage_over(s));
	return true;
}

/* They are let in, and stay for their time. */
bool
attack_idle(const struct stage *s)
{
	static struct crowd crowd;
	size_t n = s->full ? IDLE_FULL : IDLE;
	bool good = crowd_open(&crowd, s, s->which == 0 ? "h2" : "http/1.1", n);

	(void)nanosleep(&(struct timespec){ .tv_sec = s->full ? IDLE_S : 0 },
	                NULL);
	crowd_free(&crowd);
	return good;
}
