/*
 * test_revocation.c - Google's status list: what is taken, what is refused,
 * what is found again, and how long it is believed.
 */
#include <string.h>

#include "tests/common/base/corpus.h"
#include "tests/common/base/harness.h"
#include "evidence/revocation/revocation.h"

#define AT_S 1795435200u /* 2026-11-23T12:00:00Z */
#define MANY 100000u

static err_t
read_text(const char *text, struct buf *why, struct revocations **ret_list)
{
	buf_reset(why);
	return revocations_read(bytes_of_str(text), AT_S, why, ret_list);
}

static struct revocations *
list_of(const char *text)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct revocations *list = NULL;

	err_t err = read_text(text, &why, &list);
	if (err != OK)
		fprintf(stderr, "%s: %s\n", err_name(err), buf_str(&why));
	CU_ASSERT_EQUAL_FATAL(err, OK);
	return list;
}

static bool
find(const struct revocations *list, const char *serial, struct revocation *ret)
{
	return revocation_find(list, bytes_of_str(serial), ret);
}

static const char good[] =
        "{ \"entries\" : {\n"
        "  \"c35747a084470c3135aeefe2b8d40cd6\": { \"status\": \"REVOKED\",\n"
        "    \"reason\": \"KEY_COMPROMISE\", \"expires\": \"2020-11-13\",\n"
        "    \"comment\": \"k\\u00e9ybox \\\"x\\\" \xc3\xa9\" },\n"
        "  \"6681152659205225093\": {\"comment\":\"\",\"status\":"
        "\"SUSPENDED\"},\r\n"
        "\t\"1\": {\"reason\":\"SOFTWARE_FLAW\",\"status\":\"REVOKED\"},\n"
        "  \"ffffffffffffffffffffffffffffffffffffffff\":"
        "{\"status\":\"REVOKED\",\"reason\":\"SUPERSEDED\"}\n"
        "} }\n";

static void
test_good(void)
{
	AUTO(revocations_free) struct revocations *list = list_of(good);
	struct revocation r = { 0 };

	CU_ASSERT_EQUAL(revocations_count(list), 4);
	CU_ASSERT_EQUAL(revocations_at_s(list), AT_S);
	CU_ASSERT(find(list, "c35747a084470c3135aeefe2b8d40cd6", &r));
	CU_ASSERT_EQUAL(r.status, REVOCATION_REVOKED);
	CU_ASSERT_STRING_EQUAL(revocation_reason_name(r.reason),
	                       "KEY_COMPROMISE");
	CU_ASSERT(find(list, "1", &r));
	CU_ASSERT_EQUAL(r.reason, REVOCATION_SOFTWARE_FLAW);
	CU_ASSERT(find(list, "ffffffffffffffffffffffffffffffffffffffff", &r));
	CU_ASSERT_FALSE(find(list, "c35747a084470c3135aeefe2b8d40cd7", &r));
	CU_ASSERT_FALSE(find(list, "2", &r));
}

/* The other tests' word for it: whoever is found is revoked. */
static void
test_suspended(void)
{
	AUTO(revocations_free) struct revocations *list = list_of(good);
	struct revocation r = { 0 };

	CU_ASSERT(find(list, "6681152659205225093", &r));
	CU_ASSERT_EQUAL(r.status, REVOCATION_SUSPENDED);
	CU_ASSERT_STRING_EQUAL(revocation_status_name(r.status), "SUSPENDED");
	CU_ASSERT_EQUAL(r.reason, REVOCATION_NOT_SAID);
}

/* 0x6681152659205225093 is another number than 6681152659205225093. */
static void
test_digits_are_hex(void)
{
	AUTO(revocations_free) struct revocations *list = list_of(good);
	struct revocation r;

	CU_ASSERT_FALSE(find(list, "5cb837ea79b01e85", &r));
	CU_ASSERT(find(list, "6681152659205225093", &r));
}

/* What x509_cert_put_serial() never writes, and what no list can hold. */
static void
test_no_serial(void)
{
	static const char *const none[] = {
		"",   "0",   "01", "-1",
		"1 ", "0x1", "F",  "1ffffffffffffffffffffffffffffffffffffffff"
	};
	AUTO(revocations_free) struct revocations *list = list_of(good);
	struct revocation r;

	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		CU_ASSERT_FALSE(find(list, none[i], &r));
}

#define ONE(members) "{\"entries\":{\"a\":{" members "}}}"
#define SERIAL(serial) "{\"entries\":{\"" serial "\":{\"status\":\"REVOKED\"}}}"
#define R "\"status\":\"REVOKED\""
#define TEN "xxxxxxxxxx"
#define C140 TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *text;
	const char *why;
} bad[] = {
	{ "", "'{' expected" },
	{ "[]", "'{' expected" },
	{ "{}", "expected" },
	{ "{\"entries\":{}", "'}' expected" },
	{ "{\"entries\":[]}", "'{' expected" },
	{ "{\"entries\":{},\"version\":1}", "'}' expected" },
	{ "{\"entries\":{},\"entries\":{}}", "'}' expected" },
	{ "{\"Entries\":{}}", "'entries' expected" },
	{ "{\"entries\":{}} x", "after the end" },
	{ "{\"entries\":{}}{}", "after the end" },
	{ "\xef\xbb\xbf{\"entries\":{}}", "'{' expected" },
	{ "{'entries':{}}", "'\"' expected" },
	{ SERIAL("A"), "lower-case hex" },
	{ SERIAL("0a"), "lower-case hex" },
	{ SERIAL("0"), "lower-case hex" },
	{ SERIAL(""), "lower-case hex" },
	{ SERIAL("-1"), "lower-case hex" },
	{ SERIAL("0x1"), "lower-case hex" },
	{ SERIAL("a "), "lower-case hex" },
	{ SERIAL("\\u0061"), "plain ASCII" },
	{ SERIAL("1ffffffffffffffffffffffffffffffffffffffff"), "20 octets" },
	{ ONE(""), "'\"' expected" },
	{ ONE("\"reason\":\"SUPERSEDED\""), "without status" },
	{ ONE("\"status\":\"OK\""), "unknown status" },
	{ ONE("\"status\":\"revoked\""), "unknown status" },
	{ ONE("\"status\":\"\""), "unknown status" },
	{ ONE("\"status\":1"), "'\"' expected" },
	{ ONE("\"status\":null"), "'\"' expected" },
	{ ONE(R "," R), "a member twice" },
	{ ONE(R ",\"since\":\"x\""), "unknown member" },
	{ ONE(R ",\"reason\":\"\""), "unknown reason" },
	{ ONE(R ",\"reason\":\"WHIM\""), "unknown reason" },
	{ ONE(R ",\"expires\":\"2026-02-30\""), "no date" },
	{ ONE(R ",\"expires\":\"20261123\""), "no date" },
	{ ONE(R ",\"expires\":\"2026-11-2\\u0033\""), "plain ASCII" },
	{ ONE(R ",\"comment\":\"" C140 "x\""), "140 characters" },
	{ ONE(R ",\"comment\":\"\xff\""), "no text" },
	{ ONE(R ",\"comment\":\"\n\""), "no text" },
	{ ONE(R ",\"comment\":\"\\x\""), "unknown escape" },
	{ ONE(R ",\"comment\":\"\\u00g0\""), "unknown escape" },
	{ ONE(R ",\"comment\":\"\\ud800\""), "surrogate" },
	{ ONE(R ",\"comment\":\"x"), "within a comment" },
	{ ONE(R ","), "'\"' expected" },
	{ ONE(R " \"reason\":\"SUPERSEDED\""), "'}' expected" },
	{ "{\"entries\":{\"a\":{" R "},}}", "'\"' expected" },
	{ "{\"entries\":{\"a\":{" R "} \"b\":{" R "}}}", "'}' expected" },
	{ "{\"entries\":{\"a\":{" R "},\"b\":{" R "},\"a\":{" R "}}}",
	  "serial a occurs twice" },
};

static void
test_bad(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct revocations *list = NULL;
		err_t err = read_text(bad[i].text, &why, &list);
		if (err != E_MALFORMED || !strstr(buf_str(&why), bad[i].why))
			fprintf(stderr, "%s: %s, %s\n", bad[i].text,
			        err_name(err), buf_str(&why));
		CU_ASSERT_EQUAL(err, E_MALFORMED);
		CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), bad[i].why));
		CU_ASSERT_PTR_NULL(list);
		revocations_free(list);
	}
}

static void
test_edges(void)
{
	static const char *const fine[] = {
		"{\"entries\":{}}",
		" \t\r\n{\"entries\" : { } } \n",
		ONE(R ",\"comment\":\"" C140 "\""),
		ONE(R ",\"comment\":\"\\\\\\/\\b\\f\\n\\r\\t\\u2028\""),
		SERIAL("f123456789012345678901234567890123456789"),
	};

	for (size_t i = 0; i < ARRAY_LEN(fine); i++)
		revocations_free(list_of(fine[i]));
}

/* --- part by part --------------------------------------------------------- */

struct drip {
	const char *at;
	size_t before_failure; /* SIZE_MAX: none */
};

static err_t
next_byte(void *arg, struct bytes *ret_part)
{
	struct drip *d = arg;

	if (d->before_failure != SIZE_MAX && d->before_failure-- == 0)
		return E_IO;
	*ret_part = bytes_of(d->at, *d->at ? 1 : 0);
	d->at += *d->at ? 1 : 0;
	return OK;
}

static void
test_parts(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(revocations_free) struct revocations *whole = list_of(good);
	AUTO(revocations_free) struct revocations *list = NULL;
	struct drip drip = { good, SIZE_MAX };
	const struct revocation_source source = { next_byte, &drip };

	CU_ASSERT_EQUAL_FATAL(revocations_import(&source, AT_S, &why, &list),
	                      OK);
	CU_ASSERT(bytes_equal(revocations_file(list), revocations_file(whole)));
}

static void
test_source_fails(void)
{
	for (size_t n = 0; n < sizeof(good); n += 7) {
		AUTO(buf_release) struct buf why = buf_of(512);
		struct revocations *list = NULL;
		struct drip drip = { good, n };
		const struct revocation_source source = { next_byte, &drip };

		CU_ASSERT_EQUAL(revocations_import(&source, AT_S, &why, &list),
		                E_IO);
		CU_ASSERT_PTR_NULL(list);
	}
}

/* Every beginning of a list is refused, never taken for a shorter one. */
static void
test_cut_json(void)
{
	size_t len = strlen(good) - 1;

	while (len > 0 && good[len - 1] != '}')
		len--;
	for (size_t n = 0; n < len; n++) {
		AUTO(buf_release) struct buf why = buf_of(512);
		struct revocations *list = NULL;

		CU_ASSERT_EQUAL(
		        revocations_read(bytes_of(good, n), AT_S, &why, &list),
		        E_MALFORMED);
		revocations_free(list);
	}
}

/* --- our own file --------------------------------------------------------- */

static err_t
open_copy(struct bytes file, struct revocations **ret_list)
{
	AUTO(buf_release) struct buf copy = buf_of(REVOCATION_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(512);

	buf_append(&copy, file);
	return revocations_open(&copy, &why, ret_list);
}

static void
test_file(void)
{
	AUTO(revocations_free) struct revocations *list = list_of(good);
	AUTO(revocations_free) struct revocations *again = NULL;
	struct revocation r = { 0 };

	CU_ASSERT_EQUAL_FATAL(open_copy(revocations_file(list), &again), OK);
	CU_ASSERT_EQUAL(revocations_count(again), 4);
	CU_ASSERT_EQUAL(revocations_at_s(again), AT_S);
	CU_ASSERT(find(again, "6681152659205225093", &r));
	CU_ASSERT_EQUAL(r.status, REVOCATION_SUSPENDED);
	CU_ASSERT(bytes_equal(revocations_file(list), revocations_file(again)));
}

static void
test_file_changed(void)
{
	AUTO(revocations_free) struct revocations *list = list_of(good);
	struct bytes file = revocations_file(list);
	AUTO(buf_release) struct buf changed = buf_of(1024);

	buf_append(&changed, file);
	CU_ASSERT_EQUAL_FATAL(buf_status(&changed), OK);
	for (size_t bit = 0; bit < file.len * 8; bit++) {
		struct revocations *none = NULL;

		changed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CU_ASSERT_EQUAL(open_copy(buf_bytes(&changed), &none),
		                E_MALFORMED);
		changed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t n = 0; n < file.len; n++) {
		struct revocations *none = NULL;

		CU_ASSERT_EQUAL(open_copy(bytes_of(file.data, n), &none),
		                E_MALFORMED);
	}
}

/* --- many ----------------------------------------------------------------- */

/* Serials scattered over 64 bits; odd times i is one to one. */
static uint64_t
serial_of(uint64_t i)
{
	return (i + 1) * 0x9e3779b97f4a7c15u;
}

static void
put_many(struct buf *text)
{
	buf_append_str(text, "{\"entries\":{");
	for (unsigned i = 0; i < MANY; i++)
		buf_printf(text, "%s\"%lx\":{\"status\":\"%s\"}", i ? "," : "",
		           serial_of(i), i % 2 ? "REVOKED" : "SUSPENDED");
	buf_append_str(text, "}}");
}

static void
test_many(void)
{
	AUTO(buf_release) struct buf text = buf_of(REVOCATION_JSON_MAX);
	AUTO(revocations_free) struct revocations *list = NULL;
	unsigned wrong = 0;

	put_many(&text);
	list = list_of(buf_str(&text));
	CU_ASSERT_EQUAL(revocations_count(list), MANY);
	for (unsigned i = 0; i < 2 * MANY; i++) {
		struct revocation r = { 0 };
		char hex[17];
		snprintf(hex, sizeof(hex), "%lx", serial_of(i));
		bool found = find(list, hex, &r);
		wrong += found != (i < MANY);
		wrong += found && (r.status == REVOCATION_REVOKED) != i % 2;
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

/* --- age ------------------------------------------------------------------ */

static void
test_age(void)
{
	static const struct revocation_limits limits = { 1000, 100 };
	static const struct revocation_limits no_grace = { 1000, 0 };
	static const struct revocation_limits endless = { UINT64_MAX,
		                                          UINT64_MAX };
	AUTO(revocations_free) struct revocations *list = list_of(good);

#define AGE(l, now) \
	revocation_age(list, &(l), (uint64_t)((int64_t)AT_S + (now)))
	CU_ASSERT_EQUAL(AGE(limits, 0), REVOCATION_FRESH);
	CU_ASSERT_EQUAL(AGE(limits, 1000), REVOCATION_FRESH);
	CU_ASSERT_EQUAL(AGE(limits, 1001), REVOCATION_GRACE);
	CU_ASSERT_EQUAL(AGE(limits, 1100), REVOCATION_GRACE);
	CU_ASSERT_EQUAL(AGE(limits, 1101), REVOCATION_STALE);
	CU_ASSERT_EQUAL(AGE(no_grace, 1001), REVOCATION_STALE);
	CU_ASSERT_EQUAL(AGE(endless, 4000000000), REVOCATION_FRESH);
	CU_ASSERT_EQUAL(AGE(limits, -300), REVOCATION_FRESH);
	CU_ASSERT_EQUAL(AGE(limits, -301), REVOCATION_STALE);
	CU_ASSERT_EQUAL(revocation_age(NULL, &endless, AT_S), REVOCATION_STALE);
}

/* --- a real one ----------------------------------------------------------- */

#define REAL "android-key-attestation/vvb2060+KeyAttestation/"

DEFINE_AUTO(json_t *, json_decref);

static void
test_real(void)
{
	AUTO(buf_release) struct buf text = buf_of(REVOCATION_JSON_MAX);
	AUTO(json_decref)
	json_t *expected = corpus_json(REAL "status-list.expected.json");
	AUTO(revocations_free) struct revocations *list = NULL;
	struct revocation r = { 0 };
	long n[REVOCATION_REASON_COUNT] = { 0 };

	if (!expected ||
	    !corpus_read(REAL "app/src/main/res/raw/status.json", &text)) {
		harness_skip("no corpus beside the checkout");
		return;
	}
	list = list_of(buf_str(&text));
	CU_ASSERT_EQUAL(revocations_count(list),
	                (size_t)json_integer_value(
	                        json_object_get(expected, "entries")));
	CU_ASSERT(find(list, "13928929639211242692", &r));
	CU_ASSERT_EQUAL(r.reason, REVOCATION_KEY_COMPROMISE);
	for (size_t i = 0; i < revocations_count(list); i++) {
		AUTO(buf_release) struct buf serial = buf_of(64);
		r = revocations_at(list, i, &serial);
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(buf_str(&text), buf_str(&serial)));
		n[r.reason]++;
	}
	CU_ASSERT_EQUAL(n[REVOCATION_KEY_COMPROMISE], 441);
	CU_ASSERT_EQUAL(n[REVOCATION_SOFTWARE_FLAW], 26);
}

static const struct harness_test tests[] = {
	{ "reads what the schema allows", test_good },
	{ "suspended is found like revoked", test_suspended },
	{ "serials of digits alone are hex", test_digits_are_hex },
	{ "what is no serial is not found", test_no_serial },
	{ "refuses all else, and says why", test_bad },
	{ "the schema's edges are allowed", test_edges },
	{ "the same, byte by byte", test_parts },
	{ "a source that fails is no shorter list", test_source_fails },
	{ "a list cut short is no shorter list", test_cut_json },
	{ "our file gives the same list", test_file },
	{ "a file with one bit changed, or cut, is refused",
	  test_file_changed },
	{ "finds each of a hundred thousand, and no other", test_many },
	{ "is believed for so long", test_age },
	{ "Google's list of 467", test_real },
	{ NULL, NULL },
};
HARNESS_MAIN("revocation", tests)
