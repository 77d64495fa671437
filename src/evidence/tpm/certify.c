/*
 * certify.c - see certify.h.
 *
 *	CERTIFY: name 2B | qualifiedName 2B
 *	NV: indexName 2B | offset u16 | nvContents 2B
 *	TPMS_NV_PUBLIC: nvIndex u32 | nameAlg u16 | attributes u32 |
 *	                authPolicy 2B | dataSize u16
 */
#include "evidence/tpm/certify.h"

#include <string.h>

#include "base/auto.h"
#include "evidence/tpm/attest.h"
#include "evidence/tpm/parse.h"
#include "evidence/tpm/verify.h"

#define NV_PUBLIC_MAX 128 /* bytes */

static err_t
deny_certified(struct buf *why, const char *what)
{
	buf_append_str(why, what);
	return E_DENIED;
}

/* nameAlg and the digest of a public area. */
static err_t
put_name(uint16_t name_alg, struct bytes area, struct buf *name)
{
	uint8_t digest[TPM_DIGEST_MAX];

	TRY(tpm_hash(name_alg, area, digest));
	buf_u16(name, name_alg);
	buf_append(name, bytes_of(digest, tpm_hash_size(name_alg)));
	return buf_status(name);
}

static bool
is_strong_hash(uint16_t hash)
{
	return hash == TPM_ALG_SHA256 || hash == TPM_ALG_SHA384 ||
	       hash == TPM_ALG_SHA512;
}

static err_t
key_of_ak(struct bytes ak, struct buf *why, struct tpm_public *ret_public,
          struct tpm_key **ret_key)
{
	TRY(tpmt_public_parse(ak, why, ret_public));
	TRY(tpm_public_check_ak(ret_public, why));
	err_t err = tpm_key_of_public(ret_public, ret_key);
	return err == E_DENIED ? deny_certified(why, "ak: not a valid key")
	                       : err;
}

static err_t
certify_ak(struct bytes ak, struct buf *why, struct buf *name)
{
	AUTO(tpm_key_free) struct tpm_key *key = NULL;
	struct tpm_public public;

	TRY(key_of_ak(ak, why, &public, &key));
	return put_name(public.name_alg, ak, name);
}

/* What is the same for both: signed by the attestation key, over the nonce. */
static err_t
read_attest(const struct certified *c, uint16_t type, struct buf *why,
            struct tpm_attest *ret_attest)
{
	AUTO(tpm_key_free) struct tpm_key *key = NULL;
	struct tpm_signature signature;
	struct tpm_public ak;

	TRY(key_of_ak(c->ak, why, &ak, &key));
	TRY(tpm_signature_parse(c->signature, why, &signature));
	if (!is_strong_hash(signature.hash))
		return deny_certified(why, "signature: another hash than "
		                           "SHA-256, SHA-384 or SHA-512");
	if (!tpm_key_verify(key, &signature, c->attest))
		return deny_certified(why,
		                      "signature: not by the attestation key");
	TRY(tpm_attest_parse(c->attest, why, ret_attest));
	if (ret_attest->type != type)
		return deny_certified(why, "attest: of another type");
	if (!bytes_equal(ret_attest->extra_data, c->nonce))
		return deny_certified(why, "attest: over another nonce");
	return OK;
}

/* --- keys ----------------------------------------------------------------- */

struct attribute_rule {
	uint32_t bit;
	bool set;
	const char *why;
};

static const struct attribute_rule rules[] = {
	{ TPM_ATTRIBUTE_FIXED_TPM, true, "key: not fixedTPM" },
	{ TPM_ATTRIBUTE_FIXED_PARENT, true, "key: not fixedParent" },
	{ TPM_ATTRIBUTE_SENSITIVE_ORIGIN, true,
	  "key: not sensitiveDataOrigin" },
	{ TPM_ATTRIBUTE_USER_WITH_AUTH, true, "key: not userWithAuth" },
	{ TPM_ATTRIBUTE_SIGN, true, "key: not a signing key" },
	{ TPM_ATTRIBUTE_DECRYPT, false, "key: a decryption key" },
	{ TPM_ATTRIBUTE_RESTRICTED, false, "key: restricted" },
	{ TPM_ATTRIBUTE_ENCRYPTED_DUP, false, "key: encryptedDuplication" },
	{ TPM_ATTRIBUTE_ADMIN_WITH_POLICY, false, "key: adminWithPolicy" },
};

static err_t
check_key(const struct tpm_public *p, struct buf *why)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (!(p->attributes & rules[i].bit) == rules[i].set)
			return deny_certified(why, rules[i].why);
	if (p->auth_policy.len != 0)
		return deny_certified(why, "key: can be used by a policy");
	if (!is_strong_hash(p->name_alg))
		return deny_certified(why, "key: nameAlg is not SHA-256, "
		                           "SHA-384 or SHA-512");
	return OK;
}

static err_t
certify_key(const struct certified *c, struct buf *why, struct buf *spki)
{
	AUTO(buf_release) struct buf name = buf_of(2 + TPM_DIGEST_MAX);
	AUTO(tpm_key_free) struct tpm_key *key = NULL;
	struct tpm_attest attest;
	struct tpm_public public;

	TRY(read_attest(c, TPM_ATTEST_CERTIFY, why, &attest));
	TRY(tpmt_public_parse(c->public, why, &public));
	TRY(check_key(&public, why));
	TRY(put_name(public.name_alg, c->public, &name));
	if (!bytes_equal(buf_bytes(&name), attest.name))
		return deny_certified(why, "attest: of another key");
	err_t err = tpm_key_of_public(&public, &key);
	if (err == E_DENIED)
		return deny_certified(why, "key: not a valid key");
	TRY(err);
	return tpm_key_put_spki(key, spki);
}

/* --- NV indexes ----------------------------------------------------------- */

static err_t
check_nv_public(struct bytes area, const struct certified_index *wanted,
                struct buf *why, uint16_t *ret_name_alg)
{
	struct reader r = reader_of(area);

	if (area.len > NV_PUBLIC_MAX)
		return tpm_malformed(why, "index: too long");
	uint32_t index = reader_u32(&r);
	*ret_name_alg = reader_u16(&r);
	uint32_t attributes = reader_u32(&r);
	struct bytes policy = tpm_read_2b(&r);
	uint16_t size = reader_u16(&r);
	if (!reader_done(&r))
		return tpm_malformed(why,
		                     "index: cut short, or trailing bytes");
	if (index != wanted->handle)
		return deny_certified(why, "index: of another handle");
	if (attributes != wanted->attributes)
		return deny_certified(why, "index: other attributes");
	if (policy.len != 0 || size != wanted->size)
		return deny_certified(why, "index: another size, or a policy");
	if (!is_strong_hash(*ret_name_alg))
		return deny_certified(why, "index: nameAlg is not SHA-256, "
		                           "SHA-384 or SHA-512");
	return OK;
}

static err_t
certify_index(const struct certified *c, const struct certified_index *wanted,
              struct buf *why, struct bytes *ret_content)
{
	AUTO(buf_release) struct buf name = buf_of(2 + TPM_DIGEST_MAX);
	struct tpm_attest attest;
	uint16_t name_alg = 0;

	TRY(read_attest(c, TPM_ATTEST_NV, why, &attest));
	TRY(check_nv_public(c->public, wanted, why, &name_alg));
	TRY(put_name(name_alg, c->public, &name));
	struct reader r = reader_of(attest.body);
	struct bytes of = tpm_read_2b(&r);
	uint16_t offset = reader_u16(&r);
	struct bytes content = tpm_read_2b(&r);
	if (!reader_done(&r))
		return tpm_malformed(why, "attest: the NV part is malformed");
	if (!bytes_equal(buf_bytes(&name), of))
		return deny_certified(why, "attest: of another index");
	if (offset != 0 || content.len != wanted->size)
		return deny_certified(why, "attest: not the whole content");
	*ret_content = content;
	return OK;
}

const struct certifier tpm_certifier = {
	.ak = certify_ak,
	.key = certify_key,
	.index = certify_index,
};
