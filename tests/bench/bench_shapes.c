/*
 * bench_shapes.c - challenges under other conditions: by the rate asked for,
 * beside a constant answer, by two fronts, with a token as slow as a TPM.
 */
#include <stdio.h>

#include "tests/bench/bench.h"
#include "tests/bench/stand_in.h"

#define SHAPE_MS 3000
#define SLOW_STREAMS 240
#define SLOW_CONNECTIONS \
	280 /* what one front can answer in time, and some air */
#define HOLD "challenge: { hold_us = 2000; "
#define FRONTS "process: { fronts = 2; "
#define SLOW_MS 200
#define SLOW_GOAL 100000ull /* challenges a second */

static void
at_rate(struct load_plan plan, unsigned rate, const char *how)
{
	char what[40];

	snprintf(what, sizeof(what), "challenges, %u asked%s", rate, how);
	plan.rate = rate;
	bench_measure(what, plan, 1);
}

static bool
with_fronts(struct service *s, bool two)
{
	err_t err = two ? service_edit(s, "process: { ", FRONTS)
	                : service_edit(s, FRONTS, "process: { ");

	return err == OK && bench_restart();
}

/* HTTP, TLS and our own bookkeeping are the same; the answer is a constant. */
static void
constant(struct load_plan plan, uint64_t challenges)
{
	const struct bytes none = { 0 };

	plan.method = "GET";
	plan.path = "/healthz";
	plan.bodies = &none;
	uint64_t rate = bench_measure("GET /healthz", plan, 1);
	if (rate && challenges)
		printf("  challenges to these: %llu %%\n",
		       (unsigned long long)(challenges * 100 / rate));
}

/* The same requests and answers as long as theirs, but one constant for all:
 * what the token, the tree and the key holder cost is gone, the front's work is
 * left. */
static void
constant_challenge(struct service *s, struct load_plan plan,
                   uint64_t challenges)
{
	uint64_t rate = 0;

	if (stand_in_install(s) == OK && bench_restart())
		rate = bench_measure("a constant for a challenge", plan, 1);
	if (rate && challenges)
		printf("  challenges to these: %llu %%\n",
		       (unsigned long long)(challenges * 100 / rate));
	stand_in_remove(s);
}

/* With so many under way, by two clients: one alone may not have so many
 * in a front. */
static void
under_way(struct service *s, struct load_plan *plan, uint64_t n)
{
	plan->other = s->backend_b;
	plan->streams = SLOW_STREAMS;
	plan->connections = (unsigned)(n / SLOW_STREAMS);
	if (plan->connections > SLOW_CONNECTIONS)
		plan->connections = SLOW_CONNECTIONS;
	plan->warm_ms = SHAPE_MS;
	plan->for_ms = 2 * SHAPE_MS;
}

static void
compare(uint64_t rate, uint64_t with, const char *what)
{
	if (rate && with)
		printf("  to %s: %llu %%\n", what,
		       (unsigned long long)(rate * 100 / with));
}

/* Whoever asks is answered by the second signature that begins after that, when
 * he asks as soon as the last answer came: more than all that is under way in two
 * signatures' time is not to be had, on no machine. */
static void
slow_row(const char *what, const struct load_plan *plan, uint64_t fast,
         uint64_t challenges)
{
	uint64_t n = (uint64_t)plan->connections * plan->streams;
	uint64_t rate = bench_measure(what, *plan, 1);

	compare(rate, n * 1000 / (2 * SLOW_MS), "all that so many may have");
	compare(rate, fast, "the same load on the fast token");
	compare(rate, challenges, "the most of a fast token, 8 x 100");
}

/* As many under way as come during two signatures, since one is made and for
 * the next is gathered: at the rate that is this service's goal, and at full
 * speed.  The same load on a fast token tells what the load itself costs. */
static bool
slow_and_fast(struct service *s, struct load_plan plan, uint64_t challenges)
{
	struct load_plan goal = plan, most = plan;

	under_way(s, &goal, SLOW_GOAL * 2 * SLOW_MS / 1000);
	under_way(s, &most, challenges * 2 * SLOW_MS / 1000);
	uint64_t fast = bench_measure("challenges, fast token", goal, 1);
	uint64_t fast_most = bench_measure("challenges, fast token", most, 1);
	if (!with_fronts(s, true))
		return false;
	uint64_t fast_two = bench_measure("the same, two fronts", most, 1);
	if (service_shim(s, BENCH_SLOW_RULE) != OK || !with_fronts(s, false))
		return false;
	slow_row("challenges, 5 signatures/s", &goal, fast, challenges);
	slow_row("challenges, 5 signatures/s", &most, fast_most, challenges);
	if (!with_fronts(s, true))
		return false;
	slow_row("the same, two fronts", &most, fast_two, challenges);
	return with_fronts(s, false);
}

void
bench_slow(struct service *s, struct load_plan plan, uint64_t challenges)
{
	printf("\n");
	if (challenges == 0 || !bench_restart() ||
	    !slow_and_fast(s, plan, challenges))
		printf("challenges, token of 5 a second: not measured\n");
}

/* The same with batches that wait for company. */
static void
held_back(struct service *s, struct load_plan plan)
{
	if (service_edit(s, "challenge: { ", HOLD) != OK || !bench_restart())
		return;
	at_rate(plan, 1000, ", held");
	at_rate(plan, 10000, ", held");
	at_rate(plan, 50000, ", held");
	if (service_edit(s, HOLD, "challenge: { ") != OK || !bench_restart())
		printf("the configuration is not as it was\n");
}

void
bench_shapes(struct service *s, struct load_plan plan, uint64_t challenges)
{
	printf("\n");
	plan.for_ms = SHAPE_MS;
	at_rate(plan, 1000, "");
	at_rate(plan, 10000, "");
	at_rate(plan, 50000, "");
	at_rate(plan, 100000, "");
	constant(plan, challenges);
	constant_challenge(s, plan, challenges);
	held_back(s, plan);
	if (with_fronts(s, true))
		bench_measure("challenges, two fronts", plan, 1);
	if (!with_fronts(s, false))
		printf("the configuration is not as it was\n");
}
