/*
 * honest.c - see honest.h.
 */
#include "honest.h"

#include <stdlib.h>
#include <time.h>

#include "../common/raw_client.h"

#define PAUSE_US 500 /* between an answer and the next request */

static uint64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Both a request that the front answers by itself and one that it must ask
 * about. */
static bool
ask(struct raw *c, size_t turn)
{
	if (turn % 2 == 0)
		return raw_get(c, "/v1/keys") == 200;
	return raw_post(c, "/v1/challenges", RIG_BODY) == 201;
}

void
honest_run(const struct stage *s, struct honest *out)
{
	const struct front_rig *rig = s->rig;
	struct raw *c = NULL;

	for (size_t turn = 0; turn < 2 || !stage_over(s); turn++) {
		if (!c)
			c = raw_open(rig->backend, rig->port, "http/1.1");
		uint64_t before = now_us();
		if (!c || !ask(c, turn)) {
			out->failed++;
			raw_free(c);
			c = NULL;
		} else if (out->n < HONEST_MAX) {
			out->us[out->n++] = (uint32_t)(now_us() - before);
		}
		(void)nanosleep(
		        &(struct timespec){ .tv_nsec = PAUSE_US * 1000 }, NULL);
	}
	raw_free(c);
}

static int
by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

uint32_t
honest_p99(struct honest *h)
{
	if (h->n == 0)
		return UINT32_MAX;
	qsort(h->us, h->n, sizeof(h->us[0]), by_size);
	return h->us[h->n - 1 - h->n / 100];
}
