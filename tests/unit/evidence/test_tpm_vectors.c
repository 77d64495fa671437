/*
 * test_tpm_vectors.c - quotes by swtpm, read from files and judged offline.
 *
 * tests/vectors/tpm2/make.sh made them; the trust here is the key's own files.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "evidence/appraise.h"
#include "base/encode.h"

#define BIT(name) reason_bit(REASON_##name)
#define FILES_MAX 6

static const char *const parts[] = { "quote.bin", "signature.bin", "pcrs.bin",
	                             "ak.bin", "ak.pem" };

enum { QUOTE, SIGNATURE, PCRS, AREA, PEM, PARTS };

struct vector {
	struct buf part[PARTS];
	struct buf nonce;
};

static void
read_part(const char *folder, const char *name, struct buf *out)
{
	char path[256];
	uint8_t block[4096];

	*out = buf_of(65536);
	snprintf(path, sizeof(path), "tests/vectors/tpm2/%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (size_t n; (n = fread(block, 1, sizeof(block), f)) > 0;)
		buf_append(out, bytes_of(block, n));
	fclose(f);
}

static struct vector
vector_of(const char *folder)
{
	struct vector v = { .nonce = buf_of(64) };
	struct buf hex;

	for (unsigned i = 0; i < PARTS; i++)
		read_part(folder, parts[i], &v.part[i]);
	read_part(folder, "nonce.hex", &hex);
	hex.len--; /* the newline */
	CU_ASSERT_EQUAL(decode_hex(&v.nonce, buf_bytes(&hex)), OK);
	buf_release(&hex);
	return v;
}

static void
vector_release(struct vector *v)
{
	for (unsigned i = 0; i < PARTS; i++)
		buf_release(&v->part[i]);
	buf_release(&v->nonce);
}
DEFINE_AUTO_REF(struct vector, vector_release);

/* Which parts are the evidence, which one part of which vector is the trust,
 * and what is allowed. */
struct ask {
	unsigned evidence; /* bits */
	const struct vector *trusted;
	unsigned trust;
	const char *allow;
};

/* Was an identity proved, when evidence was judged last? */
static bool identified;

static reason_set
judge(const struct vector *v, const struct ask *ask)
{
	AUTO(evidence_release) struct evidence e = { 0 };
	AUTO(buf_release) struct buf why = buf_of(1024);
	const struct evidence_trust trust = {
		.file = buf_bytes(&ask->trusted->part[ask->trust]),
	};
	const struct evidence_offline offline = {
		.trust = &trust,
		.n_trust = 1,
		.allow = &ask->allow,
		.n_allow = ask->allow != NULL,
	};
	struct bytes files[PARTS];
	struct appraisal a;
	size_t n = 0;

	for (unsigned i = 0; i < PARTS; i++)
		if (ask->evidence & 1u << i)
			files[n++] = buf_bytes(&v->part[i]);
	err_t err = evidence_open_files("tpm2-quote", files, n, &why, &e);
	CU_ASSERT_EQUAL_FATAL(err, OK);
	CU_ASSERT_EQUAL_FATAL(e.format->offline(e.own, &offline, &why), OK);
	appraise_evidence(&e, buf_bytes(&v->nonce), NULL, &a);
	identified = a.identified;
	return a.reasons;
}

#define QUOTE_AND_PCRS (1u << QUOTE | 1u << SIGNATURE | 1u << PCRS)

static void
check_good(const char *folder)
{
	AUTO(vector_release) struct vector v = vector_of(folder);
	static const unsigned keys[] = { 0, 1u << AREA, 1u << PEM,
		                         1u << AREA | 1u << PEM };

	for (unsigned i = 0; i < ARRAY_LEN(keys); i++) {
		const struct ask by_pem = { QUOTE_AND_PCRS | keys[i], &v, PEM,
			                    NULL };
		const struct ask by_area = { QUOTE_AND_PCRS | keys[i], &v, AREA,
			                     NULL };

		CU_ASSERT_EQUAL(judge(&v, &by_pem), 0);
		CU_ASSERT(!identified); /* an area's name is a mere word */
		CU_ASSERT_EQUAL(judge(&v, &by_area), 0);
		CU_ASSERT_EQUAL(identified, (keys[i] & 1u << AREA) != 0);
	}
}

static void
test_good(void)
{
	check_good("ecdsa-sha256");
	check_good("rsassa-sha256");
	check_good("rsapss-sha256");
	check_good("rsassa-sha384");
}

static void
test_sha1(void)
{
	AUTO(vector_release) struct vector v = vector_of("rsassa-sha1");
	struct ask ask = { QUOTE_AND_PCRS | 1u << AREA, &v, PEM, NULL };

	CU_ASSERT_EQUAL(judge(&v, &ask), BIT(EVIDENCE_UNSUPPORTED));
	ask.allow = "sha1";
	CU_ASSERT_EQUAL(judge(&v, &ask), 0);
}

static void
test_stranger(void)
{
	AUTO(vector_release) struct vector v = vector_of("rsassa-sha256");
	AUTO(vector_release) struct vector other = vector_of("ecdsa-sha256");
	static const unsigned keys[] = { PEM, AREA };

	for (unsigned i = 0; i < ARRAY_LEN(keys); i++) {
		struct ask ask = { QUOTE_AND_PCRS | 1u << AREA, &other, keys[i],
			           NULL };

		CU_ASSERT_EQUAL(judge(&v, &ask), BIT(CHAIN_UNTRUSTED));
		ask.evidence = QUOTE_AND_PCRS | 1u << PEM;
		CU_ASSERT_EQUAL(judge(&v, &ask), BIT(CHAIN_UNTRUSTED));
		ask.evidence = QUOTE_AND_PCRS;
		CU_ASSERT_EQUAL(judge(&v, &ask), BIT(EVIDENCE_SIGNATURE));
	}
}

/* The same numbers with other attributes are not the key that was named. */
static void
test_other_area(void)
{
	AUTO(vector_release) struct vector v = vector_of("ecdsa-sha256");
	AUTO(vector_release) struct vector named = vector_of("ecdsa-sha256");
	const struct ask by_area = { QUOTE_AND_PCRS | 1u << AREA, &named, AREA,
		                     NULL };

	CU_ASSERT_EQUAL(judge(&v, &by_area), 0);
	v.part[AREA].data[9] ^= 0x40; /* userWithAuth */
	CU_ASSERT_EQUAL(judge(&v, &by_area), BIT(CHAIN_UNTRUSTED));
}

static void
test_nonce(void)
{
	AUTO(vector_release) struct vector v = vector_of("ecdsa-sha256");
	const struct ask ask = { QUOTE_AND_PCRS | 1u << AREA, &v, PEM, NULL };

	v.nonce.len--;
	CU_ASSERT_EQUAL(judge(&v, &ask), BIT(NONCE_MISMATCH));
	v.nonce.len = 0;
	CU_ASSERT_EQUAL(judge(&v, &ask), BIT(NONCE_MISMATCH));
}

static void
test_tools_pcrs(void)
{
	AUTO(vector_release) struct vector v = vector_of("rsassa-sha384");
	const struct ask ask = { QUOTE_AND_PCRS | 1u << AREA, &v, PEM, NULL };
	struct buf *file = &v.part[PCRS];

	file->data[4 + 132 + 4 + 2] ^= 1; /* the first value's first byte */
	CU_ASSERT_EQUAL(judge(&v, &ask), BIT(PCR_MISMATCH));
}

/* --- files ---------------------------------------------------------------- */

static void
check_files(const struct bytes *files, size_t n, err_t err, const char *says)
{
	AUTO(evidence_release) struct evidence e = { 0 };
	AUTO(buf_release) struct buf why = buf_of(1024);

	CU_ASSERT_EQUAL(evidence_open_files("tpm2-quote", files, n, &why, &e),
	                err);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), says));
}

static void
test_files(void)
{
	AUTO(vector_release) struct vector v = vector_of("ecdsa-sha256");
	AUTO(vector_release) struct vector w = vector_of("rsassa-sha256");
	AUTO(buf_release) struct buf sized = buf_of(4096);
	struct bytes files[3] = { buf_bytes(&v.part[QUOTE]),
		                  buf_bytes(&v.part[SIGNATURE]) };

	buf_u16(&sized, (uint16_t)files[0].len);
	buf_append(&sized, files[0]);
	check_files(files, 0, E_MALFORMED, "TPMS_ATTEST");
	check_files(files + 1, 1, E_MALFORMED, "TPMS_ATTEST");
	check_files(files, 2, OK, "");
	files[2] = files[1];
	check_files(files, 3, E_MALFORMED, "file 3: a part given twice");
	files[2] = buf_bytes(&sized);
	check_files(files, 3, E_MALFORMED, "twice");
	check_files(files + 1, 2, OK, ""); /* TPM2B_ATTEST instead */
	files[2] = bytes_of_str("what is this?");
	check_files(files, 3, E_MALFORMED, "file 3: of no kind");
	files[2] = bytes_of_str("-----BEGIN PUBLIC KEY-----\nAAAA\n");
	check_files(files, 3, E_MALFORMED, "file 3");
	files[2] = bytes_of_str("{\"sha256\":{\"0\":7}}");
	check_files(files, 3, E_MALFORMED, "file 3: malformed");
	files[1] = buf_bytes(&v.part[AREA]);
	files[2] = buf_bytes(&w.part[PEM]);
	check_files(files, 3, E_MALFORMED, "file 3: a part given twice");
}

static void
test_trust_files(void)
{
	AUTO(vector_release) struct vector v = vector_of("ecdsa-sha256");
	AUTO(evidence_release) struct evidence e = { 0 };
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct bytes file = buf_bytes(&v.part[QUOTE]);
	struct evidence_trust trust = { .file = bytes_of_str("nothing") };
	const char *allow = "no-such";
	struct evidence_offline offline = { .trust = &trust, .n_trust = 1 };

	CU_ASSERT_EQUAL_FATAL(
	        evidence_open_files("tpm2-quote", &file, 1, &why, &e), OK);
	CU_ASSERT_EQUAL(e.format->offline(e.own, &offline, &why), E_MALFORMED);
	trust.found = true;
	CU_ASSERT_EQUAL(e.format->offline(e.own, &offline, &why), OK);
	v.part[AREA].data[7] &= 0xfe; /* not restricted */
	trust = (struct evidence_trust){ .file = buf_bytes(&v.part[AREA]) };
	CU_ASSERT_EQUAL(e.format->offline(e.own, &offline, &why), E_DENIED);
	offline.n_trust = 0;
	offline.allow = &allow;
	offline.n_allow = 1;
	CU_ASSERT_EQUAL(e.format->offline(e.own, &offline, &why), E_NOT_FOUND);
}

static const struct harness_test tests[] = {
	{ "good, with and without the key, by either trust", test_good },
	{ "SHA-1 only where a person allows it", test_sha1 },
	{ "a key that nobody named", test_stranger },
	{ "the named key with other attributes", test_other_area },
	{ "nonce shorter, empty", test_nonce },
	{ "the tools' PCR file, changed", test_tools_pcrs },
	{ "files: twice, none, unknown, broken", test_files },
	{ "trust: what is none", test_trust_files },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_vectors", tests)
