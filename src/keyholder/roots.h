/*
 * roots.h - the Merkle roots that this process signed last.
 *
 * A challenge whose inclusion path leads to one of them was composed here,
 * because its claims are a leaf of that tree (SHA-256 is collision-resistant).
 * So the signature of a recent challenge need not be verified.  With one
 * challenge a batch the roots reach back 65,536 challenges; an older challenge
 * is verified like one of another key holder.
 */
#ifndef KEYHOLDER_ROOTS_H
#define KEYHOLDER_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define ROOTS_MAX 65536u /* a power of two; 2.5 MiB when full */

struct roots {
	uint8_t (*ring)[HASH_SIZE];
	uint32_t *heads; /* hash table by a root's first bytes: index + 1 */
	uint32_t *next;  /* next in the chain: index + 1; 0: the end */
	uint64_t n;      /* roots noted so far */
};

/* E_NOMEM. */
MUST_CHECK err_t roots_open(struct roots *r);
void roots_release(struct roots *r);

/* roots_note() stores a root that was signed, in place of the oldest one. */
void roots_note(struct roots *r, const uint8_t root[static HASH_SIZE]);
bool roots_known(const struct roots *r, const uint8_t root[static HASH_SIZE]);

#endif
