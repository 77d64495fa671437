/*
 * batch_delay.h - how long a batch waits for company.
 *
 * A signature costs the same for one challenge as for a thousand.  While
 * challenges keep coming, a batch is held back for a moment so that they share
 * one, if the configuration says so; a service that is idle answers at once, and so it does when waiting
 * brings nobody, as with a client that asks again only when it was answered.
 * Time is an argument, in microseconds.
 */
#ifndef KEYHOLDER_BATCH_DELAY_H
#define KEYHOLDER_BATCH_DELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH_DELAY_ENOUGH 256 /* challenges: what more would save is little */
#define BATCH_DELAY_MISSES 2 /* waits for nobody, after which we stop waiting */
#define BATCH_DELAY_PROBE 64 /* batches, after which it is tried again */

struct batch_delay {
	uint64_t hold_us; /* a batch waits no longer than that; 0: never */
	uint64_t came_at; /* the last arrival */
	uint64_t gap_us;  /* between arrivals, smoothed */
	bool holds;
	uint64_t held_at;
	size_t held; /* challenges that the batch had then */
	unsigned misses, passed;
};

/* Some arrived, in one wake-up. */
void batch_delay_came(struct batch_delay *p, uint64_t now_us);

/* For a batch of n that could be sent: how long it should wait before it asks
 * again; 0: it should go. */
uint64_t batch_delay_wait(struct batch_delay *p, size_t n, uint64_t now_us);

#endif
