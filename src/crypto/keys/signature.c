/*
 * signature.c - see signature.h.
 */
#include "crypto/keys/signature.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/auto.h"
#include "crypto/ecdsa.h"
#include "crypto/keys/keyring_int.h"

DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);
DEFINE_AUTO(EVP_MD_CTX *, EVP_MD_CTX_free);

/* RFC 8017 section 8: an RSA signature is as long as the modulus.  An ECDSA
 * signature must be DER of two numbers of the curve's size. */
static err_t
check_form(const struct key_numbers *key, struct bytes signature)
{
	AUTO(buf_release) struct buf raw = buf_of(ECDSA_RAW_MAX);
	enum alg alg = alg_usual(key->kind->key);
	size_t size = alg_signature_size(alg);

	switch (alg_form(alg)) {
	case ALG_FORM_ECDSA:
		return ecdsa_to_raw(signature, size, &raw);
	case ALG_FORM_EDDSA:
		return signature.len == size ? OK : E_MALFORMED;
	case ALG_FORM_PSS:
	case ALG_FORM_PKCS1:
		return signature.len == key->a_len ? OK : E_MALFORMED;
	}
	return E_BUG;
}

err_t
signature_check_key(struct bytes spki)
{
	struct key_numbers key;
	EVP_PKEY *pkey = NULL;

	TRY(key_of_spki(spki, &key, &pkey));
	EVP_PKEY_free(pkey);
	return OK;
}

err_t
signature_check_form(struct bytes spki, struct bytes signature)
{
	struct key_numbers key;
	EVP_PKEY *pkey = NULL;

	TRY(key_of_spki(spki, &key, &pkey));
	EVP_PKEY_free(pkey);
	return check_form(&key, signature);
}

static bool
set_rsa_padding(EVP_PKEY_CTX *ctx, int padding)
{
	if (padding == 0)
		return true;
	if (EVP_PKEY_CTX_set_rsa_padding(ctx, padding) != 1)
		return false;
	return padding != RSA_PKCS1_PSS_PADDING ||
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) ==
	               1;
}

/* digest NULL: Ed25519.  padding 0: the key is not RSA. */
static err_t
verify_with_padding(EVP_PKEY *pkey, const char *digest, int padding,
                    struct bytes msg, struct bytes signature)
{
	EVP_PKEY_CTX *pctx = NULL; /* belongs to ctx */
	AUTO(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx ||
	    EVP_DigestVerifyInit_ex(ctx, &pctx, digest, NULL, NULL, pkey,
	                            NULL) != 1 ||
	    !set_rsa_padding(pctx, padding))
		return E_NOMEM;
	return EVP_DigestVerify(ctx, signature.data, signature.len, msg.data,
	                        msg.len) == 1
	               ? OK
	               : E_DENIED;
}

err_t
signature_verify(struct bytes spki, struct bytes msg, struct bytes signature)
{
	struct key_numbers key;
	EVP_PKEY *raw = NULL;

	TRY(key_of_spki(spki, &key, &raw));
	AUTO(EVP_PKEY_free) EVP_PKEY *pkey = raw;
	TRY(check_form(&key, signature));

	const char *digest = alg_digest_name(alg_usual(key.kind->key));
	bool rsa = key.kind->key == ALG_KEY_RSA;
	err_t err = verify_with_padding(
	        pkey, digest, rsa ? RSA_PKCS1_PADDING : 0, msg, signature);
	if (rsa && err == E_DENIED)
		err = verify_with_padding(pkey, digest, RSA_PKCS1_PSS_PADDING,
		                          msg, signature);
	ERR_clear_error();
	return err;
}

err_t
signature_verify_pkcs1(struct bytes spki, enum signature_digest digest,
                       struct bytes msg, struct bytes signature)
{
	struct key_numbers key;
	EVP_PKEY *raw = NULL;

	TRY(key_of_spki(spki, &key, &raw));
	AUTO(EVP_PKEY_free) EVP_PKEY *pkey = raw;
	if (key.kind->key != ALG_KEY_RSA)
		return E_MALFORMED;
	TRY(check_form(&key, signature));

	err_t err = verify_with_padding(
	        pkey, digest == SIGNATURE_SHA512 ? "SHA512" : "SHA256",
	        RSA_PKCS1_PADDING, msg, signature);
	ERR_clear_error();
	return err;
}
