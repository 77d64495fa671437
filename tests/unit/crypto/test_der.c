/*
 * test_der.c - the reader of DER: strict without a struct der_lenient, sticky,
 * and never beyond its input.
 */
#include "tests/common/base/harness.h"
#include "tests/unit/crypto/test_der_kit.h"

/* Takes one INTEGER by a strict and by a lenient reader. */
static bool
integer_good(const char *hex, bool strict, uint64_t value)
{
	AUTO(buf_release) struct buf der = kit_hex(hex);
	struct der_lenient lenient = { 0 };
	struct der d = der_of(buf_bytes(&der), strict ? NULL : &lenient);
	uint64_t v = der_take_uint(&d, DER_INTEGER);

	return der_done(&d) && v == value;
}

static void
test_strict(void)
{
	CU_ASSERT(integer_good("020107", true, 7));
	CU_ASSERT(!integer_good("02020007", true, 7));
	CU_ASSERT(integer_good("02020007", false, 7));
	CU_ASSERT(!integer_good("02810107", true, 7));
	CU_ASSERT(integer_good("02810107", false, 7));
	CU_ASSERT(integer_good("0209 00ffffffffffffffff", true, UINT64_MAX));

	AUTO(buf_release) struct buf truth = kit_hex("010101");
	struct der d = der_of(buf_bytes(&truth), NULL);
	(void)der_take_boolean(&d);
	CU_ASSERT(!der_done(&d));

	AUTO(buf_release) struct buf set = kit_hex("020102 020101");
	struct bytes last = { 0 };
	d = der_of(buf_bytes(&set), NULL);
	CU_ASSERT(der_set_next(&d, &last));
	CU_ASSERT_EQUAL(der_take_uint(&d, DER_INTEGER), 2);
	CU_ASSERT(!der_set_next(&d, &last));
	CU_ASSERT(!der_done(&d));
}

/* What is announced and not there is not taken. */
static void
test_beyond(void)
{
	static const char *const bad[] = { "0402aa",     "0481",
		                           "0481ff",     "04",
		                           "048200",     "0484ffffffff",
		                           "0485 00 00", "0480" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(buf_release) struct buf der = kit_hex(bad[i]);
		struct der_lenient lenient = { 0 };
		struct der d = der_of(buf_bytes(&der), &lenient);

		CU_ASSERT_EQUAL(der_take(&d, DER_OCTETS).len, 0);
		CU_ASSERT(!der_done(&d));
		CU_ASSERT(der_at_end(&d));
	}
}

static void
test_sticky(void)
{
	AUTO(buf_release) struct buf der = kit_hex("020107 0401aa 0101ff 0500");
	struct der d = der_of(buf_bytes(&der), NULL);

	CU_ASSERT_EQUAL(der_take(&d, DER_OCTETS).len, 0);
	CU_ASSERT_EQUAL(der_take_uint(&d, DER_INTEGER), 0);
	CU_ASSERT_EQUAL(der_take_int(&d), 0);
	CU_ASSERT_EQUAL(der_take(&d, DER_OCTETS).len, 0);
	CU_ASSERT(!der_take_boolean(&d));
	struct der in = der_enter(&d, DER_SEQUENCE);
	CU_ASSERT(!der_done(&in));
	CU_ASSERT_EQUAL(der_take_any(&d).len, 0);
	CU_ASSERT(!der_done(&d));
}

/* What an inner reader leaves is the outer's failure. */
static void
test_nested(void)
{
	AUTO(buf_release) struct buf der = kit_hex("3006 020107 020108");
	struct der d = der_of(buf_bytes(&der), NULL);
	struct der in = der_enter(&d, DER_SEQUENCE);

	CU_ASSERT_EQUAL(der_take_int(&in), 7);
	CU_ASSERT(der_next_is(&in, DER_INTEGER));
	der_leave(&d, &in);
	CU_ASSERT(!der_done(&d));

	d = der_of(buf_bytes(&der), NULL);
	in = der_enter(&d, DER_SEQUENCE);
	CU_ASSERT_EQUAL(der_take_any(&in).len, 3);
	CU_ASSERT_EQUAL(der_take_int(&in), 8);
	der_leave(&d, &in);
	CU_ASSERT(der_done(&d));
}

static void
test_signed(void)
{
	static const struct {
		const char *hex;
		int64_t value;
	} rows[] = {
		{ "0201ff", -1 },
		{ "020180", -128 },
		{ "02020080", 128 },
		{ "0208 7fffffffffffffff", INT64_MAX },
		{ "0208 8000000000000000", INT64_MIN },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf der = kit_hex(rows[i].hex);
		struct der d = der_of(buf_bytes(&der), NULL);

		CU_ASSERT_EQUAL(der_take_int(&d), rows[i].value);
		CU_ASSERT(der_done(&d));
	}
	AUTO(buf_release) struct buf der = kit_hex("0209 008000000000000000");
	struct der d = der_of(buf_bytes(&der), NULL);
	(void)der_take_int(&d);
	CU_ASSERT(!der_done(&d));
}

static const struct harness_test tests[] = {
	{ "strict without leniencies", test_strict },
	{ "nothing beyond the input", test_beyond },
	{ "a failure lasts", test_sticky },
	{ "inner readers", test_nested },
	{ "numbers with a sign", test_signed },
	{ NULL, NULL },
};

HARNESS_MAIN("der", tests)
