/*
 * public.c - TPMT_PUBLIC (TPM 2.0 Library, Part 2).
 *
 *	type u16 | nameAlg u16 | objectAttributes u32 | authPolicy 2B |
 *	RSA: symmetric, scheme, keyBits u16, exponent u32 | modulus 2B
 *	ECC: symmetric, scheme, curve u16, kdf | x 2B, y 2B
 *
 * symmetric is an algorithm id, followed by keyBits and mode unless the id is
 * TPM_ALG_NULL.  scheme and kdf are an algorithm id, followed for most ids by
 * a hash id.
 */
#include "evidence/tpm/public.h"

#include "base/auto.h"
#include "evidence/tpm/parse.h"
#include "evidence/tpm/signature.h"

#define EXPONENT_DEFAULT 65537u /* the meaning of exponent 0 */
#define RSA_BITS_MIN 2048u      /* of an attestation key */

#define ATTRIBUTES_KNOWN 0x000f0ff6u /* reserved bits must be zero */

static const struct tpm_curve curves[] = {
	{ 0x0001, "P-192", NULL, 24 },    { 0x0002, "P-224", NULL, 28 },
	{ 0x0003, "P-256", "P-256", 32 }, { 0x0004, "P-384", "P-384", 48 },
	{ 0x0005, "P-521", "P-521", 66 }, { 0x0010, "BN-P256", NULL, 32 },
	{ 0x0011, "BN-P638", NULL, 80 },  { 0x0020, "SM2-P256", NULL, 32 },
};

static const struct tpm_curve *
find_curve(uint16_t id)
{
	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (curves[i].id == id)
			return &curves[i];
	return NULL;
}

/* Fails the reader unless the id is that of a known hash. */
static uint16_t
read_hash_id(struct reader *r)
{
	uint16_t hash = reader_u16(r);

	if (tpm_hash_size(hash) == 0)
		reader_fail(r);
	return hash;
}

static void
parse_symmetric(struct reader *r, struct tpm_public *p)
{
	p->symmetric = reader_u16(r);
	if (p->symmetric == TPM_ALG_NULL)
		return;
	if (p->symmetric != TPM_ALG_AES && p->symmetric != TPM_ALG_SM4 &&
	    p->symmetric != TPM_ALG_CAMELLIA)
		reader_fail(r);
	(void)reader_u16(r); /* keyBits */
	(void)reader_u16(r); /* mode */
}

static void
parse_rsa_scheme(struct reader *r, struct tpm_public *p)
{
	p->scheme = reader_u16(r);
	switch (p->scheme) {
	case TPM_ALG_NULL:
	case TPM_ALG_RSAES:
		return;
	case TPM_ALG_RSASSA:
	case TPM_ALG_RSAPSS:
	case TPM_ALG_OAEP:
		p->scheme_hash = read_hash_id(r);
		return;
	default:
		reader_fail(r);
	}
}

static void
parse_ecc_scheme(struct reader *r, struct tpm_public *p)
{
	p->scheme = reader_u16(r);
	switch (p->scheme) {
	case TPM_ALG_NULL:
		return;
	case TPM_ALG_ECDSA:
	case TPM_ALG_SM2:
	case TPM_ALG_ECSCHNORR:
	case TPM_ALG_ECDH:
	case TPM_ALG_ECMQV:
		p->scheme_hash = read_hash_id(r);
		return;
	case TPM_ALG_ECDAA:
		p->scheme_hash = read_hash_id(r);
		(void)reader_u16(r); /* count */
		return;
	default:
		reader_fail(r);
	}
}

static void
parse_kdf(struct reader *r)
{
	switch (reader_u16(r)) {
	case TPM_ALG_NULL:
		return;
	case TPM_ALG_MGF1:
	case TPM_ALG_KDF1_56A:
	case TPM_ALG_KDF2:
	case TPM_ALG_KDF1_108:
		(void)read_hash_id(r);
		return;
	default:
		reader_fail(r);
	}
}

/* keyBits must agree with the size of the modulus and its most significant
 * bit. */
static err_t
parse_rsa(struct reader *r, struct buf *why, struct tpm_public *p)
{
	parse_symmetric(r, p);
	parse_rsa_scheme(r, p);
	p->bits = reader_u16(r);
	p->exponent = reader_u32(r);
	if (p->exponent == 0)
		p->exponent = EXPONENT_DEFAULT;
	p->modulus = tpm_read_2b(r);
	if (r->failed)
		return tpm_malformed(
		        why, "public: the RSA parameters are malformed");
	if (p->bits == 0 || p->bits > TPM_RSA_MAX * 8 ||
	    p->modulus.len * 8 != p->bits || !(p->modulus.data[0] & 0x80))
		return tpm_malformed(
		        why, "public: the modulus does not have keyBits bits");
	return OK;
}

static err_t
parse_ecc(struct reader *r, struct buf *why, struct tpm_public *p)
{
	parse_symmetric(r, p);
	parse_ecc_scheme(r, p);
	p->curve = find_curve(reader_u16(r));
	parse_kdf(r);
	p->x = tpm_read_2b(r);
	p->y = tpm_read_2b(r);
	if (r->failed || !p->curve)
		return tpm_malformed(
		        why, "public: the ECC parameters are malformed");
	if (p->x.len == 0 || p->x.len > p->curve->size || p->y.len == 0 ||
	    p->y.len > p->curve->size)
		return tpm_malformed(
		        why, "public: a coordinate is empty or too long");
	return OK;
}

static err_t
parse_public_head(struct reader *r, struct buf *why, struct tpm_public *p)
{
	p->type = reader_u16(r);
	p->name_alg = reader_u16(r);
	p->attributes = reader_u32(r);
	p->auth_policy = tpm_read_2b(r);
	if (p->type != TPM_ALG_RSA && p->type != TPM_ALG_ECC)
		return tpm_malformed(why,
		                     "public: the type is neither RSA nor ECC");
	if (p->name_alg != TPM_ALG_NULL && tpm_hash_size(p->name_alg) == 0)
		return tpm_malformed(why, "public: unknown nameAlg");
	if (p->attributes & ~ATTRIBUTES_KNOWN)
		return tpm_malformed(why,
		                     "public: a reserved attribute is set");
	if (p->auth_policy.len != 0 &&
	    p->auth_policy.len != tpm_hash_size(p->name_alg))
		return tpm_malformed(
		        why, "public: authPolicy is not as long as nameAlg's "
		             "digest");
	return OK;
}

err_t
tpmt_public_parse(struct bytes in, struct buf *why,
                  struct tpm_public *ret_public)
{
	struct reader r = reader_of(in);
	struct tpm_public p = { .area = in };

	if (in.len > TPM_PUBLIC_MAX)
		return tpm_malformed(why, "public: longer than 1024 bytes");
	TRY(parse_public_head(&r, why, &p));
	TRY(p.type == TPM_ALG_RSA ? parse_rsa(&r, why, &p)
	                          : parse_ecc(&r, why, &p));
	if (!reader_done(&r))
		return tpm_malformed(why, "public: trailing bytes");
	*ret_public = p;
	return OK;
}

err_t
tpm2b_public_parse(struct bytes in, struct buf *why,
                   struct tpm_public *ret_public)
{
	struct reader r = reader_of(in);
	struct bytes area = tpm_read_2b(&r);

	if (!reader_done(&r))
		return tpm_malformed(
		        why, "public: the size does not match the area");
	return tpmt_public_parse(area, why, ret_public);
}

struct rule {
	uint32_t bit;
	bool set;
	const char *why;
};

/* Together they prove that the TPM created the key, that the key cannot leave
 * the TPM, and that it signs data which begins with TPM_GENERATED only if the
 * TPM produced the data (TPM 2.0 Library, Part 1). */
static const struct rule rules[] = {
	{ TPM_ATTRIBUTE_RESTRICTED, true, "ak: not restricted" },
	{ TPM_ATTRIBUTE_SIGN, true, "ak: not a signing key" },
	{ TPM_ATTRIBUTE_DECRYPT, false, "ak: a decryption key" },
	{ TPM_ATTRIBUTE_FIXED_TPM, true, "ak: not fixedTPM" },
	{ TPM_ATTRIBUTE_FIXED_PARENT, true, "ak: not fixedParent" },
	{ TPM_ATTRIBUTE_SENSITIVE_ORIGIN, true, "ak: not sensitiveDataOrigin" },
};

static err_t
deny_ak(struct buf *why, const char *what)
{
	buf_append_str(why, what);
	return E_DENIED;
}

static err_t
check_strength(const struct tpm_public *p, struct buf *why)
{
	if (p->type == TPM_ALG_ECC)
		return p->curve->openssl
		               ? OK
		               : deny_ak(why, "ak: curve not allowed");
	if (p->bits < RSA_BITS_MIN)
		return deny_ak(why, "ak: RSA key shorter than 2048 bits");
	if (p->exponent < 3 || p->exponent % 2 == 0)
		return deny_ak(why, "ak: RSA exponent is even or below 3");
	if (p->modulus.data[p->modulus.len - 1] % 2 == 0)
		return deny_ak(why, "ak: RSA modulus is even");
	return OK;
}

err_t
tpm_public_check_ak(const struct tpm_public *p, struct buf *why)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (!(p->attributes & rules[i].bit) == rules[i].set)
			return deny_ak(why, rules[i].why);
	if (p->symmetric != TPM_ALG_NULL)
		return deny_ak(why, "ak: has a symmetric cipher");
	if (p->scheme == TPM_ALG_NULL)
		return deny_ak(why, "ak: restricted without a scheme");

	/* With SHA-1 a party could create two keys that have the same name. */
	if (p->name_alg != TPM_ALG_SHA256 && p->name_alg != TPM_ALG_SHA384 &&
	    p->name_alg != TPM_ALG_SHA512)
		return deny_ak(why, "ak: nameAlg is not SHA-256, SHA-384 or "
		                    "SHA-512");
	return check_strength(p, why);
}
