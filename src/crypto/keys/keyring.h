/*
 * keyring.h - the service's public keys by kid: verifies, publishes, imports.
 *
 * kid is the RFC 7638 thumbprint of the key (base64url of SHA-256 of the
 * canonical JWK), the same string in JWKS, JWS and, as its bytes, in COSE.
 */
#ifndef CRYPTO_KEYS_KEYRING_H
#define CRYPTO_KEYS_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/alg.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define KEYRING_MAX 64 /* keys */
#define KID_SIZE 44    /* 43 characters and a NUL */

/* A ring also caches the last KEYRING_BATCHES batches whose receipt it
 * verified, by the SHA-256 of header, root, signature and kid, which all
 * challenges of a batch have in common.  Any other bit makes another batch, and
 * only a receipt that verified is cached. */
#define KEYRING_BATCHES 64

struct keyring;

MUST_CHECK err_t keyring_new(struct keyring **ret_ring);
void keyring_free(struct keyring *ring); /* accepts NULL */
DEFINE_AUTO(struct keyring *, keyring_free);

/* The algorithm that a DER SubjectPublicKeyInfo fixes (P-256: ES256, P-384:
 * ES384, Ed25519, RSA of 2048 bits or more: PS256), and its thumbprint.
 * E_MALFORMED: no such key, or not the one accepted encoding (P-256 and P-384
 * as named curve with an uncompressed point; Ed25519 with a reduced y, of no
 * small order; RSA up to 4096 bits with an exponent of 65537 or more). */
MUST_CHECK err_t key_identify(struct bytes spki, enum alg *ret_alg,
                              char ret_kid[static KID_SIZE]);

/* Does an Ed25519 point that key_identify() accepts lie on its curve?  By one that
 * does not nobody can sign.  E_MALFORMED: no.  E_NOMEM. */
MUST_CHECK err_t key_ed25519_on_curve(const uint8_t point[static 32]);

/*
 * Appends the DER SubjectPublicKeyInfo of a key that a device describes by
 * big-endian numbers: x and y on a curve; the 32 bytes of Ed25519 and an empty
 * b; or modulus and exponent.  Leading zeros may be missing or superfluous,
 * except for Ed25519.  E_MALFORMED: not a key of this algorithm.
 */
MUST_CHECK err_t key_encode(enum alg alg, struct bytes a, struct bytes b,
                            struct buf *out);

/* Adds a key.  E_DENIED: kid is not its thumbprint, or alg does not fit it.
 * Adding the same key again is OK; with another alg (for RSA) it is
 * E_CONFLICT.  E_LIMIT, E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t keyring_add(struct keyring *ring, struct bytes kid,
                             struct bytes spki, enum alg alg);

/*
 * Limits of a key beyond a good signature, which challenge_verify() checks for
 * every challenge.  A key that was just added has none.
 *
 *	node      signs challenges of this node only; 0: of any node
 *	from_s    signs from then on
 *	until_s   everything that it signed has expired then; 0: no end known
 */
struct key_terms {
	uint32_t node;
	uint64_t from_s, until_s; /* seconds since 1970 */
};

/* True if a key with these terms may have signed a challenge of that node with
 * these times. */
bool key_terms_allow(const struct key_terms *terms, uint32_t node,
                     uint64_t issued_s, uint64_t expires_s);

/* E_NOT_FOUND: the ring has no such key. */
MUST_CHECK err_t keyring_set_terms(struct keyring *ring, struct bytes kid,
                                   const struct key_terms *terms);
MUST_CHECK err_t keyring_terms(const struct keyring *ring, struct bytes kid,
                               struct key_terms *ret_terms);

/* Removes a key, so that it verifies nothing any more, not even a cached
 * batch.  No effect if the ring does not have it. */
void keyring_drop(struct keyring *ring, struct bytes kid);

/*
 * Verifies a signature over msg by the key with that kid.  E_NOT_FOUND: no such
 * key.  E_DENIED: alg is not the key's, or the signature is bad.  ECDSA
 * signatures are r || s.
 */
MUST_CHECK err_t keyring_verify(const struct keyring *ring, struct bytes kid,
                                enum alg alg, struct bytes msg,
                                struct bytes signature);

/* The ring as an RFC 7517 JWK Set in JSON, or an RFC 9052 COSE_KeySet in
 * CBOR. */
MUST_CHECK err_t keyring_to_jwks(const struct keyring *ring, struct buf *out);
MUST_CHECK err_t keyring_to_cose(const struct keyring *ring, struct buf *out);

/* One key as an RFC 7517 JWK in JSON, or an RFC 9052 COSE_Key in CBOR, with kid
 * and alg.  E_MALFORMED; E_DENIED: alg does not fit the key. */
MUST_CHECK err_t key_to_jwk(struct bytes spki, enum alg alg, struct buf *out);
MUST_CHECK err_t key_to_cose(struct bytes spki, enum alg alg, struct buf *out);

/* Parses a JWK Set.  kid, alg and use may be absent; if present, kid must be
 * the thumbprint, alg must fit the key and use must be "sig".  Unknown members
 * and unknown key types are ignored (RFC 7517 sections 4 and 5).  A private
 * member is refused.  E_MALFORMED, E_LIMIT, E_NOMEM. */
#define KEYRING_JSON_MAX (128 * 1024) /* bytes of a JWK Set */
MUST_CHECK err_t keyring_of_jwks(struct bytes json, struct keyring **ret_ring);

#endif
