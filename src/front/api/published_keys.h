/*
 * published_keys.h - the keys of GET /v1/keys: those that the pins file
 * publishes at this time.
 *
 * A key is published from its `publish` until its `until`, whether its key
 * holder runs or not, because what it signed is still in use.
 *
 * The order of the document: first the keys that sign, the latest first, then
 * the future ones.
 */
#ifndef FRONT_API_PUBLISHED_KEYS_H
#define FRONT_API_PUBLISHED_KEYS_H

#include <stdint.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/keys/keyring.h"
#include "crypto/pins/pins.h"

struct published_keys;

MUST_CHECK err_t published_keys_new(struct published_keys **ret_published);
void published_keys_free(struct published_keys *p); /* accepts NULL */
DEFINE_AUTO(struct published_keys *, published_keys_free);

/* Uses a pins file that was handed over.  Like pins_update(): an invalid one
 * changes nothing. */
MUST_CHECK err_t published_keys_pin(struct published_keys *p, struct bytes text,
                                    struct buf *why);

/* The pins in use; NULL: none yet. */
const struct pins *published_keys_pins(const struct published_keys *p);

/* The keys to publish now, valid until the next call of one of these
 * functions.  E_NOMEM; E_MALFORMED: a pinned public key is invalid. */
MUST_CHECK err_t published_keys_now(struct published_keys *p, uint64_t now_s,
                                    const struct keyring **ret_ring);

#endif
