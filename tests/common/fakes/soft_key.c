/*
 * soft_key.c - see soft_key.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "tests/common/fakes/soft_key.h"

#define SPKI_MAX 1024
#define POINT_MAX 133 /* bytes: P-521 */
#define SIGNATURE_MAX 512

struct soft_key {
	enum alg alg;
	EVP_PKEY *pkey; /* NULL: the lender signs */
	struct soft_lender lender;
	size_t spki_len;
	uint8_t spki[SPKI_MAX];
	char kid[KID_SIZE];
};

static void
must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "soft_key: %s failed\n", what);
	exit(2);
}

/* The public point of a scalar, uncompressed. */
static size_t
public_point(int nid, const BIGNUM *scalar, uint8_t *out, size_t room)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	EC_POINT *point = EC_POINT_new(group);

	must(EC_POINT_mul(group, point, scalar, NULL, NULL, NULL), "point");
	size_t n = EC_POINT_point2oct(
	        group, point, POINT_CONVERSION_UNCOMPRESSED, out, room, NULL);
	must(n > 0, "point");
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return n;
}

static EVP_PKEY *
curve_key(const char *curve, const uint8_t seed[static HASH_SIZE])
{
	uint8_t point[POINT_MAX];
	int nid = EC_curve_nist2nid(curve);
	EVP_PKEY *pkey = NULL;
	BIGNUM *scalar = BN_bin2bn(seed, HASH_SIZE, NULL);
	size_t n = public_point(nid, scalar, point, sizeof(point));

	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	must(OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
	                                     curve, 0) &&
	             OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY,
	                                    scalar) &&
	             OSSL_PARAM_BLD_push_octet_string(
	                     bld, OSSL_PKEY_PARAM_PUB_KEY, point, n),
	     "parameters");
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	must(EVP_PKEY_fromdata_init(ctx) == 1 &&
	             EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) ==
	                     1,
	     "key");
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(scalar);
	return pkey;
}

static EVP_PKEY *
make(enum alg alg, const char *name)
{
	uint8_t seed[HASH_SIZE];

	digest_sha256(bytes_of_str(name), seed);
	if (alg_form(alg) == ALG_FORM_ECDSA)
		return curve_key(alg_key_curve(alg_key(alg)), seed);
	if (alg_form(alg) == ALG_FORM_EDDSA)
		return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
		                                    seed, sizeof(seed));
	return EVP_RSA_gen(2048);
}

struct soft_key *
soft_key_new(enum alg alg, const char *name)
{
	enum alg own;
	struct soft_key *key = calloc(1, sizeof(*key));

	must(key != NULL, "memory");
	key->alg = alg;
	key->pkey = make(alg, name);
	must(key->pkey != NULL, "key");

	uint8_t *at = key->spki;
	int len = i2d_PUBKEY(key->pkey, NULL);
	must(len > 0 && len <= SPKI_MAX, "public key");
	key->spki_len = (size_t)i2d_PUBKEY(key->pkey, &at);
	must(key_identify(soft_key_spki(key), &own, key->kid) == OK,
	     "key_identify");
	return key;
}

struct soft_key *
soft_key_lent(const struct soft_lender *lender)
{
	enum alg own;
	struct soft_key *key = calloc(1, sizeof(*key));

	must(key && lender->spki.len <= SPKI_MAX, "memory");
	key->alg = lender->alg;
	key->lender = *lender;
	key->spki_len = lender->spki.len;
	memcpy(key->spki, lender->spki.data, lender->spki.len);
	must(key_identify(soft_key_spki(key), &own, key->kid) == OK,
	     "key_identify");
	return key;
}

void
soft_key_free(struct soft_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

enum alg
soft_key_alg(const struct soft_key *key)
{
	return key->alg;
}

struct bytes
soft_key_spki(const struct soft_key *key)
{
	return bytes_of(key->spki, key->spki_len);
}

const char *
soft_key_kid(const struct soft_key *key)
{
	return key->kid;
}

void
soft_key_sign(const struct soft_key *key, struct bytes msg, struct buf *out)
{
	uint8_t sig[SIGNATURE_MAX];
	size_t len = sizeof(sig);
	EVP_PKEY_CTX *pctx = NULL;

	if (!key->pkey) {
		key->lender.sign(key->lender.arg, msg, out);
		return;
	}
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	must(EVP_DigestSignInit_ex(ctx, &pctx, alg_digest_name(key->alg), NULL,
	                           NULL, key->pkey, NULL) == 1,
	     "sign");
	if (alg_form(key->alg) == ALG_FORM_PSS)
		must(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) >
		                     0 &&
		             EVP_PKEY_CTX_set_rsa_pss_saltlen(
		                     pctx, RSA_PSS_SALTLEN_DIGEST) > 0,
		     "padding");
	must(EVP_DigestSign(ctx, sig, &len, msg.data, msg.len) == 1, "sign");
	EVP_MD_CTX_free(ctx);

	struct bytes made = bytes_of(sig, len);
	if (alg_form(key->alg) == ALG_FORM_ECDSA)
		must(ecdsa_to_raw(made, alg_signature_size(key->alg), out) ==
		             OK,
		     "ecdsa_to_raw");
	else
		buf_append(out, made);
	must(buf_status(out) == OK, "memory");
}

struct keyring *
soft_key_ring(const struct soft_key *key)
{
	struct keyring *ring = NULL;

	must(keyring_new(&ring) == OK &&
	             keyring_add(ring, bytes_of_str(key->kid),
	                         soft_key_spki(key), key->alg) == OK,
	     "ring");
	return ring;
}

void
soft_rsa_spki(size_t bits, unsigned exponent, struct buf *out)
{
	uint8_t der[SPKI_MAX];
	uint8_t *at = der;
	BIGNUM *n = NULL;
	BIGNUM *e = BN_new();
	EVP_PKEY *made = EVP_RSA_gen(bits);
	EVP_PKEY *pkey = NULL;

	must(made && e && BN_set_word(e, exponent) &&
	             EVP_PKEY_get_bn_param(made, OSSL_PKEY_PARAM_RSA_N, &n),
	     "RSA");
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	must(OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) &&
	             OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e),
	     "parameters");
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	must(EVP_PKEY_fromdata_init(ctx) == 1 &&
	             EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY,
	                               params) == 1,
	     "key");
	int len = i2d_PUBKEY(pkey, &at);
	must(len > 0 && len <= SPKI_MAX, "public key");
	buf_append(out, bytes_of(der, (size_t)len));
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_free(pkey);
	EVP_PKEY_free(made);
	BN_free(n);
	BN_free(e);
}
