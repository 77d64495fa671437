/*
 * confirmation.h - the key that confirms who presents a result: RFC 7800, and
 * RFC 9449 for the proofs that it signs.
 *
 * It is a device's key, not one of the service's.  A result carries it as "cnf",
 * with public members alone.
 */
#ifndef CRYPTO_KEYS_CONFIRMATION_H
#define CRYPTO_KEYS_CONFIRMATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/keys/keyring.h"

struct json_t;
struct cbor_cursor;

/* Bytes of a SubjectPublicKeyInfo; RSA of 4096 bits with an exponent of 8 bytes
 * needs 555. */
#define CONFIRMATION_MAX 560

struct confirmation {
	size_t len; /* 0: there is no such key */
	uint8_t spki[CONFIRMATION_MAX];
};

/* Copies a key that key_identify() accepts; its algorithm is *ret_alg, of an RSA
 * key one of two.  E_MALFORMED: it is another key, by which no proof could be
 * verified; *ret is unchanged. */
MUST_CHECK err_t confirmation_set(struct confirmation *ret, struct bytes spki,
                                  enum alg *ret_alg);

static inline struct bytes
confirmation_spki(const struct confirmation *c)
{
	return bytes_of(c->spki, c->len);
}

/*
 * A new value of the claim "cnf".  A key on a curve is there whole: {"jwk":
 * {...}} with the members that RFC 7638 hashes (RFC 7800 section 3.2).  An RSA
 * key is its thumbprint: {"jkt": "..."} (RFC 9449 section 6.1), because with the
 * whole key, up to 700 characters, a result outgrows the header of a request, in
 * which it travels beside a proof that has the key.  E_MALFORMED, E_NOMEM.
 */
MUST_CHECK err_t confirmation_json(struct bytes spki, struct json_t **ret_cnf);

/* The same in CBOR: appends the key as a COSE_Key (RFC 8747 section 3.2, RFC 8230
 * section 4), always whole, with the members alone that make the key; and takes
 * one back, in no other encoding.  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t confirmation_to_cose(struct bytes spki, struct buf *out);
MUST_CHECK err_t confirmation_of_cose(struct cbor_cursor *c,
                                      struct confirmation *ret);

/* Appends the SubjectPublicKeyInfo of a JWK, whose members kid, use and key_ops
 * are not looked at (RFC 9449 section 4.2 asks for none), and its thumbprint.
 * E_DENIED: it has a private member.  E_MALFORMED: it is no public key of a kind
 * that is known here.  E_NOMEM. */
MUST_CHECK err_t confirmation_of_jwk(const struct json_t *jwk, struct buf *spki,
                                     char ret_jkt[static KID_SIZE]);

/* The thumbprint of the key in a value of "cnf".  E_MALFORMED: it has none, more
 * than one, or a private key. */
MUST_CHECK err_t confirmation_of_cnf(const struct json_t *cnf,
                                     char ret_jkt[static KID_SIZE]);

#endif
