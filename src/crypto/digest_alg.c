/*
 * digest_alg.c - computes the digest of a signature algorithm, and SHA-512.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "crypto/digest.h"

/* Without a digest no caller could go on, so the process ends. */
static void
must_digest(const char *name, struct bytes in, uint8_t *out, size_t size)
{
	size_t len = 0;

	if (!EVP_Q_digest(NULL, name, NULL, in.data, in.len, out, &len) ||
	    len != size)
		abort();
}

void
digest_sha512(struct bytes in, uint8_t out[static SHA512_SIZE])
{
	must_digest("SHA512", in, out, SHA512_SIZE);
}

size_t
digest_of_alg(enum alg alg, struct bytes in, uint8_t out[static DIGEST_MAX])
{
	const char *name = alg_digest_name(alg);

	if (!name)
		return 0;
	if (strcmp(name, "SHA256") == 0) { /* fetched once, not each time */
		digest_sha256(in, out);
		return HASH_SIZE;
	}
	must_digest(name, in, out, alg_digest_size(alg));
	return alg_digest_size(alg);
}
