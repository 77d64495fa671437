/*
 * soft_batch.h - composes challenges like the key holder, signed in software.
 *
 *	AUTO(soft_batch_release) struct soft_batch b =
 *		soft_batch_of(key, claims, n);
 *	soft_batch_token(&b, 0, &out);
 *
 * A single challenge gets a decoy beside it.  The head is made from the claims:
 * their issuer, epoch and iat, and their latest exp.
 */
#ifndef COMMON_FAKES_SOFT_BATCH_H
#define COMMON_FAKES_SOFT_BATCH_H

#include <stddef.h>

#include "base/auto.h"
#include "base/buf.h"
#include "crypto/token/challenge.h"
#include "crypto/merkle.h"
#include "tests/common/fakes/soft_key.h"

struct soft_batch {
	size_t n;
	struct buf *claims; /* n of them */
	struct merkle *tree;
	struct receipt_head head;
	struct buf head_bytes;
	struct buf signature;
};

struct soft_batch soft_batch_of(const struct soft_key *key,
                                const struct challenge_claims *claims,
                                size_t n);

/* The same with the caller's head, valid or not. */
struct soft_batch soft_batch_with_head(const struct soft_key *key,
                                       const struct challenge_claims *claims,
                                       size_t n,
                                       const struct receipt_head *head);

/* The same of any claims, encoded already, with the caller's head, whose batch
 * size for one leaf is 2. */
struct soft_batch soft_batch_of_leaves(const struct soft_key *key,
                                       const struct bytes *leaves, size_t n,
                                       const struct receipt_head *head);

/* Appends the i-th token. */
void soft_batch_token(const struct soft_batch *b, size_t i, struct buf *out);

void soft_batch_release(struct soft_batch *b);
DEFINE_AUTO_REF(struct soft_batch, soft_batch_release);

/* Default claims: issuer https://anchor.example, tenant backend-a, node 1,
 * epoch 7, serial and salt derived from i, valid from 2026-11-23T12:00:00Z for
 * 120 s, workflow metadata, all five bindings. */
#define SOFT_BATCH_IAT 1795435200u
struct challenge_claims soft_batch_claims(size_t i);

#endif
