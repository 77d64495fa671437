/*
 * alg.h - signature algorithms: one table of names, ids and keys.
 *
 * The key's type fixes the algorithm, never the message: a verifier takes the
 * algorithm of the key and refuses any other (RFC 9053, RFC 7518, RFC 9864).
 */
#ifndef CRYPTO_ALG_H
#define CRYPTO_ALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum alg {
#define ALG(name, ...) ALG_##name,
#include "crypto/alg.def"
	ALG_COUNT
};

/* Kinds of keys: a curve, or RSA of any size. */
enum alg_key {
#define ALG_KEY(name, ...) ALG_KEY_##name,
#include "crypto/alg.def"
	ALG_KEYS
};

/* The form of a signature: r || s (IEEE P1363), an octet string (RFC 8032), or
 * a number of the size of the modulus with one of two paddings (RFC 8017). */
enum alg_form {
	ALG_FORM_ECDSA,
	ALG_FORM_EDDSA,
	ALG_FORM_PSS, /* the salt is as long as the digest */
	ALG_FORM_PKCS1,
};

/* Room for the digest of any algorithm. */
union alg_digest_room {
#define ALG_DIGEST(name, libcrypto, bytes, ...) \
	uint8_t name[(bytes) > 0 ? (bytes) : 1];
#include "crypto/alg.def"
};
#define DIGEST_MAX sizeof(union alg_digest_room)

const char *alg_jose_name(enum alg alg);
int64_t alg_cose_id(enum alg alg);
const char *alg_digest_name(enum alg alg); /* OpenSSL's; NULL: none */
size_t alg_digest_size(enum alg alg);      /* 0: none */
size_t alg_signature_size(enum alg alg);   /* 0: depends on the key */

/* alg must be less than ALG_COUNT. */
enum alg_key alg_key(enum alg alg);
enum alg_form alg_form(enum alg alg);

/* The default algorithm of a kind of key; the name of its curve, NULL: RSA. */
enum alg alg_usual(enum alg_key key);
const char *alg_key_curve(enum alg_key key);

/* The algorithm of a name or id; ALG_COUNT: unknown.  The COSE ids of RFC 9864
 * (-9, -51, -19) give the same algorithms as the older ids. */
enum alg alg_of_jose(struct bytes name);
enum alg alg_of_cose(int64_t id);

#endif
