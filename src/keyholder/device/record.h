/*
 * record.h - what the key holder writes down in its directory (token.state),
 * beside the latch.
 *
 *	signs  which key signs, for officers (crypto/pins/signs.h); there while one does
 *	ended  keys that were over once: none of them signs again in a later life,
 *	       wherever the clock is set to, unless a later version of the pins
 *	       file gives it no end
 *	trial  keys that are being proved, and how many lives ended at each
 *
 * Each is replaced as a whole, and is on the disk then.
 */
#ifndef KEYHOLDER_DEVICE_RECORD_H
#define KEYHOLDER_DEVICE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/pins/pins.h"

#define RECORD_TRIALS 2 /* lives that may end at one key */
#define RECORD_KEYS 4   /* that are alive at a time, and more */

struct keyholder;

struct record {
	size_t n_ended;
	char ended[PINS_MAX][KID_SIZE];
	struct record_trial {
		char kid[KID_SIZE]; /* "": this place is free */
		uint32_t version;   /* of the pins file then */
		unsigned lives;     /* that ended while they proved it */
	} trials[RECORD_KEYS];
};

/* A life begins: reads ended and trial, and nobody signs yet.  E_IO: what is
 * there cannot be read, so that it is not known which keys are over. */
MUST_CHECK err_t record_open(struct keyholder *k);

/* The key that signs; from record_clear() on none does. */
void record_signs(const struct keyholder *k);
void record_clear(const struct keyholder *k);

/* Was that key over once?  It is from now on; after record_forget(). */
bool record_has_ended(const struct keyholder *k, const char *kid);
void record_end(struct keyholder *k, const char *kid);
/* By the pins file in force, which keys need not be known for over any more. */
void record_forget(struct keyholder *k);

/* Around the proof of a key, when another could sign in its place: a device that
 * dies of it, or hangs, takes this process along.  Did that happen
 * RECORD_TRIALS times by this version of the pins file? */
void record_try(struct keyholder *k, const char *kid);
void record_tried(struct keyholder *k, const char *kid);
bool record_is_poison(struct keyholder *k, const char *kid);

#endif
