/*
 * bench_shapes.c - challenges under other conditions: by the rate asked for,
 * beside a constant answer, by two fronts, with a token as slow as a TPM.
 */
#include <stdio.h>

#include "bench.h"
#include "stand_in.h"

#define SHAPE_MS 3000
#define SLOW_CONNECTIONS 250
#define SLOW_STREAMS 240
#define HOLD "challenge: { hold_us = 2000; "
#define SLOW_MS 200
#define SLOW_RULE "C_Sign every delay 200" /* five signatures a second */

static void
at_rate(struct load_plan plan, unsigned rate, const char *how)
{
	char what[40];

	snprintf(what, sizeof(what), "challenges, %u asked%s", rate, how);
	plan.rate = rate;
	bench_measure(what, plan, 1);
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

void
bench_slow(struct service *s, struct load_plan plan, uint64_t challenges)
{
	err_t err = service_shim(s, SLOW_RULE);

	if (err != OK || !bench_restart()) {
		printf("challenges, token of 5 a second: %s\n",
		       err == E_NOT_FOUND ? "no shim, skipped" : "no start");
		return;
	}
	/* As many under way as come during two signatures at full speed: one is
	 * made, for the next is gathered.  Two clients: either may have half of
	 * what one front lets all have. */
	plan.other = s->backend_b;
	plan.streams = SLOW_STREAMS;
	plan.connections =
	        (unsigned)(challenges * 2 * SLOW_MS / 1000 / SLOW_STREAMS);
	if (challenges == 0 || plan.connections > SLOW_CONNECTIONS)
		plan.connections = SLOW_CONNECTIONS;
	printf("\n  under way: %u\n", plan.connections * plan.streams);
	plan.warm_ms = SHAPE_MS;
	plan.for_ms = 2 * SHAPE_MS;
	uint64_t rate = bench_measure("challenges, 5 signatures/s", plan, 1);
	if (rate && challenges)
		printf("  to those with the token at full speed: %llu %%\n",
		       (unsigned long long)(rate * 100 / challenges));
	if (service_edit(s, "process: { ", "process: { fronts = 2; ") == OK &&
	    bench_restart())
		bench_measure("the same, two fronts", plan, 1);
	if (service_edit(s, "fronts = 2; ", "") != OK)
		printf("the configuration is not as it was\n");
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
	if (service_edit(s, "process: { ", "process: { fronts = 2; ") == OK &&
	    bench_restart())
		bench_measure("challenges, two fronts", plan, 1);
	if (service_edit(s, "fronts = 2; ", "") != OK)
		printf("the configuration is not as it was\n");
}
