/*
 * hmac.c - see hmac.h.
 *
 * Fetches the algorithm and creates the context once, as digest.c does.
 */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "crypto/hmac.h"

static EVP_MAC_CTX *context;

/* Without HMAC no caller could go on, so the process ends (as in digest.c). */
static void
must_mac(int good)
{
	if (!good)
		abort();
}

static void
prepare_mac(void)
{
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name,
		                                 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	must_mac(hmac != NULL);
	context = EVP_MAC_CTX_new(hmac);
	must_mac(context && EVP_MAC_CTX_set_params(context, params));
	EVP_MAC_free(hmac); /* the context holds a reference of its own */
}

void
hmac_sha256_parts(struct bytes key, const struct bytes *parts, size_t n,
                  uint8_t out[static HASH_SIZE])
{
	size_t len = 0;

	if (!context)
		prepare_mac();
	must_mac(EVP_MAC_init(context, key.data, key.len, NULL));
	for (size_t i = 0; i < n; i++)
		must_mac(EVP_MAC_update(context, parts[i].data, parts[i].len));
	must_mac(EVP_MAC_final(context, out, &len, HASH_SIZE) &&
	         len == HASH_SIZE);
}

void
hmac_sha256(struct bytes key, struct bytes in, uint8_t out[static HASH_SIZE])
{
	hmac_sha256_parts(key, &in, 1, out);
}
