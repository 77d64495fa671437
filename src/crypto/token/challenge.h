/*
 * challenge.h - the challenge: claims in deterministic CBOR and a COSE Receipt.
 *
 *	challenge = [ claims: bstr, receipt ]
 *	claims    = { 1: iss, 3: aud, 4: exp, 6: iat, 7: cti, 10: salt,
 *	              265: profile, -65537: workflow, ? -65538: device handle,
 *	              ? -65539: transport, ? -65540: request, ? -65541: channel,
 *	              ? -65542: transaction, ? -65545: release,
 *	              ? -65546: account }
 *	receipt   : receipt.h, RECEIPT_CHALLENGE
 *	nonce     = SHA-256(0x00 || claims), the leaf (RFC 9162 section 2.1.1)
 *
 * Claims and protected header must have the deterministic encoding of RFC 8949
 * section 4.2; any other is refused.  Claim labels are those of RFC 8392 and
 * RFC 9711, the receipt is that of RFC 9942.  docs/formats.md explains the
 * format.
 */
#ifndef CRYPTO_TOKEN_CHALLENGE_H
#define CRYPTO_TOKEN_CHALLENGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anchord/claims.h"
#include "anchord/limits.h"
#include "crypto/alg.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/codec/cbor.h"
#include "crypto/keys/keyring.h"
#include "crypto/token/claim.h"
#include "crypto/token/receipt.h"
#include "wire/terms.h"

#define CHALLENGE_MAX ANCHORD_CHALLENGE_MAX
#define CHALLENGE_ISS_MAX ANCHORD_ISSUER_MAX
#define CHALLENGE_TIME_MAX CLAIM_TIME_MAX
#define CHALLENGE_PROFILE ANCHORD_CHALLENGE_PROFILE

/* The salt begins with the life id of the key holder that issued the challenge:
 * random bytes drawn at its start, so that no other process can sign in advance
 * for a later life.  The other 16 bytes are random for each challenge. */
#define CHALLENGE_LIFE_SIZE 16

struct challenge_claims {
	struct bytes iss, aud; /* text */
	uint64_t exp_s, iat_s; /* seconds since 1970 */
	struct cti cti;
	uint8_t salt[HASH_SIZE];
	enum workflow workflow;
	struct bindings bindings;
};

/* Composing, for the key holder, with receipt.h.  Each appends; buf_status()
 * returns a failure. */
void challenge_put_claims(struct buf *out, const struct challenge_claims *c);

/* The members for the bindings that are present, for a map of them; and a member
 * back, whose key was taken: another key fails. */
size_t challenge_count_bindings(const struct bindings *b);
void challenge_put_bindings(struct buf *out, const struct bindings *b);
void challenge_take_binding(struct cbor_cursor *c, int64_t key,
                            struct bindings *b);

/* A parsed challenge.  Views point into the token. */
struct challenge {
	struct bytes claims_bytes, head_bytes, signature;
	struct challenge_claims claims;
	struct receipt_head head;
	struct receipt_proof proof;
	uint8_t nonce[HASH_SIZE];
	uint8_t root[HASH_SIZE];
};

/* Parses the whole challenge strictly.  E_MALFORMED. */
MUST_CHECK err_t challenge_open(struct bytes token,
                                struct challenge *ret_challenge);

/*
 * Verifies that a key of the ring signed the challenge, within the terms of
 * that key (struct key_terms: its node, iat not before from, exp not after
 * until), and that claims and header agree: iss, iat and epoch are equal, exp
 * is not after the header's (the latest of the batch), and the proof's tree
 * size is the batch size.  E_DENIED: forged; its claims must not be used.
 * The caller checks issuer, times, audience and bindings.  The signature of a
 * batch is verified once: keyring.h.
 */
MUST_CHECK err_t challenge_verify(const struct challenge *c,
                                  const struct keyring *ring);

/* The settings that a challenge is checked against.  Zero refuses all. */
struct challenge_rules {
	struct bytes iss;   /* instance.issuer */
	uint32_t ttl_max_s; /* challenge.ttl_max */
};

/* For a verified challenge.  E_DENIED: another issuer issued it. */
MUST_CHECK err_t challenge_issued_by(const struct challenge *c,
                                     struct bytes iss);

/* False: iat is later than now plus CLOCK_SKEW_S, or exp lies more than
 * ttl_max_s after iat.  Then the signer's clock, or the signer itself, was
 * wrong. */
bool challenge_times_valid(const struct challenge_claims *c, uint32_t ttl_max_s,
                           uint64_t now_s);

#endif
