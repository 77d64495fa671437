/*
 * keys.h - the key holders' keys, as they announced them on their own edges.
 *
 * The ledger passes them on to the verifiers, and to fronts that may not have
 * met the key holder, and remembers the epochs; it never reads a key from the
 * database, so nobody who can write there can make one.  A key stays for this
 * process's life: what it signed stays valid while the key holder is away.
 * Only one that is said to be over gives its place to another, when there is
 * no other place.
 */
#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "role.h"
#include "wire.h"

#include "store.h"

#define KEYS_MAX 64
#define KEYS_WHY_MAX 120  /* bytes of a line with its NUL */
#define KEY_SPKI_MAX 1024 /* bytes; an RSA key of 4096 bits has 550 */

struct held_key {
	struct store_small kid;
	uint16_t alg;
	uint32_t node, epoch; /* the latest that was announced */
	bool recorded;        /* the store was asked, and knows the epoch */
	uint32_t veto;        /* not 0: the store knows this later epoch */
	uint64_t until_s;     /* it is over then; 0: that is not known */
	size_t spki_len;
	uint8_t spki[KEY_SPKI_MAX];
};

struct keys {
	size_t n;
	struct held_key held[KEYS_MAX];
	char why[KEYS_WHY_MAX];
};

/* E_MALFORMED: a key that no key holder of ours announces. */
MUST_CHECK err_t keys_hold(struct keys *keys, const struct wire_key_held *m,
                           uint64_t now_s, struct held_key **ret_key);

/* Queues KEY_KNOWN for one key; a verifier or front that is away is told
 * later. */
void keys_tell(const struct held_key *key, struct edge *to, struct buf *packet);

bool keys_recorded(const struct keys *keys);

/*
 * Writes the epochs that are not recorded; after the commit, say so.  An epoch
 * below one that the store knows for the same node is not written: a token
 * that lost its counter, or an old copy of it, would give challenges ids that
 * were used before.
 */
MUST_CHECK err_t keys_record(struct keys *keys, struct store *s,
                             uint64_t now_s);

/* One line for people while a key's epoch is vetoed, else "".  The view is good
 * until the next call. */
const char *keys_why(struct keys *keys);
void keys_set_recorded(struct keys *keys);

/* Is a challenge of that epoch one that must not count?  NULL: no keys. */
bool keys_vetoed(const struct keys *keys, uint32_t node, uint32_t epoch);

#endif
