/*
 * signing.h - the keys that a key holder signs with: one, or two while an
 * officer's order (rotation.h) replaces one by the next.
 *
 * A new key is held and proved as soon as the order comes, announced at its
 * publish_at, and signs from its sign_from on; the old one is announced until
 * its retire_at and is let go then.  What was composed for a key is signed by
 * that key, whatever the hour.
 *
 * A key retires only when its successor is in use: an order that names a key
 * which is missing, loose or another than pinned is refused as a whole, and the
 * key that signs signs on.
 */
#ifndef KEYHOLDER_SIGNING_H
#define KEYHOLDER_SIGNING_H

#include <stdbool.h>
#include <stdint.h>

#include "hsm.h"
#include "keyring.h"
#include "rotation.h"

#define SIGNING_SPKI_MAX 600 /* bytes; an RSA key of 4096 bits has 550 */
#define SIGNING_WHY_MAX 200  /* bytes of a line with its NUL */

struct signing_key {
	bool held;
	bool announced;
	enum alg alg;
	char kid[KID_SIZE];
	size_t spki_len;
	uint8_t spki[SIGNING_SPKI_MAX];
	uint64_t publish_at_s, signs_from_s; /* 0: always */
	uint64_t until_s; /* the last that it signed has expired; 0: open */
};

struct signing {
	struct signing_key keys[HSM_KEYS_MAX]; /* by the device's numbers */
	unsigned key;                          /* the one that signs */
	bool ordered;                          /* order says what to do */
	struct rotation order;
	bool adding; /* the last key of next is on its way */
	bool reread; /* and then there is another order */
	struct rotation next;
	char note[SIGNING_WHY_MAX]; /* why the last order was refused, or "" */
};

struct edge;
struct hsm_options;
struct keyholder;
struct secret;

/* signing_open.c: opens the device with the keys that the order names, or the
 * configuration when there is none or it is no good.  Like hsm_open(). */
MUST_CHECK err_t signing_open(struct keyholder *k,
                              const struct hsm_options *options,
                              const struct secret *pin, struct buf *why);

/* After the epoch is known: the other keys of the order.  None of them is
 * needed, so what is wrong with one is a note. */
void signing_open_others(struct keyholder *k);

/* signing.c */
struct signing_key *signing_now(struct keyholder *k);
void signing_announce(struct keyholder *k, struct edge *to);
void signing_told(struct keyholder *k); /* all who come hear it by themselves */

/* The file "rotation" came: a new order, refused or followed. */
void signing_ordered(struct keyholder *k);
void signing_tick(struct keyholder *k); /* publishes, switches, retires */
/* The device has ended a job: before the next, is there one of ours? */
void signing_idle(struct keyholder *k);

/* kept.c */
void kept_write(const struct keyholder *k);
MUST_CHECK err_t kept_read(const struct keyholder *k,
                           struct rotation *ret_order);

/* What signing_open.c shares with it: reads and judges the file, by itself and
 * by the configuration.  E_NOT_FOUND: there is none. */
MUST_CHECK err_t signing_read(struct keyholder *k, struct buf *why,
                              struct rotation *ret_order);
/* The key of that pin that is held, or NULL. */
struct signing_key *signing_find(struct keyholder *k, const uint8_t *sha256);
/* Takes down what the device holds under that number now. */
MUST_CHECK err_t signing_hold(struct keyholder *k, unsigned number);
/* Times by the order in force, for all keys that it names.  False: its last
 * key is not held, and nothing retires. */
bool signing_set_times(struct keyholder *k);
void signing_refuse(struct keyholder *k, const char *why);

#endif
