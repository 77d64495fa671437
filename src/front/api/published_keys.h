/*
 * published_keys.h - the keys of GET /v1/keys: what the pins file says of this hour.
 *
 * From a key's `publish` on until its `until`, whether its key holder is here or
 * not: what it signed is under way.
 *
 * In the order of the document: the keys that sign, the latest first, then
 * those that will.
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

/* A pins file that was handed over.  As pins_update(): what is there stays when
 * this one is no good. */
MUST_CHECK err_t published_keys_pin(struct published_keys *p, struct bytes text,
                                    struct buf *why);

/* What is pinned; NULL: nothing yet. */
const struct pins *published_keys_pins(const struct published_keys *p);

/* The keys of this moment, good until the next call of any of these.  E_NOMEM;
 * E_MALFORMED: a pinned key is none. */
MUST_CHECK err_t published_keys_now(struct published_keys *p, uint64_t now_s,
                                    const struct keyring **ret_ring);

#endif
