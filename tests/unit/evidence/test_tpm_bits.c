/*
 * test_tpm_bits.c - flips each bit of ten quotes, of their signatures, and of the
 * public area or the certificate that binds the key: no result is accepted.  PCR
 * values may have bits without meaning.
 */
#include <stdio.h>

#include <openssl/x509v3.h>

#include "tests/unit/evidence/test_tpm_judge.h"

/* A sample of the bits: an input costs as much as a signature or two.
 * ANCHORD_TEST_ALL=1 takes all. */
#ifdef ANCHORD_SAN
#define STRIDE 97
#else
#define STRIDE 13
#endif
#define INPUTS_MIN 30000 /* with all bits */
#define PARTS 4
#define LAST_STRICT 2 /* bits of later parts may say nothing */

static size_t stride = STRIDE;

/* A quote in its parts: attestation, signature, what binds the key, and PCR
 * values or nothing. */
struct sample {
	struct buf part[PARTS];
	struct buf nonce, trust;
	const char *allow;
};

static void
sample_release(struct sample *s)
{
	for (size_t i = 0; i < PARTS; i++)
		buf_release(&s->part[i]);
	buf_release(&s->nonce);
	buf_release(&s->trust);
}
DEFINE_AUTO_REF(struct sample, sample_release);

DEFINE_AUTO(X509 *, X509_free);
DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);
DEFINE_AUTO(json_t *, json_decref);

static struct sample
sample_new(void)
{
	struct sample s = { .nonce = buf_of(256), .trust = buf_of(65536) };

	for (size_t i = 0; i < PARTS; i++)
		s.part[i] = buf_of(65536);
	return s;
}

/* --- quotes by swtpm, the key named by its area --------------------------------- */

static void
read_file(const char *folder, const char *name, struct buf *out)
{
	char path[256];
	uint8_t block[4096];

	snprintf(path, sizeof(path), "tests/vectors/tpm2/%s/%s", folder, name);
	FILE *f = fopen(path, "rbe");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (size_t n; (n = fread(block, 1, sizeof(block), f)) > 0;)
		buf_append(out, bytes_of(block, n));
	fclose(f);
}

static struct sample
sample_of_vector(const char *folder)
{
	static const char *const names[PARTS] = { "quote.bin", "signature.bin",
		                                  "ak.bin", "pcrs.bin" };
	AUTO(buf_release) struct buf hex = buf_of(256);
	struct sample s = sample_new();

	for (size_t i = 0; i < PARTS; i++)
		read_file(folder, names[i], &s.part[i]);
	buf_append(&s.trust, buf_bytes(&s.part[2]));
	read_file(folder, "nonce.hex", &hex);
	CU_ASSERT_EQUAL(decode_hex(&s.nonce, bytes_of(hex.data, hex.len - 1)),
	                OK);
	s.allow = strcmp(folder, "rsassa-sha1") == 0 ? "sha1" : NULL;
	return s;
}

/* --- quotes of a soft TPM, the key by a certificate ----------------------------- */

/* "root" is an authority, any other name an attestation key's. */
static X509 *
certify(EVP_PKEY *key, const char *name, EVP_PKEY *issuer)
{
	bool root = strcmp(name, "root") == 0;
	X509 *x = X509_new();
	X509_NAME *n = X509_get_subject_name(x);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(
	        NULL, NULL, root ? NID_basic_constraints : NID_ext_key_usage,
	        root ? "critical,CA:TRUE" : "2.23.133.8.3");

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	CU_ASSERT_EQUAL(X509_set_version(x, 2), 1);
	CU_ASSERT_EQUAL(ASN1_INTEGER_set(X509_get_serialNumber(x), 7), 1);
	(void)X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN",
	                                 MBSTRING_ASC, (const uint8_t *)"root",
	                                 -1, -1, 0);
	(void)X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
	                                 (const uint8_t *)name, -1, -1, 0);
	X509_gmtime_adj(X509_getm_notBefore(x), -86400);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	CU_ASSERT_EQUAL(X509_set_pubkey(x, key), 1);
	CU_ASSERT_EQUAL(X509_add_ext(x, e, -1), 1);
	CU_ASSERT(X509_sign(x, issuer, EVP_sha256()) > 0);
	X509_EXTENSION_free(e);
	return x;
}

static void
put_der(X509 *x, struct buf *out)
{
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);

	CU_ASSERT_FATAL(len > 0);
	buf_append(out, bytes_of(der, (size_t)len));
	OPENSSL_free(der);
}

static struct sample
sample_of_soft(enum soft_alg type, uint16_t scheme)
{
	AUTO(parts_release) struct parts p = parts_of(type);
	AUTO(EVP_PKEY_free) EVP_PKEY *ca = EVP_EC_gen("P-256");
	AUTO(X509_free) X509 *root = certify(ca, "root", ca);
	AUTO(X509_free) X509 *leaf = certify(p.tpm->key, "ak", ca);
	struct sample s = sample_new();

	p.tpm->scheme = p.tpm->sig_scheme = scheme;
	buf_reset(&p.signature);
	CU_ASSERT_EQUAL(soft_tpm_sign(p.tpm, buf_bytes(&p.quote), &p.signature),
	                OK);
	buf_append(&s.part[0], buf_bytes(&p.quote));
	buf_append(&s.part[1], buf_bytes(&p.signature));
	put_der(leaf, &s.part[2]);
	put_der(root, &s.trust);
	buf_append(&s.nonce, bytes_of(kit_nonce, HASH_SIZE));
	return s;
}

/* --- bits ------------------------------------------------------------------------- */

struct count {
	unsigned long inputs, refused, same, changed;
};

/* NULL: refused.  Otherwise all that it claims. */
static char *
judged(const struct sample *s)
{
	AUTO(evidence_release) struct evidence e = { 0 };
	AUTO(buf_release) struct buf why = buf_of(1024);
	const struct evidence_trust trust = { .file = buf_bytes(&s->trust) };
	const struct evidence_offline offline = {
		.trust = &trust,
		.n_trust = 1,
		.at_s = (uint64_t)time(NULL),
		.allow = &s->allow,
		.n_allow = s->allow != NULL,
	};
	struct bytes files[PARTS];
	struct appraisal a = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < PARTS; i++)
		if (s->part[i].len > 0)
			files[n++] = buf_bytes(&s->part[i]);
	if (evidence_open_files("tpm2-quote", files, n, &why, &e) != OK)
		return NULL;
	CU_ASSERT_EQUAL(e.format->offline(e.own, &offline, &why), OK);
	appraise_evidence(&e, buf_bytes(&s->nonce), NULL, &a);
	if (a.reasons != 0)
		return NULL;
	AUTO(json_decref) json_t *o = e.format->claims(e.own);
	return json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT);
}

static void
turn_part(struct sample *s, size_t part, const char *good, struct count *count)
{
	struct buf *b = &s->part[part];

	for (size_t bit = 0; bit < b->len * 8; bit += stride) {
		uint8_t mask = (uint8_t)(1u << bit % 8);

		b->data[bit / 8] ^= mask;
		char *said = judged(s);
		b->data[bit / 8] ^= mask;
		count->inputs++;
		if (!said)
			count->refused++;
		else if (part > LAST_STRICT && strcmp(said, good) == 0)
			count->same++;
		else
			count->changed++;
		if (said && (part <= LAST_STRICT || strcmp(said, good) != 0))
			printf("  part %zu, bit %zu: accepted\n", part, bit);
		free(said);
	}
}

static void
turn_all(struct sample *s, struct count *count)
{
	char *good = judged(s);

	CU_ASSERT_PTR_NOT_NULL_FATAL(good);
	for (size_t i = 0; i < PARTS; i++)
		turn_part(s, i, good, count);
	free(good);
}

static void
test_bits(void)
{
	static const char *const folders[] = { "ecdsa-sha256", "rsassa-sha256",
		                               "rsapss-sha256", "rsassa-sha384",
		                               "rsassa-sha1" };
	static const struct {
		enum soft_alg type, scheme;
	} softs[] = { { SOFT_ECC, SOFT_ECDSA },
		      { SOFT_ECC, SOFT_ECDSA },
		      { SOFT_RSA, SOFT_RSASSA },
		      { SOFT_RSA, SOFT_RSASSA },
		      { SOFT_RSA, SOFT_RSAPSS } };
	const char *all = getenv("ANCHORD_TEST_ALL");
	struct count sum = { 0 };

	if (all && strcmp(all, "1") == 0)
		stride = 1;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		AUTO(sample_release)
		struct sample s = sample_of_vector(folders[i]);
		turn_all(&s, &sum);
	}
	for (size_t i = 0; i < ARRAY_LEN(softs); i++) {
		AUTO(sample_release)
		struct sample s = sample_of_soft(softs[i].type,
		                                 (uint16_t)softs[i].scheme);
		turn_all(&s, &sum);
	}
	printf("%lu inputs: %lu refused, %lu values with the same meaning, %lu "
	       "accepted\n",
	       sum.inputs, sum.refused, sum.same, sum.changed);
	CU_ASSERT(sum.changed == 0);
	CU_ASSERT(sum.inputs * stride >= INPUTS_MIN);
}

static const struct harness_test tests[] = {
	{ "no turned bit of a quote is accepted", test_bits },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_bits", tests)
