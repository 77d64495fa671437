/*
 * record.h - what the key holder stores in its directory (token.state), besides
 * the latch.
 *
 *	signs  the key that signs, for officers (crypto/pins/signs.h); exists
 *	       only while a key signs
 *	ended  keys whose `until` has passed once: they never sign again after a
 *	       restart, whatever the clock shows, unless a later version of the
 *	       pins file gives them no end
 *	trial  keys under test, and how many processes ended during each test
 *
 * Each file is replaced atomically and durably.
 */
#ifndef KEYHOLDER_DEVICE_RECORD_H
#define KEYHOLDER_DEVICE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/pins/pins.h"

#define RECORD_TRIALS 2 /* processes that may end during the test of a key */
#define RECORD_KEYS 4   /* more than are in use at a time */

struct keyholder;

struct record {
	size_t n_ended;
	char ended[PINS_MAX][KID_SIZE];
	struct record_trial {
		char kid[KID_SIZE]; /* "": unused */
		uint32_t version;   /* version of the pins file then */
		unsigned lives;     /* processes that ended during its test */
	} trials[RECORD_KEYS];
};

/* Called at the start: reads ended and trial, and removes signs.  E_IO: they
 * cannot be read, so it is unknown which keys have ended. */
MUST_CHECK err_t record_open(struct keyholder *k);

/* Stores the key that signs; record_clear() stores that none does. */
void record_signs(const struct keyholder *k);
void record_clear(const struct keyholder *k);

/* True if that key has ended before; record_end() stores that it has. */
bool record_has_ended(const struct keyholder *k, const char *kid);
void record_end(struct keyholder *k, const char *kid);
/* Forgets ended keys that the pins file in force makes irrelevant. */
void record_forget(struct keyholder *k);

/* Called around the test of a key when another key could sign instead, because
 * a device that crashes or hangs during the test ends this process, too.
 * record_is_poison(): this happened RECORD_TRIALS times with this version of
 * the pins file. */
void record_try(struct keyholder *k, const char *kid);
void record_tried(struct keyholder *k, const char *kid);
bool record_is_poison(struct keyholder *k, const char *kid);

#endif
