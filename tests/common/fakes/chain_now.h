/*
 * chain_now.h - chains of trust bundles (chain_kit.h) with times of today, which
 * a role that runs accepts.
 */
#ifndef COMMON_FAKES_CHAIN_NOW_H
#define COMMON_FAKES_CHAIN_NOW_H

#include "tests/common/fakes/chain_kit.h"

/* Version 1 is bundle_kit_least(), issued six days ago, by "alpha bravo"; each
 * chain_kit_add() is an hour later.  chain_kit_release(). */
void chain_now_begin(struct chain_kit *k);

/* Adds an ordinary version that changes nothing but its expiry. */
struct bundle *chain_now_add(struct chain_kit *k);

/* Seals; the pack, and the digest of version 1 in hex. */
struct buf chain_now_pack(struct chain_kit *k);
struct buf chain_now_genesis(struct chain_kit *k);

#endif
