/*
 * signature.h - verifies a signature by a device's or an officer's key, not one
 * of the service's.
 *
 * The key's type fixes the algorithm and the encoding, as in Android Keystore:
 *
 *	P-256      ECDSA over SHA-256, DER
 *	P-384      ECDSA over SHA-384, DER
 *	RSA        over SHA-256: PKCS #1 v1.5, or PSS whose salt and MGF1 are
 *	           those of SHA-256; 2048 to 4096 bits
 *	Ed25519    RFC 8032
 */
#ifndef CRYPTO_KEYS_SIGNATURE_H
#define CRYPTO_KEYS_SIGNATURE_H

#include "base/bytes.h"
#include "base/err.h"

/* E_MALFORMED: not such a key in its one accepted DER encoding, so that no
 * signature by it could be verified. */
MUST_CHECK err_t signature_check_key(struct bytes spki);

/* E_MALFORMED: spki is not such a key (keyring.h), or signature has a form that
 * no signature by this key can have, whatever the message. */
MUST_CHECK err_t signature_check_form(struct bytes spki,
                                      struct bytes signature);

/* E_MALFORMED as above; E_DENIED: not that key's signature over msg. */
MUST_CHECK err_t signature_verify(struct bytes spki, struct bytes msg,
                                  struct bytes signature);

/* Verifies by an RSA key and PKCS #1 v1.5 alone, over the digest that the caller
 * names: SSH's rsa-sha2-256 and rsa-sha2-512 (RFC 8332 section 3).
 * E_MALFORMED: not an RSA key, or no signature of its size; E_DENIED. */
enum signature_digest {
	SIGNATURE_SHA256,
	SIGNATURE_SHA512,
};
MUST_CHECK err_t signature_verify_pkcs1(struct bytes spki,
                                        enum signature_digest digest,
                                        struct bytes msg,
                                        struct bytes signature);

#endif
