/*
 * random.c - checks the device's random number generator for gross failures.
 *
 * No test can tell good random numbers from bad ones.  These three tests find a
 * generator that is stuck, that repeats itself, or whose bits are heavily
 * biased.
 */
#include <string.h>

#include "hsm/audit/int.h"

#define DRAWS 64
#define DRAW_SIZE 32 /* bytes, as the service takes them */

/* The accepted number of ones among DRAWS * DRAW_SIZE * 8 = 16,384 bits.  With
 * unbiased bits the mean is 8,192 and the standard deviation 64; a difference
 * of six standard deviations occurs in one of 500 million audits. */
#define ONES_MEAN 8192
#define ONES_SLACK 384

static bool
all_alike(const uint8_t draw[static DRAW_SIZE])
{
	return memcmp(draw, draw + 1, DRAW_SIZE - 1) == 0;
}

static int
count_one_bits(const uint8_t *bytes, size_t n)
{
	int count = 0;

	for (size_t i = 0; i < n; i++)
		count += __builtin_popcount(bytes[i]);
	return count;
}

static void
judge_random_draws(const struct audit_ops *ops,
                   uint8_t draws[static DRAWS][DRAW_SIZE])
{
	int count = count_one_bits(draws[0], (size_t)DRAWS * DRAW_SIZE);

	for (size_t i = 0; i < DRAWS; i++)
		if (all_alike(draws[i])) {
			hsm_audit_found(ops, AUDIT_RANDOM_STUCK, NULL,
			                "draw %zu", i);
			return;
		}
	for (size_t i = 1; i < DRAWS; i++)
		for (size_t k = 0; k < i; k++)
			if (memcmp(draws[i], draws[k], DRAW_SIZE) == 0) {
				hsm_audit_found(ops, AUDIT_RANDOM_REPEATS, NULL,
				                "draws %zu and %zu", k, i);
				return;
			}
	if (count < ONES_MEAN - ONES_SLACK || count > ONES_MEAN + ONES_SLACK)
		hsm_audit_found(ops, AUDIT_RANDOM_BIASED, NULL,
		                "%d ones among %d bits", count, 2 * ONES_MEAN);
}

err_t
hsm_audit_random(const struct audit_ops *ops, const struct hsm_backend *backend,
                 void *own)
{
	/* Zeros, so that a call that writes nothing is reported as stuck. */
	uint8_t draws[DRAWS][DRAW_SIZE] = { { 0 } };

	for (size_t i = 0; i < DRAWS; i++) {
		err_t err = backend->random(own, draws[i], DRAW_SIZE);

		if (err == E_DENIED || err == E_LATCHED) {
			hsm_audit_found(ops, AUDIT_RANDOM_MISSING, NULL, "%s",
			                backend->why(own));
			return OK;
		}
		TRY(err);
	}
	judge_random_draws(ops, draws);
	return OK;
}
