/*
 * prepare.c - see prepare.h.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/keys/prepare.h"
#include "crypto/digest.h"
#include "crypto/keys/keyring_int.h"

void
crypto_prepare(void)
{
	uint8_t digest[HASH_SIZE];

	(void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	digest_sha256(bytes_of(NULL, 0), digest);
	EVP_MD_free(EVP_MD_fetch(NULL, "SHA384", NULL));
	EVP_MD_free(EVP_MD_fetch(NULL, "SHA512", NULL));
	EVP_MAC_free(EVP_MAC_fetch(NULL, "HMAC", NULL));
	ERR_clear_error();
	jwk_prepare();
}
