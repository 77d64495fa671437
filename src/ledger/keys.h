/*
 * keys.h - the keys that key holders announce, and their epochs.
 *
 * An announcement is believed only if the key is pinned (pins.h) for that very
 * token and node; otherwise it is logged and ignored.  An epoch stays known as
 * long as this process, unless its key is not pinned any more and its entry is
 * needed.
 */
#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/pins/follow.h"
#include "governance/in_force.h"
#include "proc/role.h"
#include "wire/wire.h"

#include "ledger/store/epochs.h"

#define KEYS_MAX 64

/* A node's epoch grows by one with each run of its key holder.  An epoch that
 * is ahead of the last stored one by more than this is refused, so that a
 * single message cannot use up the epochs of a node.  No store misses that many
 * runs. */
#define KEYS_JUMP_MAX 65536u
#define KEYS_WHY_MAX 120 /* bytes of a line with its NUL */

/* Why a run of a key holder (a "life") must not be served. */
enum keys_veto {
	KEYS_NO_VETO,
	KEYS_WENT_BACK, /* the store knows a later epoch of that node */
	KEYS_TWICE,     /* another life had that epoch */
	KEYS_SHUT,      /* the database was repaired since: restart */
	KEYS_JUMPED,    /* ahead of the store by more than KEYS_JUMP_MAX */
};

struct held_key {
	struct store_small kid;
	uint16_t keyholder;     /* index of the key holder */
	struct store_life life; /* the latest that was announced */
	bool over;              /* the key holder's edge has ended */
	bool recorded;          /* this is stored in the database */
	enum keys_veto veto;
	uint32_t last; /* the latest epoch that the store knows, if vetoed */
};

struct keys {
	struct in_force in_force;
	struct pins *pins; /* NULL: none yet */
	size_t n;
	bool begun; /* lives left open by an earlier ledger were ended */
	struct held_key held[KEYS_MAX];
	char why[KEYS_WHY_MAX];
};

/* Handles an announcement of that token's key holder.  E_DENIED: not believed;
 * the cause was logged. */
MUST_CHECK err_t keys_hold(struct keys *keys, uint16_t keyholder,
                           const struct wire_key_held *m,
                           const struct pins_token *token, uint64_t now_s);

/* The key holder's edge ended, and with it its life, until it announces the
 * same one again.  The keys stay known. */
void keys_over(struct keys *keys, uint16_t keyholder);

/* Uses a pins file that was handed over; an invalid one changes nothing. */
void keys_pin(struct keys *keys, struct role *r);
void keys_release(struct keys *keys);

bool keys_recorded(const struct keys *keys);

/*
 * Stores which lives exist, and that all others have ended; to be called in a
 * transaction, and keys_set_recorded() after its commit.  A life that its key
 * holder replaced by another one has ended.  Refused are an epoch below one
 * that is stored for the same node, and one that another life had: a token that
 * lost its counter, or an old copy of it, would issue challenges with ids that
 * were used before.  Also refused is an epoch that a repair has shut, or one
 * beyond KEYS_JUMP_MAX.
 */
MUST_CHECK err_t keys_record(struct keys *keys, struct store *s,
                             uint64_t now_ms);

/* Why that key's life must not be served.  A veto ends with the life, or when
 * the pins file has no row for the key any more. */
enum keys_veto keys_veto_of(const struct keys *keys,
                            const struct held_key *key);

/* The cause, as one line of text, while a key's epoch is vetoed; otherwise "".
 * Valid until the next call. */
const char *keys_why(struct keys *keys);
void keys_set_recorded(struct keys *keys);

/* True if a key that is pinned for that node may have signed a challenge with
 * these times.  The verifier checks the very key that signed; the ledger checks
 * this much without relying on it.  NULL: true. */
bool keys_cover(const struct keys *keys, uint32_t node, uint64_t issued_s,
                uint64_t expires_s);

/* True if challenges of that epoch must not count.  NULL: no keys. */
bool keys_vetoed(const struct keys *keys, uint32_t node, uint32_t epoch);

#endif
