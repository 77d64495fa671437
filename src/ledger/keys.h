/*
 * keys.h - the keys that key holders say they hold, and their epochs.
 *
 * Only what is pinned (pins.h) for that very token and node is believed; all
 * else is said in the log and changes nothing.  An epoch stays known for this
 * process's life, until its key is pinned no more and its place is wanted.
 */
#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/pins/follow.h"
#include "proc/role.h"
#include "wire/wire.h"

#include "ledger/store/epochs.h"

#define KEYS_MAX 64

/* A node's epoch grows by one a life.  What is ahead of the last that the store
 * knows by more than this is not believed, so that nobody can use a node's
 * epochs up with one message; a store that was away for so many lives does not
 * exist. */
#define KEYS_JUMP_MAX 65536u
#define KEYS_WHY_MAX 120 /* bytes of a line with its NUL */

/* Why a life must not be served. */
enum keys_veto {
	KEYS_NO_VETO,
	KEYS_WENT_BACK, /* the store knows a later epoch of that node */
	KEYS_TWICE,     /* another life had that epoch */
	KEYS_SHUT,      /* the database was repaired since: start it anew */
	KEYS_JUMPED,    /* ahead of the store by more than KEYS_JUMP_MAX */
};

struct held_key {
	struct store_small kid;
	uint16_t holder;        /* whose edge it came by */
	struct store_life life; /* the latest that was announced */
	bool over;              /* its key holder's edge ended */
	bool recorded;          /* the store was asked, and knows all this */
	enum keys_veto veto;
	uint32_t last; /* the latest epoch that the store knows, if vetoed */
};

struct keys {
	struct pins *pins; /* NULL: none yet */
	size_t n;
	bool begun; /* the lives that an earlier ledger left were ended */
	struct held_key held[KEYS_MAX];
	char why[KEYS_WHY_MAX];
};

/* What the key holder of that token says.  E_DENIED: why not to believe it is
 * in the log. */
MUST_CHECK err_t keys_hold(struct keys *keys, uint16_t holder,
                           const struct wire_key_held *m,
                           const struct pins_token *token, uint64_t now_s);

/* That key holder's edge ended, and its life with it, until it announces the
 * same one again.  The keys stay known. */
void keys_over(struct keys *keys, uint16_t holder);

/* A pins file that was handed over; one that is no good changes nothing. */
void keys_pin(struct keys *keys, const struct role *r);
void keys_release(struct keys *keys);

bool keys_recorded(const struct keys *keys);

/*
 * Writes which lives are there, and that all others are over; after the commit,
 * say so.  A life that its key holder replaced by another is one of the others.
 * An epoch below one that the store knows for the same node is not written, nor
 * one that another life had: a token that lost its counter, or an old copy of
 * it, would give challenges ids that were used before.  Nor one that a repair
 * has shut, or one that is far ahead.
 */
MUST_CHECK err_t keys_record(struct keys *keys, struct store *s,
                             uint64_t now_ms);

/* Why that key's life must not be served; a veto ends with the life, and with
 * the key's row in the pins file. */
enum keys_veto keys_veto_of(const struct keys *keys,
                            const struct held_key *key);

/* One line for people while a key's epoch is vetoed, else "".  The view is good
 * until the next call. */
const char *keys_why(struct keys *keys);
void keys_set_recorded(struct keys *keys);

/* Could a key that is pinned for that node have signed a challenge with these
 * times?  The verifier asks that of the one key that did; the ledger does not
 * take its word for all of it.  NULL: nobody is asked. */
bool keys_cover(const struct keys *keys, uint32_t node, uint64_t issued_s,
                uint64_t expires_s);

/* Is a challenge of that epoch one that must not count?  NULL: no keys. */
bool keys_vetoed(const struct keys *keys, uint32_t node, uint32_t epoch);

#endif
