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

#include "store_epochs.h"

#define KEYS_MAX 64
#define KEYS_WHY_MAX 120  /* bytes of a line with its NUL */
#define KEY_SPKI_MAX 1024 /* bytes; an RSA key of 4096 bits has 550 */

/* Why a life must not be served. */
enum keys_veto {
	KEYS_NO_VETO,
	KEYS_WENT_BACK, /* the store knows a later epoch of that node */
	KEYS_TWICE,     /* another life had that epoch */
	KEYS_SHUT,      /* the database was repaired since: start it anew */
};

struct held_key {
	struct store_small kid;
	uint16_t alg;
	uint16_t holder;        /* whose edge it came by */
	struct store_life life; /* the latest that was announced */
	bool over;              /* its key holder's edge ended */
	bool recorded;          /* the store was asked, and knows all this */
	enum keys_veto veto;
	uint32_t last;    /* the latest epoch that the store knows, if vetoed */
	uint64_t until_s; /* it is over then; 0: that is not known */
	size_t spki_len;
	uint8_t spki[KEY_SPKI_MAX];
};

struct keys {
	size_t n;
	bool begun; /* the lives that an earlier ledger left were ended */
	struct held_key held[KEYS_MAX];
	char why[KEYS_WHY_MAX];
};

/* E_MALFORMED: a key that no key holder of ours announces. */
MUST_CHECK err_t keys_hold(struct keys *keys, uint16_t holder,
                           const struct wire_key_held *m, uint64_t now_s,
                           struct held_key **ret_key);

/* That key holder's edge ended, and its life with it, until it announces the
 * same one again.  The keys stay known. */
void keys_over(struct keys *keys, uint16_t holder);

/* Queues KEY_KNOWN for one key; a verifier or front that is away is told
 * later. */
void keys_tell(const struct held_key *key, struct edge *to, struct buf *packet);

bool keys_recorded(const struct keys *keys);

/*
 * Writes which lives are there and which are over; after the commit, say so.
 * An epoch below one that the store knows for the same node is not written, nor
 * one that another life had: a token that lost its counter, or an old copy of
 * it, would give challenges ids that were used before.  Nor one that a repair
 * has shut.
 */
MUST_CHECK err_t keys_record(struct keys *keys, struct store *s,
                             uint64_t now_ms);

/* One line for people while a key's epoch is vetoed, else "".  The view is good
 * until the next call. */
const char *keys_why(struct keys *keys);
void keys_set_recorded(struct keys *keys);

/* Is a challenge of that epoch one that must not count?  NULL: no keys. */
bool keys_vetoed(const struct keys *keys, uint32_t node, uint32_t epoch);

#endif
