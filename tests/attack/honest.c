/*
 * honest.c - see honest.h.
 */
#include "tests/attack/honest.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/common/base/raw_client.h"

#define PAUSE_US 500 /* between an answer and the next request */

static uint64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static bool
ask(struct raw *c, enum honest_kind kind)
{
	if (kind == HONEST_FRONT)
		return raw_get(c, "/v1/keys") == 200;
	return raw_post(c, "/v1/challenges", RIG_BODY) == 201;
}

void
honest_run(const struct stage *s, struct honest *out)
{
	const struct front_rig *rig = s->rig;
	struct raw *c = NULL;

	for (size_t turn = 0;
	     turn < HONEST_KINDS || !stage_over(s) || !out->enough; turn++) {
		if (!c)
			c = raw_open(rig->backend, rig->port, "http/1.1");
		enum honest_kind kind = turn % HONEST_KINDS;
		uint64_t before = now_us();
		if (!c || !ask(c, kind)) {
			out->failed++;
			raw_free(c);
			c = NULL;
		} else if (out->kinds[kind].n < HONEST_MAX) {
			out->n++;
			out->kinds[kind].us[out->kinds[kind].n++] =
			        (uint32_t)(now_us() - before);
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

/* Sorts. */
static uint32_t
p99(uint32_t *us, size_t n)
{
	if (n == 0)
		return UINT32_MAX;
	qsort(us, n, sizeof(*us), by_size);
	return us[n - 1 - n / 100];
}

uint32_t
honest_p99_of(struct honest *h, enum honest_kind kind)
{
	return p99(h->kinds[kind].us, h->kinds[kind].n);
}

uint32_t
honest_p99(const struct honest *h)
{
	static uint32_t all[HONEST_KINDS * HONEST_MAX];
	size_t n = 0;

	for (size_t k = 0; k < HONEST_KINDS; k++) {
		memcpy(all + n, h->kinds[k].us, h->kinds[k].n * sizeof(all[0]));
		n += h->kinds[k].n;
	}
	return p99(all, n);
}
