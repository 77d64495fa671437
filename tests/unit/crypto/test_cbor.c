/*
 * test_cbor.c - one value, one encoding: what the cursor accepts and refuses.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/codec/cbor.h"
#include "crypto/codec/utf8.h"
#include "tests/common/base/harness.h"
#include "base/auto.h"
#include "base/encode.h"

static struct buf
hex(const char *text)
{
	struct buf out = buf_of(1024);

	CU_ASSERT_EQUAL_FATAL(decode_hex(&out, bytes_of_str(text)), OK);
	return out;
}

typedef void taker(struct cbor_cursor *c);

static bool
accepts(taker *take, const char *text)
{
	AUTO(buf_release) struct buf in = hex(text);
	struct cbor_cursor c = cbor_cursor_of(buf_bytes(&in));

	take(&c);
	return cbor_done(&c);
}

static void
take_uint(struct cbor_cursor *c)
{
	(void)cbor_take_uint(c);
}

static void
take_int(struct cbor_cursor *c)
{
	(void)cbor_take_int(c);
}

static void
take_bytes(struct cbor_cursor *c)
{
	(void)cbor_take_bytes(c);
}

static void
take_text(struct cbor_cursor *c)
{
	(void)cbor_take_text(c);
}

static void
take_array(struct cbor_cursor *c)
{
	for (size_t n = cbor_take_array(c); n > 0; n--)
		(void)cbor_take_uint(c);
}

static void
take_map(struct cbor_cursor *c)
{
	struct cbor_map m = cbor_take_map(c);

	for (int64_t key = 0; cbor_map_next(c, &m, &key);)
		(void)cbor_take_uint(c);
}

static void
take_tag(struct cbor_cursor *c)
{
	(void)cbor_take_tag(c);
}

/* RFC 8949 appendix A, and its neighbours that are one value's second form. */
static void
test_numbers(void)
{
	static const char *const good[] = {
		"00",         "17",         "1818",
		"18ff",       "190100",     "19ffff",
		"1a00010000", "1affffffff", "1b0000000100000000",
	};
	static const char *const bad[] = {
		"1817",
		"190017",
		"1900ff",
		"1a0000ffff",
		"1b00000000ffffffff",
		"18",
		"1900",
		"1a000000",
		"1b00",
		"1c",
		"1f",
		"20",
		"f4",
		"f6",
		"f7",
		"f90000",
		"fa00000000",
		"0000",
		"",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		CU_ASSERT(accepts(take_uint, good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT(!accepts(take_uint, bad[i]));
}

static void
test_negative(void)
{
	CU_ASSERT(accepts(take_int, "20"));
	CU_ASSERT(accepts(take_int, "3a00010000"));
	CU_ASSERT(accepts(take_int, "3b7fffffffffffffff")); /* -2^63 */
	CU_ASSERT(!accepts(take_int, "3b8000000000000000"));
	CU_ASSERT(!accepts(take_int, "1b8000000000000000"));
	CU_ASSERT(!accepts(take_int, "3817"));
	CU_ASSERT(!accepts(take_int, "3900ff"));
}

static void
test_strings(void)
{
	CU_ASSERT(accepts(take_bytes, "40"));
	CU_ASSERT(accepts(take_bytes, "4401020304"));
	CU_ASSERT(!accepts(take_bytes, "580401020304"));       /* long head */
	CU_ASSERT(!accepts(take_bytes, "44010203"));           /* cut off */
	CU_ASSERT(!accepts(take_bytes, "440102030405"));       /* one more */
	CU_ASSERT(!accepts(take_bytes, "5f42010243030405ff")); /* indefinite */
	CU_ASSERT(!accepts(take_bytes, "5bffffffffffffffff00"));
	CU_ASSERT(!accepts(take_bytes, "6161")); /* text */

	CU_ASSERT(accepts(take_text, "6449455446"));
	CU_ASSERT(accepts(take_text, "62c3bc"));
	CU_ASSERT(!accepts(take_text, "61ff"));
	CU_ASSERT(!accepts(take_text, "6100"));
	CU_ASSERT(!accepts(take_text, "7f657374726561646d696e67ff"));
	CU_ASSERT(!accepts(take_text, "4161"));
}

static void
test_containers(void)
{
	CU_ASSERT(accepts(take_array, "80"));
	CU_ASSERT(accepts(take_array, "83010203"));
	CU_ASSERT(!accepts(take_array, "9803010203"));
	CU_ASSERT(!accepts(take_array, "830102"));
	CU_ASSERT(!accepts(take_array, "9f010203ff"));
	CU_ASSERT(!accepts(take_array, "9bffffffffffffffff00"));

	CU_ASSERT(accepts(take_map, "a0"));
	CU_ASSERT(accepts(take_map, "a201020304"));
	CU_ASSERT(accepts(take_map, "a3010218180319010004"));
	CU_ASSERT(accepts(take_map, "a21818012000"));
	CU_ASSERT(!accepts(take_map, "a22000181801")); /* 0x20 > 0x18 */
	CU_ASSERT(accepts(take_map, "a201022003"));    /* 1, then -1 */
	CU_ASSERT(!accepts(take_map, "a203040102"));   /* descending */
	CU_ASSERT(!accepts(take_map, "a201020103"));   /* twice */
	CU_ASSERT(!accepts(take_map, "a20102"));
	CU_ASSERT(!accepts(take_map, "bf0102ff"));
	CU_ASSERT(!accepts(take_map, "b900010102"));

	CU_ASSERT(accepts(take_tag, "d2"));
	CU_ASSERT(accepts(take_tag, "d818"));
	CU_ASSERT(!accepts(take_tag, "12"));
	CU_ASSERT(!accepts(take_tag, ""));
	CU_ASSERT(!accepts(take_tag, "d812"));
}

/* After a failure nothing is taken any more. */
static void
test_sticky(void)
{
	AUTO(buf_release)
	struct buf in = hex("01616102");
	struct cbor_cursor c = cbor_cursor_of(buf_bytes(&in));

	CU_ASSERT_EQUAL(cbor_take_uint(&c), 1);
	CU_ASSERT_EQUAL(cbor_take_uint(&c), 0);
	CU_ASSERT_EQUAL(cbor_take_text(&c).len, 0);
	CU_ASSERT_EQUAL(cbor_take_uint(&c), 0);
	CU_ASSERT(!cbor_done(&c));
}

static void
check_written(int64_t v)
{
	AUTO(buf_release) struct buf out = buf_of(16);

	cbor_put_int(&out, v);
	CU_ASSERT_EQUAL(out.len, cbor_head_size(v < 0 ? (uint64_t)(-1 - v)
	                                              : (uint64_t)v));
	struct cbor_cursor c = cbor_cursor_of(buf_bytes(&out));
	CU_ASSERT_EQUAL(cbor_take_int(&c), v);
	CU_ASSERT(cbor_done(&c));
}

static void
test_both_ways(void)
{
	for (unsigned bit = 0; bit < 63; bit++)
		for (int64_t d = -1; d <= 1; d++) {
			int64_t v = (int64_t)((uint64_t)1 << bit) + d;
			check_written(v);
			check_written(-v);
		}
	check_written(INT64_MAX);
	check_written(INT64_MIN);
}

static void
take_bool(struct cbor_cursor *c)
{
	(void)cbor_take_bool(c);
}

static void
take_any(struct cbor_cursor *c)
{
	(void)cbor_take_any(c);
}

static void
test_booleans(void)
{
	AUTO(buf_release) struct buf in = hex("f5f4");
	struct cbor_cursor c = cbor_cursor_of(buf_bytes(&in));

	CU_ASSERT(cbor_take_bool(&c));
	CU_ASSERT(!cbor_take_bool(&c));
	CU_ASSERT(cbor_done(&c));
	CU_ASSERT(!accepts(take_bool, "f6"));
	CU_ASSERT(!accepts(take_bool, "01"));
	CU_ASSERT(!accepts(take_bool, "f815"));
	CU_ASSERT(!accepts(take_uint, "f5"));
}

/* One item, whatever it holds, and not a byte more. */
static void
test_any(void)
{
	static const char *const whole[] = {
		"00",         "20",         "40",       "6161",
		"80",         "a0",         "f6",       "f5",
		"c100",       "d81800",     "82018102", "a10182f5a0",
		"8181818180", "c1c28141ff", "a1616100",
	};
	static const char *const bad[] = {
		"",         "81",         "a101",
		"c1",       "9f00ff",     "bf00ff",
		"f7",       "f93c00",     "1817",
		"5f4100ff", "8201",       "4201",
		"a1",       "9affffffff", "bb7fffffffffffffff",
		"a2000001",
	};

	for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
		AUTO(buf_release) struct buf in = hex(whole[i]);
		size_t n = in.len;

		CU_ASSERT(accepts(take_any, whole[i]));
		buf_u8(&in, 0x07);
		struct cbor_cursor c = cbor_cursor_of(buf_bytes(&in));
		CU_ASSERT_EQUAL(cbor_take_any(&c).len, n);
		CU_ASSERT_EQUAL(cbor_take_uint(&c), 7);
		CU_ASSERT(cbor_done(&c));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT(!accepts(take_any, bad[i]));
}

static bool
text_valid(const char *text)
{
	AUTO(buf_release) struct buf in = hex(text);

	return utf8_text_valid(buf_bytes(&in));
}

static void
test_utf8(void)
{
	static const char *const good[] = {
		"",       "41",     "7e",     "c280",     "dfbf",     "e0a080",
		"ed9fbf", "ee8080", "efbfbf", "f0908080", "f48fbfbf", "41c3bc42"
	};
	static const char *const bad[] = {
		"00",       "1f",       "7f",       "80",       "bf",
		"c0af",     "c1bf",     "c3",       "c341",     "e08080",
		"e09fbf",   "e0a0",     "eda080",   "edbfbf",   "f0808080",
		"f08fbfbf", "f0908041", "f4908080", "f5808080", "ff",
		"41e2",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		CU_ASSERT(text_valid(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT(!text_valid(bad[i]));
}

static const struct harness_test tests[] = {
	{ "numbers in their shortest form only", test_numbers },
	{ "negative numbers", test_negative },
	{ "strings", test_strings },
	{ "arrays, maps, tags", test_containers },
	{ "booleans", test_booleans },
	{ "one item, whatever it holds", test_any },
	{ "a failure lasts", test_sticky },
	{ "what is written reads back", test_both_ways },
	{ "UTF-8", test_utf8 },
	{ NULL, NULL },
};

HARNESS_MAIN("cbor", tests)
