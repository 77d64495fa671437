/*
 * digest_alg.c - the digest that goes with a signature algorithm.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "crypto/digest.h"

size_t
digest_of_alg(enum alg alg, struct bytes in, uint8_t out[static DIGEST_MAX])
{
	const char *name = alg_digest_name(alg);
	size_t len = 0;

	if (!name)
		return 0;
	if (strcmp(name, "SHA256") == 0) {
		digest_sha256(in, out);
		return HASH_SIZE;
	}
	/* Not being able to hash is no state that a caller could handle. */
	if (!EVP_Q_digest(NULL, name, NULL, in.data, in.len, out, &len) ||
	    len > DIGEST_MAX)
		abort();
	return len;
}
