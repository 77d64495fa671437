/*
 * test_tpm_corpus.c - quotes of real machines and public suites: every field is
 * compared with independent results, every verdict with that of the source.
 */
#include <jansson.h>

#include "tests/common/base/corpus.h"
#include "tests/common/base/harness.h"
#include "evidence/appraise.h"
#include "evidence/tpm/trust.h"
#include "base/encode.h"

DEFINE_AUTO(json_t *, json_decref);

#define BIT(name) reason_bit(REASON_##name)
#define FILES_MAX 6
#define FILE_MAX (4 * 1024 * 1024)
#define KEYLIME "tpm2/quotes/keylime+keylime/tpm_util_test"

/* Files of one folder of the corpus. */
struct folder {
	size_t n;
	struct buf content[FILES_MAX];
};

static void
folder_release(struct folder *f)
{
	for (size_t i = 0; i < f->n; i++)
		buf_release(&f->content[i]);
}
DEFINE_AUTO_REF(struct folder, folder_release);

/* Adds a file when it is there. */
static bool
add(struct folder *f, const char *path, const char *name)
{
	AUTO(buf_release) struct buf whole = buf_of(4096);
	struct buf content = buf_of(FILE_MAX);

	buf_printf(&whole, "%s/%s", path, name);
	if (!corpus_read(buf_str(&whole), &content)) {
		buf_release(&content);
		return false;
	}
	CU_ASSERT_FATAL(f->n < FILES_MAX);
	f->content[f->n++] = content;
	return true;
}

static struct folder
folder_of(const char *path)
{
	struct folder f = { 0 };

	add(&f, path, "attest.bin");
	add(&f, path, "signature.tpmt");
	add(&f, path, "ak.tpmt_public");
	add(&f, path, "ak.pem");
	add(&f, path, "pcrs.json");
	return f;
}

static struct evidence
open_folder(const struct folder *f)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct bytes views[FILES_MAX];
	struct evidence e = { 0 };

	for (size_t i = 0; i < f->n; i++)
		views[i] = buf_bytes(&f->content[i]);
	CU_ASSERT_EQUAL(
	        evidence_open_files("tpm2-quote", views, f->n, &why, &e), OK);
	if (why.len > 0)
		printf("  %s\n", buf_str(&why));
	return e;
}

/* --- fields --------------------------------------------------------------- */

/* Their names and ours. */
static const struct {
	const char *theirs, *ours;
} fields[] = {
	{ "magic", "magic" },
	{ "type", "type" },
	{ "qualifiedSigner", "qualified_signer" },
	{ "extraData", "extra_data" },
	{ "clockInfo", "clock_info" },
	{ "firmwareVersion", "firmware_version" },
	{ "pcrSelect", "pcr_select" },
	{ "pcrDigest", "pcr_digest" },
	{ "objectName", "object_name" },
	{ "creationHash", "creation_hash" },
	{ "clock", "clock" },
	{ "resetCount", "reset_count" },
	{ "restartCount", "restart_count" },
	{ "safe", "safe" },
	{ "nameAlg", "name_alg" },
	{ "authPolicy", "auth_policy" },
	{ "attributes", "attributes" },
	{ "scheme", "scheme" },
	{ "schemeHash", "scheme_hash" },
	{ "bits", "bits" },
	{ "exponent", "exponent" },
	{ "modulus", "modulus" },
	{ "name", "name" },
};

static const char *
our_name(const char *theirs)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (strcmp(fields[i].theirs, theirs) == 0)
			return fields[i].ours;
	return "";
}

/* Every member of theirs that we name must be ours; clockInfo one deeper. */
static unsigned
compare(json_t *theirs, const json_t *ours)
{
	const char *key;
	json_t *value;
	unsigned n = 0;

	json_object_foreach(theirs, key, value)
	{
		const json_t *own = json_object_get(ours, our_name(key));

		if (strcmp(key, "objectAttributes") == 0)
			continue;
		if (json_is_object(value)) {
			n += compare(value, own);
			continue;
		}
		CU_ASSERT(own && json_equal(value, own));
		if (!own || !json_equal(value, own))
			printf("  field %s\n", key);
		n++;
	}
	return n;
}

/* "RSASSA-sha256" */
static void
compare_scheme(const json_t *measured, const json_t *ours)
{
	AUTO(buf_release) struct buf text = buf_of(256);
	const json_t *s = json_object_get(ours, "signature");

	buf_printf(&text, "%s-%s",
	           json_string_value(json_object_get(s, "scheme")),
	           json_string_value(json_object_get(s, "hash")));
	CU_ASSERT_STRING_EQUAL(buf_str(&text),
	                       json_string_value(json_object_get(
	                               measured, "signatureScheme")));
}

static unsigned compared;

static void
compare_folder(const json_t *expected, const struct evidence *e)
{
	const json_t *measured = json_object_get(expected, "measuredByUs");
	json_t *area = json_object_get(json_object_get(expected, "extra"),
	                               "akPublicArea");
	AUTO(json_decref) json_t *ours = e->format->inspect(e->own);

	CU_ASSERT_PTR_NULL(json_object_get(ours, "malformed"));
	compared += compare(json_object_get(measured, "attest"),
	                    json_object_get(ours, "attest"));
	compare_scheme(measured, ours);
	if (area)
		compared += compare(area, json_object_get(ours, "ak_public"));
}

/* --- verdicts ------------------------------------------------------------- */

static reason_set
judge(const struct folder *evidence, const struct folder *trust,
      struct bytes nonce)
{
	AUTO(evidence_release) struct evidence e = open_folder(evidence);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct evidence_trust anchors[FILES_MAX];
	struct appraisal a;
	const struct evidence_offline offline = {
		.trust = anchors,
		.n_trust = trust->n,
		.at_s = 1795435200, /* 2026-11-23 */
	};

	for (size_t i = 0; i < trust->n; i++)
		anchors[i] = (struct evidence_trust){
			.file = buf_bytes(&trust->content[i]),
		};
	CU_ASSERT_EQUAL_FATAL(e.format->offline(e.own, &offline, &why), OK);
	appraise_evidence(&e, nonce, NULL, &a);
	return a.reasons;
}

static reason_set
expected_reasons(const json_t *measured)
{
	const char *scheme =
	        json_string_value(json_object_get(measured, "signatureScheme"));
	const char *type = json_string_value(
	        json_object_get(json_object_get(measured, "attest"), "type"));
	const char *signature =
	        json_string_value(json_object_get(measured, "signature"));

	if (strcmp(type, "QUOTE") != 0)
		return BIT(EVIDENCE_MALFORMED);
	if (strstr(scheme, "sha1"))
		return BIT(EVIDENCE_UNSUPPORTED);
	/* If the source has no key, an unrelated key is named. */
	return strcmp(signature, "ok") == 0 ? 0 : BIT(EVIDENCE_SIGNATURE);
}

static void
check_nonce_file(const char *path, const json_t *measured,
                 const struct buf *nonce)
{
	AUTO(folder_release) struct folder f = { 0 };
	const json_t *equal = json_object_get(measured, "nonceEqualsExtraData");

	if (json_is_true(equal) && add(&f, path, "nonce.bin"))
		CU_ASSERT(bytes_equal(buf_bytes(&f.content[0]),
		                      buf_bytes(nonce)));
}

static void
judge_folder(const char *path, const struct folder *f, const json_t *expected)
{
	AUTO(folder_release) struct folder trust = { 0 };
	AUTO(buf_release) struct buf nonce = buf_of(256);
	const json_t *measured = json_object_get(expected, "measuredByUs");
	const json_t *extra = json_object_get(
	        json_object_get(measured, "attest"), "extraData");

	CU_ASSERT_EQUAL(
	        decode_hex(&nonce, bytes_of_str(json_string_value(extra))), OK);
	check_nonce_file(path, measured, &nonce);
	if (!add(&trust, path, "ak.pem"))
		add(&trust, KEYLIME, "ak.pem");
	CU_ASSERT_EQUAL(judge(f, &trust, buf_bytes(&nonce)),
	                expected_reasons(measured));
	/* A wrong nonce is the only thing said of a quote that parses. */
	buf_u8(&nonce, 1);
	CU_ASSERT_EQUAL(judge(f, &trust, buf_bytes(&nonce)),
	                expected_reasons(measured) == BIT(EVIDENCE_MALFORMED)
	                        ? BIT(EVIDENCE_MALFORMED)
	                        : BIT(NONCE_MISMATCH));
}

static void
visit(const char *name)
{
	AUTO(buf_release) struct buf path = buf_of(4096);
	AUTO(json_decref) json_t *expected = corpus_json(name);

	buf_append(&path,
	           bytes_of(name, strlen(name) - strlen("/expected.json")));
	AUTO(folder_release) struct folder f = folder_of(buf_str(&path));
	AUTO(evidence_release) struct evidence e = open_folder(&f);
	unsigned failures = CU_get_number_of_failures();
	compare_folder(expected, &e);
	judge_folder(buf_str(&path), &f, expected);
	if (CU_get_number_of_failures() != failures)
		printf("  in %s\n", name);
}

static void
test_all(void)
{
	compared = 0;
	size_t n = corpus_walk("tpm2/quotes", "expected.json", visit);

	if (n == 0) {
		harness_skip("no corpus beside the checkout");
		return;
	}
	printf("  %zu quotes, %u fields compared\n", n, compared);
	CU_ASSERT(n >= 27);
}

/* --- one of them in depth ------------------------------------------------- */

/* Its nonce, PCR values in the tools' own file, and a stranger's trust. */
static void
test_keylime(void)
{
	AUTO(folder_release) struct folder f = { 0 };
	AUTO(folder_release) struct folder trust = { 0 };
	AUTO(folder_release) struct folder stranger = { 0 };
	AUTO(folder_release) struct folder nonce = { 0 };

	if (!add(&f, KEYLIME, "attest.bin")) {
		harness_skip("no corpus beside the checkout");
		return;
	}
	add(&f, KEYLIME, "signature.tpmt");
	add(&f, KEYLIME, "pcrs.keylime-blob.bin");
	add(&trust, KEYLIME, "ak.pem");
	add(&stranger, "tpm2/quotes/kinvolk+azure-cvm-tooling/quote", "ak.pem");

	add(&nonce, KEYLIME, "nonce.bin");
	struct bytes n = buf_bytes(&nonce.content[0]);
	CU_ASSERT_EQUAL(judge(&f, &trust, n), 0);
	CU_ASSERT_EQUAL(judge(&f, &stranger, n), BIT(EVIDENCE_SIGNATURE));
	add(&f, KEYLIME, "ak.pem");
	CU_ASSERT_EQUAL(judge(&f, &trust, n), 0);
	CU_ASSERT_EQUAL(judge(&f, &stranger, n), BIT(CHAIN_UNTRUSTED));
	f.content[2].data[0x8e] ^= 1;
	CU_ASSERT_EQUAL(judge(&f, &trust, n), BIT(PCR_MISMATCH));
	f.content[2].data[0x8e] ^= 1;
}

static void
flip_all(struct folder *f, size_t which, const struct folder *trust,
         struct bytes nonce)
{
	struct buf *b = &f->content[which];

	for (size_t bit = 0; bit < b->len * 8; bit++) {
		AUTO(evidence_release) struct evidence e = { 0 };
		AUTO(buf_release) struct buf why = buf_of(1024);
		struct bytes views[FILES_MAX];

		b->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		for (size_t i = 0; i < f->n; i++)
			views[i] = buf_bytes(&f->content[i]);
		if (evidence_open_files("tpm2-quote", views, f->n, &why, &e) ==
		    OK)
			CU_ASSERT_NOT_EQUAL(judge(f, trust, nonce), 0);
		b->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CU_ASSERT_EQUAL(judge(f, trust, nonce), 0);
}

static void
test_every_bit(void)
{
	AUTO(folder_release) struct folder f = { 0 };
	AUTO(folder_release) struct folder trust = { 0 };
	static const char path[] =
	        "tpm2/quotes/google+go-tpm-tools/gce-cos-85-nonce9009-sha384";
	static const uint8_t nonce[] = { 0x90, 0x09 };

	if (!add(&f, path, "attest.bin")) {
		harness_skip("no corpus beside the checkout");
		return;
	}
	add(&f, path, "signature.tpmt");
	add(&f, path, "ak.tpmt_public");
	add(&trust, path, "ak.tpmt_public");
	flip_all(&f, 0, &trust, bytes_of(nonce, sizeof(nonce)));
	flip_all(&f, 1, &trust, bytes_of(nonce, sizeof(nonce)));
	flip_all(&f, 2, &trust, bytes_of(nonce, sizeof(nonce)));
}

/* --- certificates ---------------------------------------------------------- */

#define GOOGLE_LEAVES \
	"tpm2/ek/certs/google+go-tpm-tools/internal/test/certificates"
#define GOOGLE_ISSUERS "tpm2/ek/ca/google+go-tpm-tools/server/ca-certs"
#define GOOGLE_AT_S 1795435200 /* 2026-11-23T12:00:00Z */

enum google { LEAF, MIDDLE, ROOT };

/* The key of the leaf, with leaf and intermediate as evidence, trusted through the
 * first n of these. */
static reason_set
judge_google(const struct folder *f, const enum google *named, size_t n)
{
	AUTO(tpm_trust_free) struct tpm_trust *trust = NULL;
	AUTO(tpm_key_free) struct tpm_key *key = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	const struct tpm_certs certs = { 2,
		                         { buf_bytes(&f->content[LEAF]),
		                           buf_bytes(&f->content[MIDDLE]) } };
	bool proved;

	CU_ASSERT_EQUAL_FATAL(tpm_trust_new(GOOGLE_AT_S, &trust), OK);
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_EQUAL(tpm_trust_add(trust,
		                              buf_bytes(&f->content[named[i]]),
		                              &why),
		                OK);
	CU_ASSERT_EQUAL_FATAL(tpm_key_of_certificate(certs.der[0], &key), OK);
	return tpm_trust_judge(trust, key, bytes_of(NULL, 0), &certs, &proved);
}

/* A path must lead to one of Google's own keys.  A leaf that was named as well is no
 * end of it, neither for the better nor for the worse. */
static void
test_google(void)
{
	static const enum google leaf_first[] = { LEAF, ROOT };
	AUTO(folder_release) struct folder f = { 0 };

	if (!add(&f, GOOGLE_LEAVES, "pca_tpm_ecc_sign_cert.der")) {
		harness_skip("no corpus beside the checkout");
		return;
	}
	CU_ASSERT_FATAL(
	        add(&f, GOOGLE_ISSUERS, "gcp_ek_ak_ca_intermediate_v3.crt") &&
	        add(&f, GOOGLE_ISSUERS, "gcp_ek_ak_ca_root.crt"));
	CU_ASSERT_EQUAL(judge_google(&f, &leaf_first[1], 1), 0);
	CU_ASSERT_EQUAL(judge_google(&f, leaf_first, 2), 0);
	CU_ASSERT_EQUAL(judge_google(&f, leaf_first, 1), BIT(CHAIN_UNTRUSTED));
}

static const struct harness_test tests[] = {
	{ "every quote: fields and verdict", test_all },
	{ "keylime's: the tools' PCR file, a stranger's key", test_keylime },
	{ "GCE's: every bit of quote, signature and key", test_every_bit },
	{ "GCE's certificates: below Google's keys, leaf named or not",
	  test_google },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_corpus", tests)
