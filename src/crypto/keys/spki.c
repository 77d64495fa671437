/*
 * spki.c - converts between DER SubjectPublicKeyInfo and numbers.
 *
 * For a curve the DER is a fixed prefix and the point, so there is one
 * encoding, and comparing the prefix parses it; libcrypto decides whether the
 * point is on the curve, except for Ed25519 (see key_ed25519_on_curve()).  An RSA
 * key is parsed by libcrypto and must encode to the same bytes again.
 */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "base/auto.h"
#include "crypto/keys/keyring_int.h"

DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);
DEFINE_AUTO(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
DEFINE_AUTO(BIGNUM *, BN_free);
DEFINE_AUTO(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free);
DEFINE_AUTO(OSSL_PARAM *, OSSL_PARAM_free);

static const struct key_kind kinds[ALG_KEYS] = {
#define ALG_KEY(name, kty, crv, cose_kty, cose_crv, bits, y, type, made, \
                params, also, t2_type, t2_curve, spki)                   \
	{ ALG_KEY_##name,                                                \
	  kty,                                                           \
	  crv,                                                           \
	  cose_kty,                                                      \
	  cose_crv,                                                      \
	  ((bits) + 7) / 8,                                              \
	  y,                                                             \
	  { (const uint8_t *)spki, sizeof(spki) - 1 } },
#include "crypto/alg.def"
};

const struct key_kind *
key_kind_find(const char *kty, const char *crv)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct key_kind *k = &kinds[i];
		if (strcmp(k->kty, kty) != 0)
			continue;
		if (!k->crv || (crv && strcmp(k->crv, crv) == 0))
			return k;
	}
	return NULL;
}

const struct key_kind *
key_kind_of_cose(int64_t kty, int64_t crv)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct key_kind *k = &kinds[i];
		if (k->cose_kty == kty && (!k->crv || k->cose_crv == crv))
			return k;
	}
	return NULL;
}

/* The key type with this prefix and length; anything else is tried as RSA. */
static const struct key_kind *
kind_of_spki(struct bytes spki)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct key_kind *k = &kinds[i];
		size_t numbers = k->coordinate * (k->has_y ? 2 : 1);

		if (k->prefix.len > 0 && spki.len == k->prefix.len + numbers &&
		    memcmp(spki.data, k->prefix.data, k->prefix.len) == 0)
			return k;
	}
	return &kinds[ALG_KEY_RSA];
}

static bool
encodes_again(EVP_PKEY *pkey, struct bytes spki)
{
	uint8_t again[KEY_SPKI_MAX];
	uint8_t *at = again;

	int len = i2d_PUBKEY(pkey, NULL);
	if (len <= 0 || len > KEY_SPKI_MAX)
		return false;
	(void)i2d_PUBKEY(pkey, &at);
	return bytes_equal(bytes_of(again, (size_t)len), spki);
}

static bool
rsa_number(EVP_PKEY *pkey, const char *name, uint8_t *out, size_t room,
           size_t *ret_len)
{
	BIGNUM *v = NULL;

	if (!EVP_PKEY_get_bn_param(pkey, name, &v))
		return false;
	AUTO(BN_free) BIGNUM *guarded = v;
	if ((size_t)BN_num_bytes(guarded) > room)
		return false;
	*ret_len = (size_t)BN_bn2bin(guarded, out);
	return true;
}

/* Refuses exponents below 65537: they are valid RSA, but have made forgeries of
 * PKCS#1 v1.5 signatures possible. */
static bool
exponent_good(const uint8_t *e, size_t len)
{
	if (len < 3 || len > 8 || e[len - 1] % 2 == 0)
		return false;
	return len > 3 || e[0] > 1 || e[1] > 0 || e[2] > 0;
}

static bool
rsa_numbers(EVP_PKEY *pkey, struct key_numbers *n)
{
	int bits = EVP_PKEY_get_bits(pkey);

	return EVP_PKEY_is_a(pkey, "RSA") && bits >= KEY_RSA_BITS_MIN &&
	       bits <= KEY_RSA_BITS_MAX && bits % 8 == 0 &&
	       rsa_number(pkey, OSSL_PKEY_PARAM_RSA_N, n->a, sizeof(n->a),
	                  &n->a_len) &&
	       rsa_number(pkey, OSSL_PKEY_PARAM_RSA_E, n->b, sizeof(n->b),
	                  &n->b_len) &&
	       exponent_good(n->b, n->b_len);
}

static void
curve_numbers(struct bytes spki, struct key_numbers *n)
{
	const uint8_t *x = spki.data + n->kind->prefix.len;

	n->a_len = n->kind->coordinate;
	memcpy(n->a, x, n->a_len);
	n->b_len = n->kind->has_y ? n->kind->coordinate : 0;
	memcpy(n->b, x + n->a_len, n->b_len);
}

err_t
key_of_spki(struct bytes spki, struct key_numbers *ret_numbers,
            EVP_PKEY **ret_pkey)
{
	struct key_numbers n = { .kind = NULL };
	const unsigned char *at = spki.data;

	if (spki.len == 0 || spki.len > KEY_SPKI_MAX)
		return E_MALFORMED;
	AUTO(EVP_PKEY_free)
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)spki.len);
	ERR_clear_error();
	if (!pkey || !encodes_again(pkey, spki))
		return E_MALFORMED;

	n.kind = kind_of_spki(spki);
	if (n.kind->prefix.len > 0)
		curve_numbers(spki, &n);
	else if (!rsa_numbers(pkey, &n))
		return E_MALFORMED;
	if (n.kind->key == ALG_KEY_ED25519 && !key_ed25519_usable(n.a))
		return E_MALFORMED;

	*ret_numbers = n;
	*ret_pkey = TAKE(pkey);
	return OK;
}

static err_t
rsa_to_pkey(const struct key_numbers *n, EVP_PKEY **ret_pkey)
{
	AUTO(BN_free) BIGNUM *modulus = BN_bin2bn(n->a, (int)n->a_len, NULL);
	AUTO(BN_free) BIGNUM *exponent = BN_bin2bn(n->b, (int)n->b_len, NULL);
	AUTO(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	AUTO(EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;

	if (!modulus || !exponent || !bld || !ctx ||
	    !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, modulus) ||
	    !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, exponent))
		return E_NOMEM;
	AUTO(OSSL_PARAM_free) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	if (!params)
		return E_NOMEM;

	int good =
	        EVP_PKEY_fromdata_init(ctx) == 1 &&
	        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1;
	ERR_clear_error();
	if (!good)
		return E_MALFORMED;
	*ret_pkey = pkey;
	return OK;
}

static err_t
rsa_to_spki(const struct key_numbers *n, struct buf *out)
{
	AUTO(EVP_PKEY_free) EVP_PKEY *pkey = NULL;
	TRY(rsa_to_pkey(n, &pkey));

	int len = i2d_PUBKEY(pkey, NULL);
	if (len <= 0 || len > KEY_SPKI_MAX)
		return E_MALFORMED;
	uint8_t *at = buf_extend(out, (size_t)len);
	if (at)
		(void)i2d_PUBKEY(pkey, &at);
	return buf_status(out);
}

err_t
key_to_spki(const struct key_numbers *numbers, struct buf *out)
{
	if (numbers->kind->prefix.len == 0)
		return rsa_to_spki(numbers, out);

	buf_append(out, numbers->kind->prefix);
	buf_append(out, bytes_of(numbers->a, numbers->a_len));
	buf_append(out, bytes_of(numbers->b, numbers->b_len));
	return buf_status(out);
}

/* --- from a device's numbers ---------------------------------------------- */

/* Writes a number right-aligned into size bytes; size 0: without leading
 * zeros. */
static err_t
put_key_number(struct bytes in, size_t size, uint8_t *out, size_t room,
               size_t *ret_len)
{
	while (in.len > 0 && in.data[0] == 0)
		in = bytes_of(in.data + 1, in.len - 1);
	if (size == 0)
		size = in.len;
	if (in.len == 0 || in.len > size || size > room)
		return E_MALFORMED;
	memset(out, 0, size - in.len);
	memcpy(out + size - in.len, in.data, in.len);
	*ret_len = size;
	return OK;
}

static err_t
put_numbers(struct key_numbers *n, struct bytes a, struct bytes b)
{
	size_t size = n->kind->coordinate;

	if (size > 0 && !n->kind->has_y) { /* Ed25519: an octet string */
		if (a.len != size || b.len != 0)
			return E_MALFORMED;
		memcpy(n->a, a.data, size);
		n->a_len = size;
		return OK;
	}
	TRY(put_key_number(a, size, n->a, sizeof(n->a), &n->a_len));
	return put_key_number(b, size, n->b, sizeof(n->b), &n->b_len);
}

err_t
key_encode(enum alg alg, struct bytes a, struct bytes b, struct buf *out)
{
	AUTO(buf_release) struct buf spki = buf_of(KEY_SPKI_MAX);
	AUTO(EVP_PKEY_free) EVP_PKEY *pkey = NULL;
	struct key_numbers n = { .kind = NULL };

	if (alg >= ALG_COUNT)
		return E_MALFORMED;
	n.kind = &kinds[alg_key(alg)];
	TRY(put_numbers(&n, a, b));
	TRY(key_to_spki(&n, &spki));
	TRY(key_of_spki(buf_bytes(&spki), &n, &pkey)); /* checks the point */
	buf_append(out, buf_bytes(&spki));
	return buf_status(out);
}
