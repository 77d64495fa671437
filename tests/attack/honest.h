/*
 * honest.h - the well-behaved client: asks, reads its answer, asks again, and
 * keeps the time that each took.
 */
#ifndef HONEST_H
#define HONEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/attack/attack.h"

#define HONEST_MAX 16384

/* What the front answers by itself, and what it must ask the key holder about. */
enum honest_kind { HONEST_FRONT, HONEST_KEYHOLDER, HONEST_KINDS };

struct honest {
	volatile bool
	        enough; /* set by whoever reads this: the attack is over */
	size_t n;       /* answered as always */
	size_t failed;  /* otherwise, or not at all */
	struct {
		size_t n;
		uint32_t us[HONEST_MAX];
	} kinds[HONEST_KINDS];
};

/* Until the stage is over and it is enough; at least once. */
void honest_run(const struct stage *s, struct honest *out);

/* The hundredth part of the answers took longer; of one kind, which is sorted. */
uint32_t honest_p99(const struct honest *h);
uint32_t honest_p99_of(struct honest *h, enum honest_kind kind);

#endif
