/*
 * signing.h - the keys that a key holder signs with: those that are pinned for
 * its token (pins.h); one, or two during a key rotation.
 *
 * A new key is opened and tested as soon as the pins file has it, announced
 * from its `publish` and used from its `from` (not-before); the old key is
 * announced until its `until` and then released.  A statement is signed by the
 * key for which it was composed, whatever the time is; none is composed for a
 * key that is not published at that moment.
 *
 * A pinned key that cannot be used (missing, able to leave the device, another
 * public half) is reported at /readyz and tried again every SIGNING_RETRY_S.
 * The current key signs until its own end and not longer; then this key holder
 * stops.  A key whose test ended processes is tested last.  A key that has
 * ended never signs again, even if the clock is set back (record.h); in that
 * case this key holder does not sign until its successor's `from`.
 */
#ifndef KEYHOLDER_DEVICE_SIGNING_H
#define KEYHOLDER_DEVICE_SIGNING_H

#include <stdbool.h>
#include <stdint.h>

#include "hsm/core/hsm.h"
#include "crypto/keys/keyring.h"
#include "crypto/pins/pins.h"
#include "keyholder/device/record.h"

#define SIGNING_WHY_MAX 200 /* bytes of a line with its NUL */
#define SIGNING_RETRY_S 5

/* The states of a key.  signing_state.c has the table of transitions. */
enum signing_state {
	SIGNING_GONE,      /* the device holds no key under that number */
	SIGNING_HELD,      /* open and tested; waits for its `publish` */
	SIGNING_ANNOUNCED, /* peers know it; waits for its `from` */
	SIGNING_SIGNS,
	SIGNING_RELIEVED, /* still announced, but its successor signs */
	SIGNING_RETIRING, /* ended or unpinned; released when unused */
};

struct signing_key {
	enum signing_state state;
	struct pin pin;
};

/* The outcome for a row of the pins file whose key is not held. */
enum signing_row {
	SIGNING_ROW_OPEN,    /* not tried yet */
	SIGNING_ROW_REFUSED, /* failed; tried again after SIGNING_RETRY_S */
	SIGNING_ROW_SETTLED, /* failed; not tried again by this process */
};

struct signing {
	struct pins *pins;                     /* in force; NULL: none yet */
	struct signing_key keys[HSM_KEYS_MAX]; /* by the device's key numbers */
	unsigned key; /* the number of the key that signs, or signed last */
	bool adding;  /* a JOB_ADD for `wanted` is running */
	struct pin wanted;
	enum signing_row rows[PINS_MAX]; /* of pins */
	char note[SIGNING_WHY_MAX];      /* why a key is not held, or "" */
	char said[SIGNING_WHY_MAX];      /* the note that was reported last */
	uint64_t tried_s; /* last retry of refused rows, since 1970 */
	struct record record;
};

struct edge;
struct hsm_options;
struct keyholder;
struct secret;

/* Reads what is in force (in_force.h).  E_NOT_FOUND: there is nothing yet.  Otherwise like
 * pins_update(). */
MUST_CHECK err_t signing_read(struct keyholder *k, struct buf *why);

/* signing_open.c: opens the device with the pinned key that signs now, or else
 * with an earlier one that has not ended.  Like hsm_open(). */
MUST_CHECK err_t signing_open(struct keyholder *k,
                              const struct hsm_options *options,
                              const struct secret *pin, struct buf *why);

/* Opens the other pinned keys, once the epoch is known.  They are not required,
 * so a fault of one is only a note. */
void signing_open_others(struct keyholder *k);

/* The file "pins" was replaced. */
void signing_pinned(struct keyholder *k);

/* Announces, switches and releases keys whose time has come.  Returns NULL, or
 * why this process must end: no key may sign any more. */
const char *signing_tick(struct keyholder *k);

/* The device is free: opens the next missing key, if there is one. */
void signing_idle(struct keyholder *k);

/* signing_state.c */
struct signing_key *signing_now(struct keyholder *k);
void signing_announce(struct keyholder *k, struct edge *to);

/* True if a statement may be composed for the current key: it is pinned,
 * published and has not ended.  Otherwise the next tick selects another key. */
bool signing_may(struct keyholder *k);

/* Moves every key to that state for which the transition is due; true: at least
 * one was moved.  SIGNING_GONE requires that no job is running. */
bool signing_step(struct keyholder *k, enum signing_state to);

/* The first key of this process begins to sign. */
void signing_begin(struct keyholder *k, unsigned number);

/* Announces the published keys to all connected peers.  A later peer gets them
 * by signing_announce(). */
void signing_announce_all(struct keyholder *k);
/* Only updates the states, since each new peer gets the keys anyway. */
void signing_told(struct keyholder *k);

/* The key of that kid that is held, or NULL. */
struct signing_key *signing_find(struct keyholder *k, const char *kid);
/* Stores that the device holds the key under that number, after comparing the
 * whole public key. */
MUST_CHECK err_t signing_hold(struct keyholder *k, unsigned number,
                              const struct pin *pin);
/* Stores durably which of our token's keys have ended. */
void signing_note_ends(struct keyholder *k);
/* True if that row's key may sign: it is our token's, its time has come, and it
 * has never ended. */
bool signing_allowed(const struct keyholder *k, const struct pin *pin);
bool signing_over(const struct keyholder *k, const struct pin *pin);
bool signing_ours(const struct keyholder *k, const struct pin *pin);
/* True if another key could sign in its place now. */
bool signing_stand_in(const struct keyholder *k, const struct pin *pin);

/* signing.c, for signing_open.c.  signing_try() is called before a key is
 * tested, see record_try(). */
void signing_try(struct keyholder *k, const struct pin *pin);
/* Notes a row whose key cannot be used. */
void signing_refuse(struct keyholder *k, const struct pin *pin,
                    const char *why);
/* The next row of our token that is in use and not held; NULL: none.  Refuses
 * those whose test has ended processes. */
const struct pin *signing_missing(struct keyholder *k);

#endif
