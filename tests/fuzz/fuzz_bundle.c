/*
 * fuzz_bundle.c - trust bundles: what is read is written again byte for byte,
 * keeps the rules, and can be shown.
 */
#include <stdlib.h>

#include "trust/bundle.h"
#include "trust/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 loses the buffer of a string that a syntax error cuts off: 64
 * bytes, once, of a text that is read at the start of a process. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

static void
check(bool good)
{
	if (!good)
		abort();
}

/* There is a difference to nothing and to another one, and none to itself; a
 * terminal may have all of it. */
static void
show(const struct bundle *b, bool differs, const struct bundle *old)
{
	AUTO(buf_release) struct buf out = buf_of(BUNDLE_DIFF_MAX);
	static const char none[] = "\nno difference\n";

	check(bundle_diff(old, b, &out) == OK);
	for (size_t i = 0; i < out.len; i++)
		check(out.data[i] == '\n' ||
		      (out.data[i] >= ' ' && out.data[i] <= '~'));
	check(!memmem(out.data, out.len, none, sizeof(none) - 1) == differs);
}

static void
show_all(const struct bundle *b)
{
	AUTO(bundle_free) struct bundle *other = malloc(sizeof(*other));

	check(other != NULL);
	*other = *b;
	other->expires_s++;
	show(b, true, NULL);
	show(b, false, b);
	show(b, true, other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf why = buf_of(2048);
	AUTO(buf_release) struct buf text = buf_of(2 * TRUST_TEXT_MAX);
	AUTO(bundle_free) struct bundle *b = NULL;

	if (bundle_parse(bytes_of(data, size), &why, &b) != OK) {
		check(why.len > 0); /* whoever refuses says why */
		return 0;
	}
	bundle_put(&text, b);
	check(bytes_equal(buf_bytes(&text), bytes_of(data, size)));
	check(bundle_judge(b, &why) == OK && why.len == 0);
	show_all(b);
	return 0;
}
