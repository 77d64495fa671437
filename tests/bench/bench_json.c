/*
 * bench_json.c - the body of POST /v1/challenges, read in one pass (json/plain.h)
 * and by jansson's tree: processor time for one order, both in one run.
 *
 * The two take turns of a few milliseconds, so that the machine's other work
 * falls on both; the medians of the turns and of their ratios are printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "front/json/plain.h"

#include "../common/base/ask.h"

#define TURNS 101
#define ORDERS_A_TURN 4096u
#define BODY_MAX (256 * 1024)

static const struct challenge_limits limits = { 120, 600, 256 };

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
body_of(unsigned n, struct buf *out)
{
	const struct ask ask = { .workflow = "metadata",
		                 .handle = "dh1_Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9v",
		                 .bound = true,
		                 .transport = 1,
		                 .request = 2 };

	for (unsigned i = 0; i < n; i++) {
		buf_append_str(out, n == 1 ? "" : i == 0 ? "[" : ",");
		ask_challenge_body(&ask, out);
	}
	buf_append_str(out, n == 1 ? "" : "]");
}

static void
read_once(struct bytes body, bool plain)
{
	AUTO(challenge_orders_release) struct challenge_orders all = { 0 };
	struct json_fault fault;
	bool good = plain ? json_plain_orders(body, &limits, &all)
	                  : json_tree_orders(body, &limits, &all, &fault) == OK;

	if (!good) {
		fprintf(stderr, "bench_json: the body was not read\n");
		exit(1);
	}
}

/* Microseconds for one order. */
static double
turn(struct bytes body, unsigned n, bool plain)
{
	double before = cpu_us();

	for (unsigned done = 0; done < ORDERS_A_TURN; done += n)
		read_once(body, plain);
	return (cpu_us() - before) / ORDERS_A_TURN;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values)
{
	qsort(values, TURNS, sizeof(*values), compare);
	return values[TURNS / 2];
}

static void
run(unsigned n)
{
	AUTO(buf_release) struct buf body = buf_of(BODY_MAX);
	static double plain[TURNS], tree[TURNS], ratio[TURNS];

	body_of(n, &body);
	for (size_t i = 0; i < TURNS; i++) {
		bool first = i % 2;
		double a = turn(buf_bytes(&body), n, first);
		double b = turn(buf_bytes(&body), n, !first);

		plain[i] = first ? a : b;
		tree[i] = first ? b : a;
		ratio[i] = tree[i] / plain[i];
	}
	printf("body of a challenge request, %2u in one%11.2f us in one pass"
	       "%9.2f us by a tree%7.1f times\n",
	       n, median(plain), median(tree), median(ratio));
}

int
main(void)
{
	run(1);
	run(64);
	return 0;
}
