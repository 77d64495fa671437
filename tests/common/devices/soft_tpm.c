/*
 * soft_tpm.c - see soft_tpm.h.
 */
#include "tests/common/devices/soft_tpm.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "base/encode.h"

#define PUBLIC_MAX 1024 /* bytes of a TPM2B_PUBLIC, RSA-4096 included */
#define ATTEST_MAX 1024 /* bytes of a TPMS_ATTEST */
#define RSA_BITS 2048
#define CURVE_P256 0x0003
#define COORDINATE 32

err_t
soft_tpm_new(enum soft_alg type, struct soft_tpm **ret_tpm)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = calloc(1, sizeof(*tpm));
	if (!tpm)
		return E_NOMEM;

	tpm->key =
	        type == SOFT_ECC ? EVP_EC_gen("P-256") : EVP_RSA_gen(RSA_BITS);
	if (!tpm->key)
		return E_BUG;
	tpm->type = (uint16_t)type;
	tpm->name_alg = SOFT_SHA256;
	tpm->attributes = SOFT_AK_ATTRIBUTES;
	tpm->scheme = type == SOFT_ECC ? SOFT_ECDSA : SOFT_RSASSA;
	tpm->sig_scheme = tpm->scheme;
	tpm->hash = SOFT_SHA256;

	*ret_tpm = TAKE(tpm);
	return OK;
}

void
soft_tpm_free(struct soft_tpm *tpm)
{
	if (!tpm)
		return;
	EVP_PKEY_free(tpm->key);
	free(tpm);
}

/* A TPM2B: size and content. */
static void
put_2b(struct buf *out, struct bytes v)
{
	buf_u16(out, (uint16_t)v.len);
	buf_append(out, v);
}

/* The number called name, padded to size: TPM2B_ECC_PARAMETER and friends. */
static void
put_number(struct buf *out, const EVP_PKEY *key, const char *name, int size)
{
	uint8_t raw[512];
	BIGNUM *n = NULL;

	if (size <= (int)sizeof(raw) &&
	    EVP_PKEY_get_bn_param(key, name, &n) == 1 &&
	    BN_bn2binpad(n, raw, size) == size)
		put_2b(out, bytes_of(raw, (size_t)size));
	BN_free(n);
}

void
soft_tpm_public(const struct soft_tpm *tpm, struct buf *out)
{
	AUTO(buf_release) struct buf body = buf_of(PUBLIC_MAX);

	buf_u16(&body, tpm->type);
	buf_u16(&body, tpm->name_alg);
	buf_u32(&body, tpm->attributes);
	buf_u16(&body, 0);         /* authPolicy: none */
	buf_u16(&body, SOFT_NULL); /* symmetric: a signing key has none */
	buf_u16(&body, tpm->scheme);
	buf_u16(&body, tpm->hash);
	if (tpm->type == SOFT_ECC) {
		buf_u16(&body, CURVE_P256);
		buf_u16(&body, SOFT_NULL); /* kdf */
		put_number(&body, tpm->key, OSSL_PKEY_PARAM_EC_PUB_X,
		           COORDINATE);
		put_number(&body, tpm->key, OSSL_PKEY_PARAM_EC_PUB_Y,
		           COORDINATE);
	} else {
		buf_u16(&body, RSA_BITS);
		buf_u32(&body, 0); /* exponent: the default, 65537 */
		put_number(&body, tpm->key, OSSL_PKEY_PARAM_RSA_N,
		           RSA_BITS / 8);
	}
	put_2b(out, buf_bytes(&body));
}

void
soft_pcr(unsigned index, uint8_t out[static HASH_SIZE])
{
	const uint8_t seed[] = { 's', 'o', 'f', 't', (uint8_t)index };

	SHA256(seed, sizeof(seed), out);
}

struct soft_quote
soft_quote_of(struct bytes nonce)
{
	static const uint8_t name[2 + HASH_SIZE] = { 0, SOFT_SHA256, 1, 2, 3 };
	struct soft_quote q = {
		.magic = SOFT_ATTEST_MAGIC,
		.type = SOFT_ATTEST_QUOTE,
		.signer = bytes_of(name, sizeof(name)),
		.nonce = nonce,
		.clock = 123456,
		.resets = 7,
		.safe = 1,
		.firmware = 0x2023080100000000u,
		.bank = SOFT_SHA256,
		.selected = 1u << 0 | 1u << 7,
	};

	for (unsigned i = 0; i < SOFT_PCRS; i++)
		soft_pcr(i, q.pcrs[i]);
	return q;
}

/* TPML_PCR_SELECTION of one bank, and the digest over what it selects. */
static void
put_quote_info(const struct soft_quote *q, struct buf *out)
{
	uint8_t values[SOFT_PCRS * HASH_SIZE], digest[HASH_SIZE];
	size_t n = 0;

	buf_u32(out, 1);
	buf_u16(out, q->bank);
	buf_u8(out, 3); /* sizeofSelect: 24 PCRs */
	for (unsigned shift = 0; shift < SOFT_PCRS; shift += 8)
		buf_u8(out, (uint8_t)(q->selected >> shift));

	for (unsigned i = 0; i < SOFT_PCRS; i++)
		if (q->selected >> i & 1)
			memcpy(values + HASH_SIZE * n++, q->pcrs[i], HASH_SIZE);
	SHA256(values, HASH_SIZE * n, digest);
	put_2b(out, q->digest.len ? q->digest : bytes_of(digest, HASH_SIZE));
}

void
soft_quote_put(const struct soft_quote *q, struct buf *out)
{
	buf_u32(out, q->magic);
	buf_u16(out, q->type);
	put_2b(out, q->signer);
	put_2b(out, q->nonce);
	buf_u64(out, q->clock);
	buf_u32(out, q->resets);
	buf_u32(out, q->restarts);
	buf_u8(out, q->safe);
	buf_u64(out, q->firmware);
	put_quote_info(q, out);
	buf_append(out, q->trailer);
}

/* DER to TPMS_SIGNATURE_ECDSA's r and s, padded as hardware does. */
static err_t
put_ecdsa(struct buf *out, const uint8_t *der, size_t len)
{
	uint8_t raw[COORDINATE];
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);

	if (!sig)
		return E_BUG;
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, COORDINATE);
	put_2b(out, bytes_of(raw, sizeof(raw)));
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw, COORDINATE);
	put_2b(out, bytes_of(raw, sizeof(raw)));
	ECDSA_SIG_free(sig);
	return OK;
}

static void
auto_md_ctx(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

err_t
soft_tpm_sign(const struct soft_tpm *tpm, struct bytes msg, struct buf *out)
{
	uint8_t sig[512];
	size_t len = sizeof(sig);
	const EVP_MD *md =
	        tpm->hash == SOFT_SHA384 ? EVP_sha384() : EVP_sha256();
	EVP_PKEY_CTX *pctx = NULL;
	__attribute__((cleanup(auto_md_ctx))) EVP_MD_CTX *ctx =
	        EVP_MD_CTX_new();

	if (!ctx || EVP_DigestSignInit(ctx, &pctx, md, NULL, tpm->key) != 1)
		return E_BUG;
	if (tpm->scheme == SOFT_RSAPSS &&
	    (EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) <= 0 ||
	     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) <=
	             0))
		return E_BUG;
	if (EVP_DigestSign(ctx, sig, &len, msg.data, msg.len) != 1)
		return E_BUG;

	buf_u16(out, tpm->sig_scheme);
	buf_u16(out, tpm->hash);
	if (tpm->type == SOFT_ECC)
		return put_ecdsa(out, sig, len);
	put_2b(out, bytes_of(sig, len));
	return OK;
}

/* A JSON member with base64, after another one. */
static void
put_member(struct buf *out, const char *name, const struct buf *value)
{
	buf_printf(out, ",\"%s\":\"", name);
	encode_base64(out, buf_bytes(value));
	buf_append_str(out, "\"");
}

static void
put_pcrs(const struct soft_quote *q, struct buf *out)
{
	const char *comma = "";

	buf_append_str(out, ",\"pcrs\":{\"sha256\":{");
	for (unsigned i = 0; i < SOFT_PCRS; i++) {
		if (!(q->selected >> i & 1))
			continue;
		buf_printf(out, "%s\"%u\":\"", comma, i);
		encode_hex(out, bytes_of(q->pcrs[i], HASH_SIZE));
		buf_append_str(out, "\"");
		comma = ",";
	}
	buf_append_str(out, "}}");
}

err_t
soft_tpm_evidence(const struct soft_tpm *tpm, const struct soft_quote *q,
                  struct buf *out)
{
	AUTO(buf_release) struct buf quote = buf_of(ATTEST_MAX);
	AUTO(buf_release) struct buf sig = buf_of(PUBLIC_MAX);
	AUTO(buf_release) struct buf public = buf_of(PUBLIC_MAX);

	soft_quote_put(q, &quote);
	TRY(buf_status(&quote));
	TRY(soft_tpm_sign(tpm, buf_bytes(&quote), &sig));
	soft_tpm_public(tpm, &public);

	buf_append_str(out, "{\"format\":\"tpm2-quote\"");
	put_member(out, "quote", &quote);
	put_member(out, "signature", &sig);
	put_member(out, "ak_public", &public);
	put_pcrs(q, out);
	buf_append_str(out, "}");
	return buf_status(out);
}
