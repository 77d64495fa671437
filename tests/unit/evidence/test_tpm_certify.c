/*
 * test_tpm_certify.c - what a TPM certifies of a key and of an NV index: an honest
 * certificate holds, and each that is about something else, by somebody else or
 * over something else is refused for that reason.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/x509.h>

#include "crypto/digest.h"
#include "evidence/tpm/certify.h"
#include "evidence/tpm/public.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/soft_tpm.h"

/* fixedTPM fixedParent sensitiveDataOrigin userWithAuth sign */
#define KEY_ATTRIBUTES 0x00040072u
#define CERTIFY 0x8017
#define NV 0x8014
#define SHA1 0x0004

/* What the tests want of an index: a counter. */
#define INDEX 0x01818100u
#define NV_ATTRIBUTES 0x22040012u
#define CONTENT "\0\0\0\0\0\0\0\x11"

static const struct certified_index counter = { INDEX, NV_ATTRIBUTES, 8 };
static const uint8_t nonce[HASH_SIZE] = "the entry before, its SHA-256..";

/* An honest certificate until a test spoils it. */
struct kit {
	struct soft_tpm *ak, *key;
	uint32_t magic;
	uint16_t type, offset;
	struct bytes extra, content;
	struct buf ak_public, public, attest, signature;
	struct buf named; /* the area whose name is certified */
	struct buf why, spki;
	struct bytes found;
};

static void
kit_release(struct kit *k)
{
	soft_tpm_free(k->ak);
	soft_tpm_free(k->key);
	buf_release(&k->ak_public);
	buf_release(&k->public);
	buf_release(&k->attest);
	buf_release(&k->signature);
	buf_release(&k->named);
	buf_release(&k->why);
	buf_release(&k->spki);
}
DEFINE_AUTO_REF(struct kit, kit_release);

/* TPMT_PUBLIC: without the size. */
static void
put_area(const struct soft_tpm *tpm, struct buf *out)
{
	buf_reset(out);
	soft_tpm_public(tpm, out);
	buf_consume(out, 2);
}

static void
put_nv(struct buf *out, uint32_t index, uint32_t attributes, uint16_t policy,
       uint16_t size)
{
	static const uint8_t zeros[HASH_SIZE] = { 0 };

	buf_reset(out);
	buf_u32(out, index);
	buf_u16(out, SOFT_SHA256);
	buf_u32(out, attributes);
	buf_u16(out, policy);
	buf_append(out, bytes_of(zeros, policy));
	buf_u16(out, size);
}

static void
copy_of(const struct buf *from, struct buf *to)
{
	buf_reset(to);
	buf_append(to, buf_bytes(from));
}

static void
kit_begin(struct kit *k, uint16_t type)
{
	*k = (struct kit){ .magic = SOFT_ATTEST_MAGIC,
		           .type = type,
		           .extra = bytes_of(nonce, sizeof(nonce)),
		           .content = bytes_of(CONTENT, 8),
		           .ak_public = buf_of(2048),
		           .public = buf_of(2048),
		           .attest = buf_of(2048),
		           .signature = buf_of(2048),
		           .named = buf_of(2048),
		           .why = buf_of(512),
		           .spki = buf_of(1024) };
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &k->ak), OK);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &k->key), OK);
	k->key->attributes = KEY_ATTRIBUTES;
	put_area(k->ak, &k->ak_public);
	if (type == NV)
		put_nv(&k->public, INDEX, NV_ATTRIBUTES, 0, 8);
	else
		put_area(k->key, &k->public);
	copy_of(&k->public, &k->named);
}

#define KIT(k, type)                    \
	AUTO(kit_release) struct kit k; \
	kit_begin(&(k), type)

static void
put_2b(struct buf *out, struct bytes v)
{
	buf_u16(out, (uint16_t)v.len);
	buf_append(out, v);
}

static void
put_name(struct buf *out, struct bytes area)
{
	uint8_t name[2 + HASH_SIZE] = { 0, SOFT_SHA256 };

	digest_sha256(area, name + 2);
	put_2b(out, bytes_of(name, sizeof(name)));
}

static void
compose(struct kit *k)
{
	buf_reset(&k->attest);
	buf_u32(&k->attest, k->magic);
	buf_u16(&k->attest, k->type);
	put_name(&k->attest, buf_bytes(&k->ak_public));
	put_2b(&k->attest, k->extra);
	buf_u64(&k->attest, 1234);
	buf_u32(&k->attest, 5);
	buf_u32(&k->attest, 6);
	buf_u8(&k->attest, 1);
	buf_u64(&k->attest, 7);
	put_name(&k->attest, buf_bytes(&k->named));
	if (k->type == NV) {
		buf_u16(&k->attest, k->offset);
		put_2b(&k->attest, k->content);
	} else {
		put_name(&k->attest, buf_bytes(&k->named));
	}
}

static err_t
judge(struct kit *k, const struct certified_index *wanted)
{
	const struct certified c = {
		.ak = buf_bytes(&k->ak_public),
		.public = buf_bytes(&k->public),
		.attest = buf_bytes(&k->attest),
		.signature = buf_bytes(&k->signature),
		.nonce = bytes_of(nonce, sizeof(nonce)),
	};

	buf_reset(&k->why);
	buf_reset(&k->spki);
	return wanted ? tpm_certifier.index(&c, wanted, &k->why, &k->found)
	              : tpm_certifier.key(&c, &k->why, &k->spki);
}

static void
must_say(struct kit *k, err_t err, const char *words)
{
	const bool good = words ? err != OK && strstr(buf_str(&k->why), words)
	                        : err == OK;

	if (!good)
		printf("  '%s', not '%s'\n", buf_str(&k->why),
		       words ? words : "sound");
	CU_ASSERT_TRUE(good);
}

static void
must_by(struct kit *k, const struct soft_tpm *signer,
        const struct certified_index *wanted, const char *words)
{
	compose(k);
	buf_reset(&k->signature);
	CU_ASSERT_EQUAL(
	        soft_tpm_sign(signer, buf_bytes(&k->attest), &k->signature),
	        OK);
	must_say(k, judge(k, wanted), words);
}

static void
must(struct kit *k, const char *words)
{
	must_by(k, k->ak, k->type == NV ? &counter : NULL, words);
}

/* --- tests ---------------------------------------------------------------- */

static void
test_key(void)
{
	KIT(k, CERTIFY);
	uint8_t *der = NULL;

	must(&k, NULL);
	int len = i2d_PUBKEY(k.key->key, &der);
	CU_ASSERT_TRUE(
	        bytes_equal(buf_bytes(&k.spki), bytes_of(der, (size_t)len)));
	OPENSSL_free(der);
}

static void
test_rsa(void)
{
	KIT(k, CERTIFY);

	soft_tpm_free(k.key);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_RSA, &k.key), OK);
	k.key->attributes = KEY_ATTRIBUTES;
	put_area(k.key, &k.public);
	copy_of(&k.public, &k.named);
	must(&k, NULL);
}

/* A certificate of another key, or of this one with other attributes. */
static void
test_other_key(void)
{
	KIT(k, CERTIFY);

	put_area(k.ak, &k.named);
	must(&k, "of another key");
	k.key->attributes = KEY_ATTRIBUTES | TPM_ATTRIBUTE_DECRYPT;
	put_area(k.key, &k.named);
	must(&k, "of another key");
}

static void
test_attributes(void)
{
	static const struct {
		uint32_t flip;
		const char *words;
	} rows[] = {
		{ TPM_ATTRIBUTE_FIXED_TPM, "not fixedTPM" },
		{ TPM_ATTRIBUTE_FIXED_PARENT, "not fixedParent" },
		{ TPM_ATTRIBUTE_SENSITIVE_ORIGIN, "not sensitiveDataOrigin" },
		{ TPM_ATTRIBUTE_USER_WITH_AUTH, "not userWithAuth" },
		{ TPM_ATTRIBUTE_SIGN, "not a signing key" },
		{ TPM_ATTRIBUTE_DECRYPT, "a decryption key" },
		{ TPM_ATTRIBUTE_RESTRICTED, "key: restricted" },
		{ TPM_ATTRIBUTE_ENCRYPTED_DUP, "encryptedDuplication" },
		{ TPM_ATTRIBUTE_ADMIN_WITH_POLICY, "adminWithPolicy" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		KIT(k, CERTIFY);

		k.key->attributes = KEY_ATTRIBUTES ^ rows[i].flip;
		put_area(k.key, &k.public);
		copy_of(&k.public, &k.named);
		must(&k, rows[i].words);
	}
}

/* authPolicy stands behind type, nameAlg and attributes. */
static void
test_policy(void)
{
	static const uint8_t policy[2 + HASH_SIZE] = { 0, HASH_SIZE, 1 };
	AUTO(buf_release) struct buf area = buf_of(2048);
	KIT(k, CERTIFY);

	buf_append(&area, bytes_of(k.public.data, 8));
	buf_append(&area, bytes_of(policy, sizeof(policy)));
	buf_append(&area, bytes_of(k.public.data + 10, k.public.len - 10));
	copy_of(&area, &k.public);
	copy_of(&area, &k.named);
	must(&k, "by a policy");
}

static void
test_nonce(void)
{
	static const uint8_t other[HASH_SIZE] = "another entry";

	for (int i = 0; i < 2; i++) {
		KIT(k, i ? NV : CERTIFY);

		k.extra = bytes_of(other, sizeof(other));
		must(&k, "over another nonce");
		k.extra = bytes_of(nonce, 0);
		must(&k, "over another nonce");
		k.extra = bytes_of(nonce, sizeof(nonce) - 1);
		must(&k, "over another nonce");
	}
}

static void
test_signature(void)
{
	for (int i = 0; i < 2; i++) {
		KIT(k, i ? NV : CERTIFY);
		const struct certified_index *wanted = i ? &counter : NULL;

		must_by(&k, k.key, wanted, "not by the attestation key");
		must(&k, NULL);
		k.attest.data[k.attest.len - 1] ^= 1;
		must_say(&k, judge(&k, wanted), "not by the attestation key");
		must(&k, NULL);
		k.signature.data[2] = SHA1 >> 8; /* behind the scheme */
		k.signature.data[3] = SHA1 & 0xff;
		must_say(&k, judge(&k, wanted), "another hash");
	}
}

/* An attestation key signs what its TPM made, and nothing that looks so. */
static void
test_ak(void)
{
	KIT(k, CERTIFY);

	k.ak->attributes = SOFT_AK_ATTRIBUTES ^ TPM_ATTRIBUTE_RESTRICTED;
	put_area(k.ak, &k.ak_public);
	must(&k, "ak: not restricted");
	k.ak->attributes = SOFT_AK_ATTRIBUTES ^ TPM_ATTRIBUTE_FIXED_TPM;
	put_area(k.ak, &k.ak_public);
	must(&k, "ak: not fixedTPM");
	buf_reset(&k.spki);
	CU_ASSERT_EQUAL(
	        tpm_certifier.ak(buf_bytes(&k.ak_public), &k.why, &k.spki),
	        E_DENIED);
}

static void
test_type(void)
{
	KIT(k, CERTIFY);

	must(&k, NULL);
	must_by(&k, k.ak, &counter, "of another type");
	k.magic++;
	must(&k, "magic");
	k.magic--;
	k.type = 0x801a; /* TPM_ST_ATTEST_CREATION has the same members */
	must(&k, "of another type");
}

static void
test_index(void)
{
	KIT(k, NV);

	must(&k, NULL);
	CU_ASSERT_TRUE(bytes_equal(k.found, bytes_of(CONTENT, 8)));
}

static void
test_other_index(void)
{
	KIT(k, NV);

	put_nv(&k.named, INDEX + 1, NV_ATTRIBUTES, 0, 8);
	must(&k, "of another index");
	copy_of(&k.named, &k.public);
	must(&k, "of another handle");
}

static void
test_index_public(void)
{
	static const struct {
		uint32_t attributes;
		uint16_t policy, size;
		const char *words;
	} rows[] = {
		{ NV_ATTRIBUTES | 0x4, 0, 8, "other attributes" },
		{ NV_ATTRIBUTES & ~0x20000000u, 0, 8, "other attributes" },
		{ NV_ATTRIBUTES & ~0x10u, 0, 8, "other attributes" },
		{ NV_ATTRIBUTES, HASH_SIZE, 8, "another size, or a policy" },
		{ NV_ATTRIBUTES, 0, 9, "another size, or a policy" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		KIT(k, NV);

		put_nv(&k.public, INDEX, rows[i].attributes, rows[i].policy,
		       rows[i].size);
		copy_of(&k.public, &k.named);
		must(&k, rows[i].words);
	}
}

static void
test_content(void)
{
	KIT(k, NV);

	k.content = bytes_of(CONTENT, 7);
	must(&k, "not the whole content");
	k.content = bytes_of(CONTENT, 8);
	k.offset = 1;
	must(&k, "not the whole content");
}

static const struct harness_test tests[] = {
	{ "a key is certified", test_key },
	{ "an RSA key is certified", test_rsa },
	{ "not another key's certificate", test_other_key },
	{ "not a key that could leave or does more", test_attributes },
	{ "not a key that a policy opens", test_policy },
	{ "not over another nonce", test_nonce },
	{ "not by another key", test_signature },
	{ "not by a key that signs anything", test_ak },
	{ "not of another type", test_type },
	{ "an index is certified with its content", test_index },
	{ "not another index", test_other_index },
	{ "not an index that others write", test_index_public },
	{ "not a part of the content", test_content },
	{ NULL, NULL },
};

HARNESS_MAIN("what a TPM certifies", tests)
