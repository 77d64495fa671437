/*
 * verify.c - see verify.h.
 *
 * Results of OpenSSL's verify functions are compared with 1, because they can
 * also be negative, which as a condition would be true.
 */
#include "evidence/tpm/verify.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX (TPM_RSA_MAX * 8)
#define ECDSA_DER_MAX 160 /* bytes: two P-521 numbers and their tags */

struct tpm_key {
	EVP_PKEY *pkey;
	bool rsa;
	size_t coordinate; /* bytes; ECC */
};

DEFINE_AUTO(BIGNUM *, BN_free);
DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);
DEFINE_AUTO(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
DEFINE_AUTO(EVP_MD_CTX *, EVP_MD_CTX_free);
DEFINE_AUTO(EVP_MD *, EVP_MD_free);
DEFINE_AUTO(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free);
DEFINE_AUTO(OSSL_PARAM *, OSSL_PARAM_free);
DEFINE_AUTO(ECDSA_SIG *, ECDSA_SIG_free);

void
tpm_key_free(struct tpm_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

/* Bytes of a coordinate; 0: the curve is not supported.  These are the curves
 * that have an OpenSSL name in the table of public.c. */
static size_t
curve_size(const EVP_PKEY *pkey)
{
	char name[32] = "";
	size_t len = 0;
	int spelt_out = 0;

	/* Refuses explicit parameters: OpenSSL may find the name of a curve
	 * for them although they differ from the curve's, for example in the
	 * generator (as in CVE-2020-0601). */
	if (EVP_PKEY_get_int_param(
	            pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
	            &spelt_out) != 1 ||
	    spelt_out)
		return 0;
	if (!EVP_PKEY_get_group_name(pkey, name, sizeof(name), &len))
		return 0;
	if (strcmp(name, "prime256v1") == 0 || strcmp(name, "P-256") == 0)
		return 32;
	if (strcmp(name, "secp384r1") == 0 || strcmp(name, "P-384") == 0)
		return 48;
	if (strcmp(name, "secp521r1") == 0 || strcmp(name, "P-521") == 0)
		return 66;
	return 0;
}

static err_t
check_rsa(const EVP_PKEY *pkey)
{
	BIGNUM *raw = NULL;
	int bits = EVP_PKEY_get_bits(pkey);

	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return E_DENIED;
	if (!EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &raw))
		return E_DENIED;
	AUTO(BN_free) BIGNUM *e = raw;
	return BN_is_odd(e) && !BN_is_one(e) ? OK : E_DENIED;
}

/* Takes ownership of the argument, also on failure. */
static err_t
key_of_pkey(EVP_PKEY *taken, struct tpm_key **ret_key)
{
	AUTO(EVP_PKEY_free) EVP_PKEY *pkey = taken;
	AUTO(tpm_key_free) struct tpm_key *key = calloc(1, sizeof(*key));

	if (!key)
		return E_NOMEM;
	if (EVP_PKEY_is_a(pkey, "RSA")) {
		key->rsa = true;
		TRY(check_rsa(pkey));
	} else if (EVP_PKEY_is_a(pkey, "EC")) {
		key->coordinate = curve_size(pkey);
	}
	if (!key->rsa && key->coordinate == 0)
		return E_DENIED;
	key->pkey = TAKE(pkey);
	*ret_key = TAKE(key);
	return OK;
}

static err_t
pkey_of_params(const char *type, OSSL_PARAM_BLD *bld, EVP_PKEY **ret_pkey)
{
	AUTO(OSSL_PARAM_free) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	AUTO(EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

	if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1)
		return E_NOMEM;
	/* For ECC this also checks that the point is on the curve. */
	if (EVP_PKEY_fromdata(ctx, ret_pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return E_DENIED;
	return OK;
}

static err_t
pkey_of_rsa(const struct tpm_public *p, EVP_PKEY **ret_pkey)
{
	AUTO(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	AUTO(BN_free)
	BIGNUM *n = BN_bin2bn(p->modulus.data, (int)p->modulus.len, NULL);
	AUTO(BN_free) BIGNUM *e = BN_new();

	if (!bld || !n || !e || !BN_set_word(e, p->exponent) ||
	    !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e))
		return E_NOMEM;
	return pkey_of_params("RSA", bld, ret_pkey);
}

static err_t
pkey_of_ecc(const struct tpm_public *p, EVP_PKEY **ret_pkey)
{
	AUTO(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	uint8_t point[1 + 2 * TPM_COORD_MAX] = {
		POINT_CONVERSION_UNCOMPRESSED
	};
	size_t size = p->curve->size;

	if (!p->curve->openssl)
		return E_DENIED;
	/* Some TPMs omit leading zeros, so each coordinate is right-aligned
	 * in a field of zeros. */
	memcpy(point + 1 + size - p->x.len, p->x.data, p->x.len);
	memcpy(point + 1 + 2 * size - p->y.len, p->y.data, p->y.len);
	if (!bld ||
	    !OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
	                                     p->curve->openssl, 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
	                                      point, 1 + 2 * size))
		return E_NOMEM;
	return pkey_of_params("EC", bld, ret_pkey);
}

err_t
tpm_key_of_public(const struct tpm_public *p, struct tpm_key **ret_key)
{
	EVP_PKEY *pkey = NULL;

	TRY(p->type == TPM_ALG_RSA ? pkey_of_rsa(p, &pkey)
	                           : pkey_of_ecc(p, &pkey));
	return key_of_pkey(pkey, ret_key);
}

err_t
tpm_key_of_spki(struct bytes spki, struct tpm_key **ret_key)
{
	const uint8_t *at = spki.data;

	if (spki.len == 0 || spki.len > TPM_PUBLIC_MAX)
		return E_MALFORMED;
	AUTO(EVP_PKEY_free)
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)spki.len);
	if (!pkey || at != spki.data + spki.len)
		return E_MALFORMED;
	return key_of_pkey(TAKE(pkey), ret_key);
}

err_t
tpm_key_copy(const struct tpm_key *key, struct tpm_key **ret_key)
{
	struct tpm_key *copy = malloc(sizeof(*copy));

	if (!copy || EVP_PKEY_up_ref(key->pkey) != 1) {
		free(copy);
		return E_NOMEM;
	}
	*copy = *key;
	*ret_key = copy;
	return OK;
}

bool
tpm_key_equal(const struct tpm_key *a, const struct tpm_key *b)
{
	return EVP_PKEY_eq(a->pkey, b->pkey) == 1;
}

const char *
tpm_key_type(const struct tpm_key *key)
{
	return key->rsa ? "rsa" : "ecc";
}

unsigned
tpm_key_bits(const struct tpm_key *key)
{
	return (unsigned)EVP_PKEY_get_bits(key->pkey);
}

err_t
tpm_key_put_spki(const struct tpm_key *key, struct buf *spki)
{
	uint8_t der[TPM_PUBLIC_MAX];
	uint8_t *out = der;
	int len = i2d_PUBKEY(key->pkey, NULL);

	if (len <= 0 || len > (int)sizeof(der) ||
	    i2d_PUBKEY(key->pkey, &out) != len)
		return E_NOMEM;
	buf_append(spki, bytes_of(der, (size_t)len));
	return buf_status(spki);
}

/* Encodes the TPM's two numbers as the DER that OpenSSL requires.  Returns its
 * size; 0: failure. */
static size_t
ecdsa_der(const struct tpm_key *key, const struct tpm_signature *s,
          uint8_t der[static ECDSA_DER_MAX])
{
	AUTO(ECDSA_SIG_free) ECDSA_SIG *sig = ECDSA_SIG_new();

	if (!sig || s->r.len > key->coordinate || s->s.len > key->coordinate)
		return 0;
	BIGNUM *r = BN_bin2bn(s->r.data, (int)s->r.len, NULL);
	BIGNUM *v = BN_bin2bn(s->s.data, (int)s->s.len, NULL);
	if (!r || !v || !ECDSA_SIG_set0(sig, r, v)) {
		BN_free(r);
		BN_free(v);
		return 0;
	}
	int len = i2d_ECDSA_SIG(sig, NULL);
	if (len <= 0 || len > ECDSA_DER_MAX)
		return 0;
	uint8_t *out = der;
	return (size_t)i2d_ECDSA_SIG(sig, &out);
}

static bool
set_scheme_padding(EVP_PKEY_CTX *ctx, uint16_t scheme)
{
	if (scheme == TPM_ALG_RSASSA)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) ==
		       1;

	/* TPMs use a salt as long as the hash or, depending on their firmware,
	 * the longest that fits, so the length is taken from the signature. */
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_AUTO) == 1;
}

static bool
verify_tpm_signature(const struct tpm_key *key, const struct tpm_signature *s,
                     struct bytes signature, struct bytes message)
{
	AUTO(EVP_MD_CTX_free) EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx = NULL;

	if (!md || EVP_DigestVerifyInit_ex(md, &ctx, tpm_alg_name(s->hash),
	                                   NULL, NULL, key->pkey, NULL) != 1)
		return false;
	if (key->rsa && !set_scheme_padding(ctx, s->scheme))
		return false;
	return EVP_DigestVerify(md, signature.data, signature.len, message.data,
	                        message.len) == 1;
}

bool
tpm_key_verify(const struct tpm_key *key, const struct tpm_signature *s,
               struct bytes message)
{
	uint8_t der[ECDSA_DER_MAX];
	bool rsa = s->scheme == TPM_ALG_RSASSA || s->scheme == TPM_ALG_RSAPSS;

	if (key->rsa != rsa)
		return false;
	if (rsa)
		return verify_tpm_signature(key, s, s->rsa, message);
	if (s->scheme != TPM_ALG_ECDSA)
		return false;

	size_t len = ecdsa_der(key, s, der);
	return len > 0 &&
	       verify_tpm_signature(key, s, bytes_of(der, len), message);
}

err_t
tpm_hash(uint16_t hash, struct bytes in, uint8_t out[static TPM_DIGEST_MAX])
{
	const char *name = tpm_alg_name(hash);
	unsigned len = 0;

	if (tpm_hash_size(hash) == 0)
		return E_DENIED;
	AUTO(EVP_MD_free) EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	if (!md || (size_t)EVP_MD_get_size(md) != tpm_hash_size(hash))
		return E_DENIED;
	return EVP_Digest(in.data, in.len, out, &len, md, NULL) == 1 ? OK
	                                                             : E_DENIED;
}
