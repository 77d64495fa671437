/*
 * verdict_tag.c - see verdict_tag.h.
 *
 * Fetches the algorithm and creates the context once, as digest.c does.
 */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "crypto/token/verdict_tag.h"

static const char words[] = "anchord-verdict-1"; /* hashed with its NUL */

static EVP_MAC_CTX *context;

/* Without HMAC no caller could go on, so the process ends (as in digest.c). */
static void
must_mac(int good)
{
	if (!good)
		abort();
}

static void
prepare_tag_mac(void)
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
verdict_tag(const struct secret *key, struct bytes finding,
            uint8_t out[static HASH_SIZE])
{
	struct bytes k = secret_bytes(key);
	size_t len = 0;

	if (!context)
		prepare_tag_mac();
	must_mac(EVP_MAC_init(context, k.data, k.len, NULL) &&
	         EVP_MAC_update(context, (const uint8_t *)words,
	                        sizeof(words)) &&
	         EVP_MAC_update(context, finding.data, finding.len) &&
	         EVP_MAC_final(context, out, &len, HASH_SIZE) &&
	         len == HASH_SIZE);
}

bool
verdict_tag_good(const struct secret *key, struct bytes finding,
                 const uint8_t tag[static HASH_SIZE])
{
	uint8_t own[HASH_SIZE];

	verdict_tag(key, finding, own);
	return secret_equal(bytes_of(own, HASH_SIZE), bytes_of(tag, HASH_SIZE));
}
