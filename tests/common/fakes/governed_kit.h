/*
 * governed_kit.h - a chain of trust bundles (chain_kit.h) that a running role or
 * service accepts, and the one file that trust.bundle names.
 *
 * Version 1 is chain_kit's with one key, of the token "token" and node 1, one
 * device, "token" with base 0 and the counter of the token with the key's serial
 * number, and no anchors.  It was issued six days ago, so
 * that 144 versions an hour apart can follow it.  Tests change g.chain.bundles[]
 * before governed_kit_pack() seals and writes them.
 */
#ifndef COMMON_FAKES_GOVERNED_KIT_H
#define COMMON_FAKES_GOVERNED_KIT_H

#include "tests/common/fakes/chain_kit.h"

struct governed_kit {
	struct chain_kit chain;
	struct buf pack;
	char genesis[CHAIN_KIT_HEX];
};

void governed_kit_begin(struct governed_kit *g, struct bytes spki, enum alg alg,
                        const char *uri);
void governed_kit_release(struct governed_kit *g);
DEFINE_AUTO_REF(struct governed_kit, governed_kit_release);

/* An anchor for all purposes and tenants, whose digests are the certificate's. */
struct trust_anchor *governed_kit_anchor(struct bundle *b, const char *name,
                                         struct bytes der);

/* A next version, signed as version 1; what it changes is up to the test. */
struct bundle *governed_kit_next(struct governed_kit *g);

/* Seals, and makes g->pack of the first n versions and g->genesis. */
void governed_kit_pack(struct governed_kit *g, size_t n);

/* The pack as a C string, which has no NUL within. */
const char *governed_kit_text(struct governed_kit *g);

#endif
