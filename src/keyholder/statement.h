/*
 * statement.h - composes what the key holder signs from typed fields: a batch
 * of challenges or of results in CBOR, and the input of a device handle.
 *
 * Time and random bytes are arguments.  A statement is reused for each batch
 * and allocates no memory once it has grown to the size of the batches.
 *
 *	statement_start(s, &head);          the caller has checked iat and exp
 *	statement_add(s, &claims) ...       one leaf each; of results
 *	                                    statement_add_result()
 *	statement_close(s, decoy, &tbs);    builds the tree; tbs is to be signed
 *	statement_token(s, i, signature, out) ...
 */
#ifndef KEYHOLDER_STATEMENT_H
#define KEYHOLDER_STATEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "crypto/token/challenge.h"
#include "base/err.h"

struct statement;

/* For at most max leaves (2..MERKLE_LEAVES_MAX) under one signature. */
MUST_CHECK err_t statement_new(size_t max, struct statement **ret_statement);
void statement_free(struct statement *s); /* accepts NULL */
DEFINE_AUTO(struct statement *, statement_free);

/* Starts a batch.  head has its kind, alg, kid, iss, iat_s and epoch; its views
 * must be valid until the batch is answered.  A batch of results takes iat_s from
 * them. */
void statement_start(struct statement *s, const struct receipt_head *head);

/* Adds a challenge; iss and iat_s are taken from the head.  E_LIMIT: the batch
 * is full.  E_NOMEM. */
MUST_CHECK err_t statement_add(struct statement *s,
                               const struct challenge_claims *claims);

/* Adds the claims of a result, issued and expiring then.  The head speaks for
 * them all: it has the earliest iat and the latest exp.  E_LIMIT: the batch is
 * full.  E_NOMEM. */
MUST_CHECK err_t statement_add_result(struct statement *s, struct bytes claims,
                                      uint64_t iat_s, uint64_t exp_s);
size_t statement_count(const struct statement *s);

/* Builds the tree and returns the bytes to sign, valid until the next start.  A
 * lone leaf gets decoy beside it, because RFC 9942 cannot encode
 * the inclusion path of a tree with one leaf. */
MUST_CHECK err_t statement_close(struct statement *s,
                                 const uint8_t decoy[static HASH_SIZE],
                                 struct bytes *ret_tbs);

/* The root of the tree of the last statement_close(). */
const uint8_t *statement_root(const struct statement *s);

/* Appends the i-th challenge or result; returns the nonce of a challenge. */
void statement_token(const struct statement *s, size_t i,
                     struct bytes signature, struct buf *out);
const uint8_t *statement_nonce(const struct statement *s, size_t i);

/* Appends the input of the handle key for a device of a tenant. */
void statement_handle_input(struct buf *out, struct bytes tenant,
                            const uint8_t identity[static HASH_SIZE]);

/* Appends the device handle: "dh1_" and 43 characters. */
void statement_handle(struct buf *out, const uint8_t mac[static HASH_SIZE]);

#endif
