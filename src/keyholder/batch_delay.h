/*
 * batch_delay.h - how long a batch waits for more challenges.
 *
 * A signature costs the same for one challenge as for a thousand.  If the
 * configuration says so (challenge.most_us), a batch is held back for a moment
 * while challenges keep arriving, so that more of them share a signature.  It
 * is sent at once when the service is idle and when waiting brings no others,
 * as with a client that sends its next request only after the last answer.  The
 * functions do not read the clock; the time is an argument, in microseconds.
 */
#ifndef KEYHOLDER_BATCH_DELAY_H
#define KEYHOLDER_BATCH_DELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH_DELAY_ENOUGH 256 /* challenges: more would save little */
#define BATCH_DELAY_MISSES 2   /* useless waits, after which it stops waiting */
#define BATCH_DELAY_PROBE 64   /* batches, after which it tries to wait again */

struct batch_delay {
	uint64_t most_us; /* longest wait of a batch; 0: none */
	uint64_t came_at; /* the last arrival */
	uint64_t gap_us;  /* between arrivals, smoothed */
	bool waiting;
	uint64_t since_us;
	size_t n_before; /* size of the batch at since_us */
	unsigned misses, passed;
};

/* Challenges arrived in one wake-up. */
void batch_delay_came(struct batch_delay *d, uint64_t now_us);

/* For a batch of n challenges that could be sent: the microseconds to wait
 * before asking again; 0: send it now. */
uint64_t batch_delay_wait(struct batch_delay *d, size_t n, uint64_t now_us);

#endif
