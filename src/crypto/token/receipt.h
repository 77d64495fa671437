/*
 * receipt.h - claims as a leaf of a batch, and the COSE Receipt for it: what
 * challenges and results in CBOR (ear_cwt.h) have in common.
 *
 *	token   = [ claims: bstr, receipt ]
 *	receipt = 18([ << { 1: alg, 4: kid, 15: { 1: iss, 4: exp, 6: iat,
 *	                    -65543: epoch, -65544: batch size }, 16: typ,
 *	                    395: 1 } >>,
 *	               { 396: { -1: [ << [ size, index, [ + hash ] ] >> ] } },
 *	               nil, signature over the Merkle root ])
 *	leaf    = SHA-256(0x00 || claims)
 *
 * The receipt is that of RFC 9942, the tree that of RFC 9162 section 2.1.  What
 * is signed contains the header and so its typ, which says of what kind the
 * leaves are: a receipt of one kind is none of another.  Header and proof must
 * have the deterministic encoding of RFC 8949 section 4.2; any other is refused.
 */
#ifndef CRYPTO_TOKEN_RECEIPT_H
#define CRYPTO_TOKEN_RECEIPT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/alg.h"
#include "crypto/keys/keyring.h"
#include "crypto/merkle.h"

/* What the leaves are. */
enum receipt_kind { RECEIPT_CHALLENGE, RECEIPT_RESULT, RECEIPT_KINDS };

/* The protected header, which the signature of a whole batch covers. */
struct receipt_head {
	enum receipt_kind kind;
	enum alg alg;
	struct bytes kid, iss;
	uint64_t exp_s, iat_s;
	uint32_t epoch;
	uint32_t batch_size;
};

struct receipt_proof {
	uint64_t size, index;
	size_t path_len;
	uint8_t path[MERKLE_PATH_MAX][HASH_SIZE];
};

/* Composing, for the key holder.  Each appends; buf_status() returns a
 * failure. */
void receipt_put_head(struct buf *out, const struct receipt_head *h);

/* The Sig_structure over a Merkle root (RFC 9052 section 4.4). */
void receipt_put_tbs(struct buf *out, struct bytes head,
                     const uint8_t root[static HASH_SIZE]);

void receipt_put_token(struct buf *out, struct bytes claims, struct bytes head,
                       const struct receipt_proof *proof,
                       struct bytes signature);

/* A parsed token.  Views point into it. */
struct receipt {
	struct bytes claims_bytes, head_bytes, signature;
	struct receipt_head head;
	struct receipt_proof proof;
	uint8_t leaf[HASH_SIZE];
	uint8_t root[HASH_SIZE];
};

/* Parses all but the claims, strictly.  E_MALFORMED: it is no token of this
 * kind. */
MUST_CHECK err_t receipt_open(struct bytes token, enum receipt_kind kind,
                              struct receipt *ret_receipt);

/* What is verified of a receipt. */
struct receipt_signed {
	struct bytes head_bytes, signature;
	const struct receipt_head *head;
	const struct receipt_proof *proof;
	const uint8_t *root;
};

/*
 * Verifies that the key of the ring with this kid signed the batch, and that the
 * proof's tree size is the batch size: one path fits trees of several sizes, and
 * with the size fixed only one index fits.  E_DENIED: forged.  The signature of a
 * batch is verified once: keyring.h.  The caller has found the key in the ring, and
 * compares claims and header.
 */
MUST_CHECK err_t receipt_verify(const struct receipt_signed *s,
                                const struct keyring *ring);

#endif
