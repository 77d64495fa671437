/*
 * digest.c - SHA-256 with everything fetched once.
 *
 * A service hashes hundreds of thousands of small inputs a second, and
 * OpenSSL's fetch of an algorithm costs more than hashing one.  Each thread
 * therefore fetches SHA-256 and makes one context at its first hash, and keeps
 * both until the process ends.
 */
#include <stdlib.h>

#include <openssl/evp.h>

#include "crypto/digest.h"

static _Thread_local EVP_MD_CTX *context;

/* Without SHA-256 no caller could go on, so the process ends. */
static void
must_hash(int good)
{
	if (!good)
		abort();
}

static void
prepare_digest(void)
{
	EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);

	must_hash(sha256 != NULL);
	context = EVP_MD_CTX_new();
	must_hash(context && EVP_DigestInit_ex2(context, sha256, NULL));
	EVP_MD_free(sha256); /* the context holds a reference of its own */
}

void
digest_sha256_parts(const struct bytes *parts, size_t n,
                    uint8_t out[static HASH_SIZE])
{
	unsigned len = 0;

	if (!context)
		prepare_digest();
	else
		must_hash(EVP_DigestInit_ex2(context, NULL, NULL));

	for (size_t i = 0; i < n; i++)
		must_hash(
		        EVP_DigestUpdate(context, parts[i].data, parts[i].len));
	must_hash(EVP_DigestFinal_ex(context, out, &len) && len == HASH_SIZE);
}

void
digest_sha256(struct bytes in, uint8_t out[static HASH_SIZE])
{
	digest_sha256_parts(&in, 1, out);
}
