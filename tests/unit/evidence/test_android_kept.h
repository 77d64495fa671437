/*
 * test_android_kept.h - a KeyDescription that was parsed, with its bytes.
 */
#ifndef UNIT_EVIDENCE_TEST_ANDROID_KEPT_H
#define UNIT_EVIDENCE_TEST_ANDROID_KEPT_H

#include <stdlib.h>

#include "evidence/android/key_description.h"
#include "tests/common/base/harness.h"
#include "tests/unit/crypto/test_der_kit.h"

struct key_kept {
	struct buf der;
	struct buf why;
	struct key_description d;
	err_t err;
};

static inline void
kept_free(struct key_kept *k)
{
	if (!k)
		return;
	buf_release(&k->der);
	buf_release(&k->why);
	free(k);
}
DEFINE_AUTO(struct key_kept *, kept_free);

static inline struct key_kept *
parse(struct buf der)
{
	struct key_kept *k = calloc(1, sizeof(*k));

	CU_ASSERT_FATAL(k != NULL);
	k->der = der;
	k->why = buf_of(1024);
	k->err = key_description_parse(buf_bytes(&der), &k->why, &k->d);
	CU_ASSERT_EQUAL(k->err == OK, k->why.len == 0);
	return k;
}

static inline struct key_kept *
parse_lists(const char *software, const char *hardware)
{
	return parse(kit_description(software, hardware));
}

static inline bool
hardware_good(const char *list)
{
	AUTO(kept_free) struct key_kept *k = parse_lists("", list);

	return k->err == OK && k->d.lenient.seen == 0;
}

static inline bool
refused(const char *list)
{
	AUTO(kept_free) struct key_kept *k = parse_lists("", list);
	AUTO(kept_free) struct key_kept *other = parse_lists(list, "");

	CU_ASSERT_EQUAL(k->err, other->err);
	return k->err == E_MALFORMED;
}

static inline void
put_tag(struct buf *out, uint32_t number, const char *value)
{
	AUTO(buf_release) struct buf id = buf_of(32);

	if (number < 31)
		buf_printf(&id, "%02x", 0xa0 | number);
	else if (number < 128)
		buf_printf(&id, "bf%02x", number);
	else
		buf_printf(&id, "bf%02x%02x", 0x80 | number >> 7,
		           number & 0x7f);
	kit_put(out, buf_str(&id), value);
}

#endif
