/*
 * bench_flat.c - what memory does in the long run: of the front and the key
 * holder over ten million challenges, of the key holder over a million
 * signatures.
 */
#include <stdio.h>

#include "tests/bench/bench.h"

#define CHALLENGES 10000000ull
#define SIGNATURES 1000000ull
#define STEP_MS 5000
#define SMALL_BATCH 2 /* the least there is: a signature for two challenges */

/* Resident kilobytes, the first time and the most and least since. */
struct watch {
	const char *role;
	unsigned long first, least, most;
};

static void
look(const struct service *s, struct watch *w)
{
	unsigned long kb = bench_field_kb(service_pid(s, w->role), "Rss:");

	if (w->first == 0)
		w->first = w->least = w->most = kb;
	w->least = kb < w->least ? kb : w->least;
	w->most = kb > w->most ? kb : w->most;
}

static void
tell(const struct watch *w)
{
	printf("  RSS of the %s: %lu kB when both loads have run, then %lu to "
	       "%lu\n",
	       w->role, w->first, w->least, w->most);
}

/* Runs step after step, two plans by turns, until that many are made. */
static void
watch(struct service *s, const struct load_plan plans[2],
      const unsigned each[2], unsigned long long until)
{
	struct watch front = { .role = "front" };
	struct watch holder = { .role = "keyholder" };
	unsigned long long made = 0;

	for (unsigned step = 0; made < until; step++) {
		unsigned i = step % 2;
		uint64_t rate = bench_measure("for long", plans[i], each[i]);
		if (rate == 0)
			return;
		made += rate * plans[i].for_ms / 1000;
		if (step == 0)
			continue; /* each plan needs what it needs, once */
		look(s, &front);
		look(s, &holder);
	}
	printf("  %llu.%02llu million challenges\n", made / 1000000,
	       made % 1000000 / 10000);
	tell(&front);
	tell(&holder);
	fflush(stdout);
}

void
bench_flat(struct service *s, struct load_plan one, struct load_plan array,
           unsigned each)
{
	one.for_ms = array.for_ms = STEP_MS;
	watch(s, (struct load_plan[]){ one, array }, (unsigned[]){ 1, each },
	      CHALLENGES);

	printf("\n  a signature for at most %d challenges:\n", SMALL_BATCH);
	if (service_edit(s, "challenge: { ", "challenge: { batch = 2; ") !=
	            OK ||
	    !bench_restart())
		return;
	watch(s, (struct load_plan[]){ one, one }, (unsigned[]){ 1, 1 },
	      SMALL_BATCH * SIGNATURES);
	if (service_edit(s, "challenge: { batch = 2; ", "challenge: { ") != OK)
		printf("the configuration is not as it was\n");
}
