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

/*   NAME     jose      cose   digest    signature bytes (0: the key's size) */
#define ALGS(A)                              \
	A(ES256, "ES256", -7, "SHA256", 64)  \
	A(ES384, "ES384", -35, "SHA384", 96) \
	A(ED25519, "EdDSA", -8, NULL, 64)    \
	A(PS256, "PS256", -37, "SHA256", 0)  \
	A(RS256, "RS256", -257, "SHA256", 0)

enum alg {
#define ALG_ENUM(name, jose, cose, digest, size) ALG_##name,
	ALGS(ALG_ENUM)
#undef ALG_ENUM
	        ALG_COUNT
};

const char *alg_jose_name(enum alg alg);
int64_t alg_cose_id(enum alg alg);
const char *alg_digest_name(enum alg alg); /* OpenSSL's; NULL: none */
size_t alg_signature_size(enum alg alg);   /* 0: depends on the key */

/* ALG_COUNT: unknown.  The COSE ids of RFC 9864 (-9, -51, -19) are accepted as
 * names of the same algorithms. */
enum alg alg_of_jose(struct bytes name);
enum alg alg_of_cose(int64_t id);

#endif
