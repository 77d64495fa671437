/*
 * published.h - the keys of GET /v1/keys: what the pins file says of this hour.
 *
 * From a key's `publish` on until its `until`, whether its key holder is here or
 * not: what it signed is under way.
 *
 * In the order of the document: the keys that sign, the latest first, then
 * those that will.
 */
#ifndef FRONT_PUBLISHED_H
#define FRONT_PUBLISHED_H

#include <stdint.h>

#include "auto.h"
#include "bytes.h"
#include "err.h"
#include "keyring.h"
#include "pins.h"

struct published;

MUST_CHECK err_t published_new(struct published **ret_published);
void published_free(struct published *p); /* accepts NULL */
DEFINE_AUTO(struct published *, published_free);

/* A pins file that was handed over.  As pins_update(): what is there stays when
 * this one is no good. */
MUST_CHECK err_t published_pin(struct published *p, struct bytes text,
                               struct buf *why);

/* What is pinned; NULL: nothing yet. */
const struct pins *published_pins(const struct published *p);

/* The keys of this moment, good until the next call of any of these.  E_NOMEM;
 * E_MALFORMED: a pinned key is none. */
MUST_CHECK err_t published_now(struct published *p, uint64_t now_s,
                               const struct keyring **ret_ring);

#endif
