/*
 * bench_results.c - what results cost as JWTs, which the token signs one by one,
 * and in CBOR, where one signature covers all that wait; and the latter with a
 * token as slow as a TPM.
 *
 * The evidence is made before, on the fast token: a challenge outlives the key
 * holder that made it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "anchord/claims.h"
#include "tests/bench/bench.h"

#define EACH 20000u /* attestations of one row */
#define CONNECTIONS \
	20 /* 4,800 in progress: 12,000 a second in two signatures */
#define STREAMS 240
#define FOR_MS 10000
#define KEYHOLDER 3 /* in bench_roles */

enum { JWT, CWT, CWT_SLOW, ROWS };

static struct bytes bodies[ROWS][EACH];

static struct load_plan
results_plan(unsigned row, size_t n)
{
	return (struct load_plan){
		.h2 = true,
		.connections = CONNECTIONS,
		.streams = STREAMS,
		.path = "/v1/attestations",
		.accept = row == JWT ? NULL : ANCHORD_RESULT_CWT_MEDIA,
		.bodies = bodies[row],
		.n_bodies = n,
		.for_ms = FOR_MS,
	};
}

static void
compare_percent(const char *what, uint64_t part, uint64_t whole)
{
	if (part && whole)
		printf("  %s: %llu %%\n", what,
		       (unsigned long long)(part * 100 / whole));
}

void
bench_results(struct service *s, struct client *c)
{
	uint64_t jwt_ns[BENCH_ROLES] = { 0 }, cwt_ns[BENCH_ROLES] = { 0 };
	size_t n[ROWS];

	printf("\n");
	for (unsigned row = 0; row < ROWS; row++)
		n[row] = bench_evidences(c, bodies[row], EACH);
	bench_measure_cpu("attestations, JWT", results_plan(JWT, n[JWT]), 1,
	                  jwt_ns);
	uint64_t fast = bench_measure_cpu("attestations, CBOR",
	                                  results_plan(CWT, n[CWT]), 1, cwt_ns);
	compare_percent("key holder's time to that of a JWT", cwt_ns[KEYHOLDER],
	                jwt_ns[KEYHOLDER]);
	if (service_shim(s, BENCH_SLOW_RULE) == OK && bench_restart())
		compare_percent(
		        "to the same load on the fast token",
		        bench_measure("attestations, CBOR, 5 "
		                      "signatures/s",
		                      results_plan(CWT_SLOW, n[CWT_SLOW]), 1),
		        fast);
	else
		printf("results, token of 5 a second: not measured\n");
	for (unsigned row = 0; row < ROWS; row++)
		for (size_t i = 0; i < n[row]; i++)
			free((void *)(uintptr_t)bodies[row][i].data);
}
