/*
 * honest.h - the well-behaved client: asks, reads its answer, asks again, and
 * keeps the time that each took.
 */
#ifndef HONEST_H
#define HONEST_H

#include <stddef.h>
#include <stdint.h>

#include "attack.h"

#define HONEST_MAX 16384

struct honest {
	size_t n;      /* answered as always */
	size_t failed; /* otherwise, or not at all */
	uint32_t us[HONEST_MAX];
};

/* Until the stage is over; at least once. */
void honest_run(const struct stage *s, struct honest *out);

/* Sorts; the hundredth part of the answers took longer. */
uint32_t honest_p99(struct honest *h);

#endif
