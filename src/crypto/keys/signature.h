/*
 * signature.h - a signature by a key that is not the service's: a device's.
 *
 * The key's type fixes the algorithm, in the spelling of Android's Keystore:
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

/* E_MALFORMED: no such key, or not in its one DER encoding: no signature by it
 * can be checked here. */
MUST_CHECK err_t signature_check_key(struct bytes spki);

/* E_MALFORMED: spki is not the one DER encoding of such a key (keyring.h), or
 * signature cannot be one by it, whatever was signed. */
MUST_CHECK err_t signature_check_form(struct bytes spki,
                                      struct bytes signature);

/* E_MALFORMED as above; E_DENIED: not a signature over msg by that key. */
MUST_CHECK err_t signature_verify(struct bytes spki, struct bytes msg,
                                  struct bytes signature);

#endif
