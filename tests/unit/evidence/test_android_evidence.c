/*
 * test_android_evidence.c - "android-key" as a whole: files, the order of
 * certificates, which one attests, what inspect shows.
 *
 * The certificates here are signed by nobody who matters: nothing in these
 * tests looks at signatures.
 */
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/common/base/harness.h"
#include "base/encode.h"
#include "tests/unit/evidence/test_android_recipe.h"
#include "tests/unit/crypto/test_der_kit.h"

DEFINE_AUTO(json_t *, json_decref);

#define LISTS_OK "0202012c 0a0101 0202012c 0a0101 0403616263 0400 3000 3000"

static bool
parses(struct android_evidence *e, const char *says)
{
	AUTO(buf_release) struct buf why = buf_of(8192);
	err_t err = evidence_android_key.parse(e, &why);

	CU_ASSERT_EQUAL(err == OK, why.len == 0);
	CU_ASSERT(!says || strstr(buf_str(&why), says));
	return err == OK;
}

static char description[512]; /* a good one, in hex */

static const char *
good(void)
{
	AUTO(buf_release) struct buf text = buf_of(sizeof(description) - 1);

	kit_put(&text, "30", LISTS_OK);
	memcpy(description, buf_str(&text), text.len + 1);
	return description;
}

/* --- which certificate says what ------------------------------------------ */

static void
test_target(void)
{
	const struct recipe chain[] = {
		{ "leaf", "batch", good(), NULL, NULL },
		{ "batch", "root", NULL, "a10108", NULL },
		{ "root", "root", NULL, NULL, NULL },
	};
	AUTO(android_free) struct android_evidence *e = open_chain(chain, 3);

	CU_ASSERT(parses(e, NULL));
	CU_ASSERT_EQUAL(e->n, 3);
	CU_ASSERT_EQUAL(e->target, 0);
	CU_ASSERT_EQUAL(e->vouched, 0);
	CU_ASSERT_EQUAL(e->certs[0].n_descriptions, 1);
	CU_ASSERT_EQUAL(e->certs[1].n_provisioning, 1);
	CU_ASSERT_EQUAL(e->certs[1].provisioning.certificates_issued, 8);
	CU_ASSERT(!e->misordered);
	CU_ASSERT(bytes_equal_str(android_nonce(e), "abc"));
}

static void
test_several(void)
{
	const struct recipe chain[] = {
		{ "x", "leaf", NULL, NULL, NULL },
		{ "leaf", "attest", good(), NULL, good() },
		{ "attest", "root", good(), NULL, NULL },
		{ "root", "root", NULL, NULL, NULL },
	};
	AUTO(android_free) struct android_evidence *e = open_chain(chain, 4);
	AUTO(json_decref) json_t *o = android_inspect(e);

	CU_ASSERT(parses(e, NULL));
	CU_ASSERT_EQUAL(e->target, 1);
	CU_ASSERT_EQUAL(e->vouched, 2);
	CU_ASSERT_EQUAL(e->certs[1].n_descriptions, 2);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(o, "key_descriptions")),
	                2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(
	                        o, "key_description_certificate")),
	                2);
}

static void
test_no_target(void)
{
	const struct recipe chain[] = {
		{ "leaf", "root", NULL, NULL, NULL },
		{ "root", "root", NULL, NULL, NULL },
	};
	AUTO(android_free) struct android_evidence *e = open_chain(chain, 2);
	AUTO(json_decref) json_t *o = android_inspect(e);

	CU_ASSERT(!parses(e, "KeyDescription"));
	CU_ASSERT_PTR_NULL(android_target(e));
	CU_ASSERT_PTR_NULL(json_object_get(o, "malformed"));
	CU_ASSERT_PTR_NULL(json_object_get(o, "key_description"));
}

static bool
says_order(const json_t *o)
{
	const json_t *list = json_object_get(o, "malformed");
	const char *text = json_string_value(json_array_get(list, 0));

	return text && strstr(text, "order") &&
	       json_object_get(o, "key_description");
}

/* All orders of three certificates but one are refused, and say so; what is in
 * them is shown all the same. */
static void
test_order(void)
{
	static const size_t orders[][3] = {
		{ 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 }
	};
	const struct recipe chain[] = {
		{ "leaf", "batch", good(), NULL, NULL },
		{ "batch", "root", NULL, NULL, NULL },
		{ "root", "root", NULL, NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		const struct recipe mixed[] = { chain[orders[i][0]],
			                        chain[orders[i][1]],
			                        chain[orders[i][2]] };
		AUTO(android_free)
		struct android_evidence *e = open_chain(mixed, 3);
		AUTO(json_decref) json_t *o = android_inspect(e);

		CU_ASSERT(e->misordered);
		CU_ASSERT(says_order(o));
	}
}

/* Names that lead nowhere are the judgement's business, and an attest key
 * may have its subject's name. */
static void
test_not_order(void)
{
	const struct recipe chain[] = {
		{ "key", "key", good(), NULL, NULL },
		{ "key", "batch", NULL, NULL, NULL },
		{ "batch", "elsewhere", NULL, NULL, NULL },
		{ "root", "root", NULL, NULL, NULL },
	};
	AUTO(android_free) struct android_evidence *e = open_chain(chain, 4);

	CU_ASSERT(!e->misordered);
}

/* Where the second chain begins, with the first's root and without. */
static void
test_second(void)
{
	const struct recipe whole[] = {
		{ "leaf", "batch", good(), NULL, NULL },
		{ "batch", "root", NULL, NULL, NULL },
		{ "root", "root", NULL, NULL, NULL },
		{ "batch 2", "inner 2", NULL, NULL, NULL },
		{ "inner 2", "root", NULL, NULL, NULL },
		{ "root", "root", NULL, NULL, NULL },
	};
	const struct recipe without[] = { whole[0], whole[1], whole[3],
		                          whole[4] };
	static const struct {
		size_t n, at;
	} rows[] = { { 3, 0 }, { 4, 3 }, { 5, 3 }, { 6, 3 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(android_free)
		struct android_evidence *e = open_chain(whole, rows[i].n);
		AUTO(json_decref) json_t *o = android_inspect(e);

		CU_ASSERT_EQUAL(e->second, rows[i].at);
		CU_ASSERT_EQUAL(json_object_get(o, "malformed") != NULL,
		                rows[i].at > 0);
	}
	AUTO(android_free) struct android_evidence *e = open_chain(without, 4);
	AUTO(json_decref) json_t *o = android_inspect(e);
	const json_t *list = json_object_get(o, "malformed");
	const char *text = json_string_value(json_array_get(list, 0));

	CU_ASSERT_EQUAL(e->second, 2);
	CU_ASSERT(text && strstr(text, "certificate 2: a second chain"));
	/* One that is only wrong is none. */
	AUTO(android_free)
	struct android_evidence *wrong = open_chain(without, 3);
	CU_ASSERT_EQUAL(wrong->second, 0);
}

static void
test_malformed(void)
{
	const struct recipe chain[] = {
		{ "leaf", "root", "3000", "a1016131", NULL },
		{ "root", "root", NULL, NULL, NULL },
	};
	AUTO(android_free) struct android_evidence *e = open_chain(chain, 2);
	AUTO(json_decref) json_t *o = android_inspect(e);
	const json_t *list = json_object_get(o, "malformed");

	CU_ASSERT(!parses(e, "certificate 0: key description: "
	                     "attestation_version"));
	CU_ASSERT(!parses(e, "certificate 0: provisioning info"));
	CU_ASSERT_EQUAL(json_array_size(list), 2);
	CU_ASSERT_PTR_NULL(json_object_get(o, "provisioning_info"));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(o, "certificates")), 2);
}

/* --- certificates in JSON ------------------------------------------------- */

static const char *
text(const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));

	return s ? s : "";
}

static void
test_certificate(void)
{
	const struct recipe one = { "a,b\\c\nd", "ä", NULL, NULL, NULL };
	AUTO(android_free) struct android_evidence *e = open_chain(&one, 1);
	AUTO(json_decref) json_t *o = android_inspect(e);
	const json_t *c = json_array_get(json_object_get(o, "certificates"), 0);

	CU_ASSERT_STRING_EQUAL(text(c, "subject"), "CN=a,b\\\\c\\0Ad");
	CU_ASSERT_STRING_EQUAL(text(c, "issuer"), "CN=ä");
	CU_ASSERT_STRING_EQUAL(text(c, "serial"), "1a2b");
	CU_ASSERT_STRING_EQUAL(text(c, "not_before"), "1970-01-01T00:00:00Z");
	CU_ASSERT_STRING_EQUAL(text(c, "not_after"), "2106-02-07T06:28:15Z");
	CU_ASSERT_EQUAL(strlen(text(c, "sha256")), 64);
	CU_ASSERT_EQUAL(strlen(text(c, "spki_sha256")), 64);
	CU_ASSERT_STRING_NOT_EQUAL(text(c, "spki_sha256"), text(c, "sha256"));
}

/* --- provisioning info ---------------------------------------------------- */

static void
test_provisioning_json(void)
{
	const struct recipe chain[] = {
		{ "leaf", "batch", good(), NULL, NULL },
		{ "batch", "root", NULL,
		  "a6 0108 02f5 0366476f6f676c65 06f5 09 8101 20 21", NULL },
	};
	AUTO(android_free) struct android_evidence *e = open_chain(chain, 2);
	AUTO(json_decref) json_t *o = android_inspect(e);
	AUTO(json_decref)
	json_t *expected =
	        json_pack("{s:i, s:b, s:s, s:b, s:s, s:i, s:i, s:s, s:b}", "1",
	                  8, "2", 1, "3", "Google", "6", 1, "9", "8101", "-1",
	                  -2, "certificates_issued", 8, "manufacturer",
	                  "Google", "reported_lost", 1);

	CU_ASSERT(
	        json_equal(json_object_get(o, "provisioning_info"), expected));
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(
	                        o, "provisioning_info_certificate")),
	                1);
}

/* Nor is any shown of a chain that has none, however long it is. */
static void
test_no_provisioning(void)
{
	struct recipe chain[ANDROID_CHAIN_MAX];

	for (size_t n = 1; n <= ANDROID_CHAIN_MAX; n++) {
		chain[n - 1] =
		        (struct recipe){ n == 1 ? "leaf" : "ca", "ca",
			                 n == 1 ? good() : NULL, NULL, NULL };
		AUTO(android_free)
		struct android_evidence *e = open_chain(chain, n);
		AUTO(json_decref) json_t *o = android_inspect(e);

		CU_ASSERT_PTR_NULL(json_object_get(o, "provisioning_info"));
		CU_ASSERT_PTR_NULL(
		        json_object_get(o, "provisioning_info_certificate"));
	}
}

/* --- values with a name --------------------------------------------------- */

/* Origins beyond those of the schema are shown as the numbers that they are. */
static void
test_origins(void)
{
	for (int origin = 0; origin < 8; origin++) {
		AUTO(buf_release) struct buf hex = buf_of(256);
		AUTO(buf_release) struct buf lists = buf_of(256);

		buf_printf(&lists,
		           "0202012c 0a0101 0202012c 0a0101 0403616263 0400 "
		           "3000 3007 bf853e03 0201%02x",
		           (unsigned)origin);
		kit_put(&hex, "30", buf_str(&lists));
		const struct recipe one = { "leaf", "ca", buf_str(&hex), NULL,
			                    NULL };
		AUTO(android_free)
		struct android_evidence *e = open_chain(&one, 1);
		AUTO(json_decref) json_t *o = android_inspect(e);
		const json_t *shown = json_object_get(
		        json_object_get(json_object_get(o, "key_description"),
		                        "hardware_enforced"),
		        "origin");

		CU_ASSERT_EQUAL(json_is_string(shown), origin < 5);
		CU_ASSERT(origin < 5 || json_integer_value(shown) == origin);
	}
}

/* --- files ---------------------------------------------------------------- */

static bool
files_refused(const char *content, const char *says)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct bytes file = bytes_of_str(content);
	void *own = NULL;
	err_t err = android_read_files(&file, 1, &why, &own);

	android_free(own);
	return err == E_MALFORMED && strstr(buf_str(&why), says);
}

static void
test_files(void)
{
	const struct recipe chain[] = {
		{ "leaf", "root", good(), NULL, NULL },
		{ "root", "root", NULL, NULL, NULL },
	};
	AUTO(buf_release) struct buf pem = buf_of(KIT_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	void *own = NULL;

	for (size_t i = 0; i < 2; i++) {
		AUTO(buf_release) struct buf der = make(&chain[i]);

		buf_append_str(&pem, "-----BEGIN CERTIFICATE-----\n");
		encode_base64(&pem, buf_bytes(&der));
		buf_append_str(&pem, "\n-----END CERTIFICATE-----\n");
	}
	struct bytes file = buf_bytes(&pem);
	CU_ASSERT_EQUAL(android_read_files(&file, 1, &why, &own), OK);
	AUTO(android_free) struct android_evidence *e = own;
	CU_ASSERT(e && e->n == 2 && parses(e, NULL));

	CU_ASSERT(files_refused("", "file 1: neither"));
	CU_ASSERT(files_refused("text", "file 1: neither"));
	CU_ASSERT(files_refused("-----BEGIN PUBLIC KEY-----\nMAA=\n"
	                        "-----END PUBLIC KEY-----\n",
	                        "something else"));
	own = NULL;
	CU_ASSERT_EQUAL(android_read_files(NULL, 0, &why, &own), E_MALFORMED);
}

/* The same bytes may give the same object; other bytes never do, even when
 * they end alike and are of the same length. */
static void
test_known(void)
{
	const struct recipe one = { "leaf", "root", good(), NULL, NULL };
	AUTO(buf_release) struct buf der = make(&one);
	AUTO(x509_cert_free) struct x509_cert *first = NULL;
	AUTO(x509_cert_free) struct x509_cert *again = NULL;
	AUTO(x509_cert_free) struct x509_cert *other = NULL;

	CU_ASSERT_EQUAL_FATAL(x509_cert_parse(buf_bytes(&der), &first), OK);
	CU_ASSERT_EQUAL_FATAL(x509_cert_parse(buf_bytes(&der), &again), OK);
	uint8_t *name = memmem(der.data, der.len, "leaf", 4);
	CU_ASSERT_PTR_NOT_NULL_FATAL(name);
	name[0] = 'd';
	CU_ASSERT_EQUAL_FATAL(x509_cert_parse(buf_bytes(&der), &other), OK);
	CU_ASSERT_PTR_NOT_EQUAL(first, other);
	CU_ASSERT(bytes_equal(x509_cert_der(other), buf_bytes(&der)));
	CU_ASSERT(bytes_equal(x509_cert_der(first), x509_cert_der(again)));
	CU_ASSERT(!bytes_equal(x509_cert_der(first), x509_cert_der(other)));
	x509_cert_free(first);
	first = NULL;
	CU_ASSERT_EQUAL(x509_cert_der(again).len, der.len);
}

/* DER with a byte behind is no certificate. */
static void
test_exact(void)
{
	const struct recipe one = { "leaf", "root", good(), NULL, NULL };
	AUTO(buf_release) struct buf der = make(&one);
	AUTO(x509_cert_free) struct x509_cert *cert = NULL;

	CU_ASSERT_EQUAL(x509_cert_parse(buf_bytes(&der), &cert), OK);
	buf_u8(&der, 0);
	struct x509_cert *none = NULL;
	CU_ASSERT_EQUAL(x509_cert_parse(buf_bytes(&der), &none), E_MALFORMED);
	for (size_t n = 0; n + 1 < der.len; n += 7)
		CU_ASSERT_EQUAL(x509_cert_parse(bytes_of(der.data, n), &none),
		                E_MALFORMED);
	CU_ASSERT_PTR_NULL(none);
	EVP_PKEY_free(recipe_key);
	recipe_key = NULL;
}

static const struct harness_test tests[] = {
	{ "the certificate that attests", test_target },
	{ "several that attest", test_several },
	{ "none that attests", test_no_target },
	{ "another order than leaf first", test_order },
	{ "a second chain behind the first", test_second },
	{ "odd names are no order", test_not_order },
	{ "malformed extensions are named", test_malformed },
	{ "a certificate in JSON", test_certificate },
	{ "provisioning info in JSON", test_provisioning_json },
	{ "no provisioning info in JSON", test_no_provisioning },
	{ "origins with and without a name", test_origins },
	{ "files", test_files },
	{ "a certificate that was seen before", test_known },
	{ "a certificate and nothing else", test_exact },
	{ NULL, NULL },
};

HARNESS_MAIN("android_evidence", tests)
