/*
 * ceremony_keys.h - do the keys before and after a ceremony fit its steps?
 */
#ifndef TRUST_CEREMONY_KEYS_H
#define TRUST_CEREMONY_KEYS_H

#include "trust/ceremony.h"
#include "trust/transcript.h"

/* What verbs print before a key's SHA-256 (CEREMONY_SAYS_NEXT: its kid), on a line
 * that ends with it: token keygen, token rotate, pins show.  They print by these. */
#define CEREMONY_SAYS_MADE "SHA-256 of the public key "
#define CEREMONY_SAYS_NEXT "new key id (kid) "
#define CEREMONY_SAYS_PINNED "  SHA-256         "

/* Appends to a line of inventory how a public key is recognised; nothing, if it is
 * none that the service could use. */
void ceremony_put_key(struct bytes spki, struct buf *line);

/* Whether a line of an inventory has this key. */
bool ceremony_keys_have(struct bytes inventory, struct bytes spki);

/* Takes lines off an inventory until one has a key; its SHA-256 in hex, a view. */
bool ceremony_keys_next(struct bytes *inventory, struct bytes *ret_sha256);
bool ceremony_keys_has(struct bytes inventory, struct bytes sha256);

/* Of a transcript whose steps are the plan's; the rules are in ceremony_judge.h.
 * E_DENIED: why has the cause. */
MUST_CHECK err_t ceremony_keys_judge(const struct ceremony_plan *plan,
                                     const struct transcript *t,
                                     struct buf *why);

#endif
