/*
 * signing.h - the keys that a key holder signs with: those that are pinned for
 * its token (pins.h), one, or two while an officer replaces one by the next.
 *
 * A new key is held and proved as soon as the pins file names it, announced at
 * its `publish`, and signs from its `from` on; the old one is announced until
 * its `until` and is let go then.  What was composed for a key is signed by that
 * key, whatever the hour; nothing is composed for one that is not published at
 * that moment.
 *
 * A key that is pinned and cannot be held (missing, loose, another public half)
 * is said at /readyz and tried again every SIGNING_RETRY_S; the one that signs
 * signs on until it is over itself, and never longer: then this key holder stays
 * away.  A key at which lives ended is
 * proved last.  A key that was over once never signs again, also when the clock is
 * set back (record.h): until its successor's hour this key holder stays away then.
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

/* The life of a key.  signing_state.c has the table of what leads from one state
 * to the next. */
enum signing_state {
	SIGNING_GONE,      /* the device holds no key by that number */
	SIGNING_HELD,      /* held and proved; waits for its `publish` */
	SIGNING_ANNOUNCED, /* the peers know it; waits for its `from` */
	SIGNING_SIGNS,
	SIGNING_RELIEVED, /* announced on; another signs in its place */
	SIGNING_RETIRING, /* over, or pinned no more: goes when nothing needs it */
};

struct signing_key {
	enum signing_state state;
	struct pin pin;
};

/* What came of a row of the pins file that is not held. */
enum signing_row {
	SIGNING_ROW_OPEN,
	SIGNING_ROW_REFUSED, /* is tried again after SIGNING_RETRY_S */
	SIGNING_ROW_SETTLED, /* is not, in this life */
};

struct signing {
	struct pins *pins;                     /* in force; NULL: none yet */
	struct signing_key keys[HSM_KEYS_MAX]; /* by the device's numbers */
	unsigned key; /* the one that signs, or signed last */
	bool adding;  /* wanted is on its way */
	struct pin wanted;
	enum signing_row rows[PINS_MAX]; /* of pins */
	char note[SIGNING_WHY_MAX];      /* why the last one could not, or "" */
	char said[SIGNING_WHY_MAX];      /* the note that was reported last */
	uint64_t tried_s; /* when refused rows were tried again */
	struct record record;
};

struct edge;
struct hsm_options;
struct keyholder;
struct secret;

/* Reads the file "pins".  E_NOT_FOUND: none came.  Else like pins_update(). */
MUST_CHECK err_t signing_read(struct keyholder *k, struct buf *why);

/* signing_open.c: opens the device with the pinned key whose turn it is, else
 * with one that went before it and is not over.  Like hsm_open(). */
MUST_CHECK err_t signing_open(struct keyholder *k,
                              const struct hsm_options *options,
                              const struct secret *pin, struct buf *why);

/* After the epoch is known: the other keys that are pinned.  None of them is
 * needed, so what is wrong with one is a note. */
void signing_open_others(struct keyholder *k);

/* The file "pins" came. */
void signing_pinned(struct keyholder *k);

/* Publishes, switches, retires.  NULL, or why this life must end: no key may sign
 * any more. */
const char *signing_tick(struct keyholder *k);

/* The device has ended a job: before the next, is there one of ours? */
void signing_idle(struct keyholder *k);

/* signing_state.c */
struct signing_key *signing_now(struct keyholder *k);
void signing_announce(struct keyholder *k, struct edge *to);

/* May something be composed for the key that signs?  It is pinned, published
 * and not over at this moment.  If not, the next tick knows what to do. */
bool signing_may(struct keyholder *k);

/* Moves every key on into that state whose time for it has come; true: one did.
 * SIGNING_GONE only while no job is under way. */
bool signing_step(struct keyholder *k, enum signing_state to);

/* The first key of a life that signs. */
void signing_begin(struct keyholder *k, unsigned number);

/* To all who are there; the others hear of it when they come. */
void signing_announce_all(struct keyholder *k);
void signing_told(struct keyholder *k); /* all who come hear it by themselves */

/* The key of that kid that is held, or NULL. */
struct signing_key *signing_find(struct keyholder *k, const char *kid);
/* Takes down what the device holds under that number now, which must be that
 * whole public key. */
MUST_CHECK err_t signing_hold(struct keyholder *k, unsigned number,
                              const struct pin *pin);
/* Those of our rows that are over by now are so for ever. */
void signing_note_ends(struct keyholder *k);
/* May that row's key sign: is it ours, is it its hour, and was it never over? */
bool signing_allowed(const struct keyholder *k, const struct pin *pin);
bool signing_over(const struct keyholder *k, const struct pin *pin);
bool signing_ours(const struct keyholder *k, const struct pin *pin);
/* Could another key sign in its place by now? */
bool signing_stand_in(const struct keyholder *k, const struct pin *pin);

/* What signing_open.c needs of signing.c.  Before a key is proved: see
 * record.h. */
void signing_try(struct keyholder *k, const struct pin *pin);
/* A row that could not be held. */
void signing_refuse(struct keyholder *k, const struct pin *pin,
                    const char *why);
/* The next row of our token that is alive and is not held; NULL: none.  Refuses
 * those that lives ended at. */
const struct pin *signing_missing(struct keyholder *k);

#endif
