/*
 * test_bundle_bytes.c - bundles that were cut, and that differ in one byte.
 */
#include "trust/diff.h"
#include "tests/common/base/foreign_leaks.h"
#include "tests/unit/trust/test_bundle_kit.h"

FOREIGN_LEAKS_LIBCONFIG

/* A bundle is a big struct, which a sanitizer looks after for some milliseconds;
 * there, every fourth place is tried. */
#ifdef ANCHORD_SAN
#define STEP 4
#else
#define STEP 1
#endif

static void
test_cut(void)
{
	AUTO(bundle_free) struct bundle *b = bundle_kit_whole();
	AUTO(buf_release) struct buf text = bundle_kit_text(b);
	AUTO(buf_release) struct buf why = buf_of(1024);

	for (size_t n = 0; n < text.len; n += STEP)
		if (parse_text(bytes_of(text.data, n), &why, NULL) !=
		    E_MALFORMED) {
			printf("read: %zu bytes\n", n);
			CU_FAIL("read");
		}
	refused(bytes_of("format = 1;\0", 12), "not text");
}

/* Whatever is read with another byte says something else, has another digest,
 * and the difference shows it. */
static void
with_other_byte(const struct bundle *b, struct buf *text, size_t at,
                uint8_t mask)
{
	AUTO(bundle_free) struct bundle *read = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(buf_release) struct buf diff = buf_of(BUNDLE_DIFF_MAX);

	text->data[at] ^= mask;
	if (parse_text(buf_bytes(text), &why, &read) == OK) {
		CU_ASSERT_NOT_EQUAL(memcmp(read->digest, b->digest, HASH_SIZE),
		                    0);
		CU_ASSERT_EQUAL(bundle_diff(b, read, &diff), OK);
		CU_ASSERT_PTR_NULL(strstr(buf_str(&diff), "no difference"));
	}
	text->data[at] ^= mask;
}

/* ANCHORD_TEST_ALL=1 tries all 255 other values of each byte. */
static void
test_bytes(void)
{
	static const uint8_t some[] = { 0x01, 0x20, 0x80 };
	AUTO(bundle_free) struct bundle *made = bundle_kit_whole();
	AUTO(bundle_free) struct bundle *b = bundle_kit_parsed(made);
	AUTO(buf_release) struct buf text = bundle_kit_text(made);
	const char *all = getenv("ANCHORD_TEST_ALL");

	for (size_t at = 0; at < text.len; at += STEP)
		if (all && strcmp(all, "1") == 0)
			for (unsigned mask = 1; mask < 256; mask++)
				with_other_byte(b, &text, at, (uint8_t)mask);
		else
			with_other_byte(b, &text, at,
			                some[at % ARRAY_LEN(some)]);
}

static const struct harness_test tests[] = {
	{ "a bundle that was cut is refused", test_cut },
	{ "another byte is another bundle, or none", test_bytes },
	{ NULL, NULL },
};

HARNESS_MAIN("bundle_bytes", tests)
