/*
 * roots.h - the Merkle roots that this key holder signed last, in this life.
 *
 * A challenge whose path leads to one of them was composed here: its claims are
 * a leaf of that tree, and nobody finds other bytes with the same hash.  So no
 * signature has to be verified for what was issued a moment ago.  With one
 * challenge a batch they reach back 65,536 challenges; what is older is
 * verified like another key holder's.
 */
#ifndef KEYHOLDER_ROOTS_H
#define KEYHOLDER_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define ROOTS_MAX 65536u /* a power of two: 2.5 MiB when all are taken */

struct roots {
	uint8_t (*ring)[HASH_SIZE];
	uint32_t *heads; /* of chains, by a root's first bytes: place + 1 */
	uint32_t *next;  /* in its chain: place + 1; 0: the end */
	uint64_t n;      /* ever noted */
};

MUST_CHECK err_t roots_open(struct roots *r);
void roots_release(struct roots *r);

void roots_note(struct roots *r, const uint8_t root[static HASH_SIZE]);
bool roots_known(const struct roots *r, const uint8_t root[static HASH_SIZE]);

#endif
