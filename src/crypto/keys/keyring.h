/*
 * keyring.h - the service's public keys, by kid: verify, publish, import.
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

/* Besides keys a ring remembers the last KEYRING_BATCHES batches whose receipt
 * it verified, as SHA-256 over head, root, signature and kid, because every
 * challenge of a batch carries the same ones.  One changed bit is another
 * batch; what did not verify is never remembered. */
#define KEYRING_BATCHES 64

struct keyring;

MUST_CHECK err_t keyring_new(struct keyring **ret_ring);
void keyring_free(struct keyring *ring); /* accepts NULL */
DEFINE_AUTO(struct keyring *, keyring_free);

/* The algorithm that a DER SubjectPublicKeyInfo fixes (P-256: ES256, P-384:
 * ES384, Ed25519, RSA >= 2048: PS256 unless told RS256) and its thumbprint.
 * E_MALFORMED: not such a key, or not its DER (P-256 and P-384 by named curve,
 * uncompressed; RSA to 4096 bits with an exponent of 65537 or more). */
MUST_CHECK err_t key_identify(struct bytes spki, enum alg *ret_alg,
                              char ret_kid[static KID_SIZE]);

/*
 * Appends the DER SubjectPublicKeyInfo of a key that a device describes by its
 * numbers, big-endian: x and y of a curve, the 32 bytes of Ed25519 and nothing,
 * or modulus and exponent.  Leading zeros may be missing or too many (not of
 * Ed25519).  E_MALFORMED: no key that this algorithm can have.
 */
MUST_CHECK err_t key_encode(enum alg alg, struct bytes a, struct bytes b,
                            struct buf *out);

/* Adds a key; kid must be its thumbprint and alg one that it can have, else
 * E_DENIED.  A key that is there already is OK; with another alg (an RSA key)
 * it is E_CONFLICT.  E_LIMIT, E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t keyring_add(struct keyring *ring, struct bytes kid,
                             struct bytes spki, enum alg alg);

/*
 * What a key may say, besides its signature being good; a key that was just
 * added may say anything.  challenge_verify() holds every challenge against it.
 *
 *	node      whose challenges it signs; 0: anybody's
 *	from_s    it signs from then on
 *	until_s   all that it signed has expired then; 0: no end is known
 */
struct key_terms {
	uint32_t node;
	uint64_t from_s, until_s; /* seconds since 1970 */
};

/* May such a key have signed a challenge of that node with those times? */
bool key_terms_allow(const struct key_terms *terms, uint32_t node,
                     uint64_t issued_s, uint64_t expires_s);

/* E_NOT_FOUND: no such key. */
MUST_CHECK err_t keyring_set_terms(struct keyring *ring, struct bytes kid,
                                   const struct key_terms *terms);
MUST_CHECK err_t keyring_terms(const struct keyring *ring, struct bytes kid,
                               struct key_terms *ret_terms);

/* Forgets a key: it verifies nothing any more, also of a batch that is known.
 * A ring without it is OK, too. */
void keyring_drop(struct keyring *ring, struct bytes kid);

/*
 * Verifies a signature over msg by the key called kid.  E_NOT_FOUND: no such
 * key.  E_DENIED: alg is not the key's, or the signature is not good.  ECDSA
 * signatures are r || s.
 */
MUST_CHECK err_t keyring_verify(const struct keyring *ring, struct bytes kid,
                                enum alg alg, struct bytes msg,
                                struct bytes signature);

/* RFC 7517 JWK Set, as JSON text; RFC 9052 COSE_KeySet, as CBOR. */
MUST_CHECK err_t keyring_to_jwks(const struct keyring *ring, struct buf *out);
MUST_CHECK err_t keyring_to_cose(const struct keyring *ring, struct buf *out);

/* One key: RFC 7517 JWK, as JSON text; RFC 9052 COSE_Key, as CBOR; both with
 * kid and alg.  E_MALFORMED, or E_DENIED: alg is none that it can have. */
MUST_CHECK err_t key_to_jwk(struct bytes spki, enum alg alg, struct buf *out);
MUST_CHECK err_t key_to_cose(struct bytes spki, enum alg alg, struct buf *out);

/* Reads a JWK Set; kid may be absent and must be the thumbprint when it is
 * there, alg and use ("sig") likewise.  Unknown members and keys of kinds that
 * we do not know are passed over (RFC 7517 section 5); private members are
 * not.  E_MALFORMED, E_LIMIT, E_NOMEM. */
#define KEYRING_JSON_MAX (128 * 1024) /* bytes of a JWK Set */
MUST_CHECK err_t keyring_of_jwks(struct bytes json, struct keyring **ret_ring);

#endif
