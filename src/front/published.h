/*
 * published.h - the keys of GET /v1/keys, and until when each is there.
 *
 * A key holder says of each of its keys from when on it signs and when the
 * last thing that it signed has expired; the ledger says so of keys whose key
 * holder this process has never met.  A key that its key holder left behind
 * stays until then: what it signed is under way.
 *
 * In the order of the document: the keys that sign, the latest first, then
 * those that will.
 */
#ifndef FRONT_PUBLISHED_H
#define FRONT_PUBLISHED_H

#include <stdint.h>

#include "auto.h"
#include "err.h"
#include "keyring.h"
#include "wire.h"

struct edge;
struct published;

MUST_CHECK err_t published_new(struct published **ret_published);
void published_free(struct published *p); /* accepts NULL */
DEFINE_AUTO(struct published *, published_free);

/* What a key holder says on its edge: later than whatever was known of that
 * key.  E_MALFORMED: not a key.  E_NOMEM. */
MUST_CHECK err_t published_hold(struct published *p,
                                const struct wire_key_held *m,
                                const struct edge *from);

/* What the ledger says; a key holder that is here knows better.  The same. */
MUST_CHECK err_t published_know(struct published *p,
                                const struct wire_key_known *m);

/* That edge went down: its keys stay, but the ledger may speak of them. */
void published_left(struct published *p, const struct edge *from);

/* The keys of this moment, good until the next call of any of these.  E_NOMEM. */
MUST_CHECK err_t published_now(struct published *p, uint64_t now_s,
                               const struct keyring **ret_ring);

#endif
