/*
 * test_der_kit.h - DER put together piece by piece, for tests of parsers.
 */
#ifndef UNIT_CRYPTO_TEST_DER_KIT_H
#define UNIT_CRYPTO_TEST_DER_KIT_H

#include <string.h>

#include <CUnit/CUnit.h>

#include "base/auto.h"
#include "base/buf.h"
#include "crypto/codec/der.h"
#include "base/encode.h"

#define KIT_MAX (64 * 1024)

/* Decodes hex, which may have spaces; the caller releases the result. */
static inline struct buf
kit_hex(const char *text)
{
	AUTO(buf_release) struct buf packed = buf_of(KIT_MAX);
	struct buf out = buf_of(KIT_MAX);

	for (; *text; text++)
		if (*text != ' ')
			buf_u8(&packed, (uint8_t)*text);
	if (decode_hex(&out, buf_bytes(&packed)) != OK)
		CU_FAIL_FATAL("the test's own hex");
	return out;
}

/* identifier, shortest length, content: all in hex. */
static inline struct buf
kit_der(const char *identifier, const char *content)
{
	struct buf out = kit_hex(identifier);
	AUTO(buf_release) struct buf in = kit_hex(content);

	if (in.len >= 0x100) {
		buf_u8(&out, 0x82);
		buf_u8(&out, (uint8_t)(in.len >> 8));
	} else if (in.len >= 0x80) {
		buf_u8(&out, 0x81);
	}
	buf_u8(&out, (uint8_t)in.len);
	buf_append(&out, buf_bytes(&in));
	return out;
}

/* The same as hex again, so that pieces nest: appended to out. */
static inline void
kit_put(struct buf *out, const char *identifier, const char *content)
{
	AUTO(buf_release) struct buf der = kit_der(identifier, content);

	encode_hex(out, buf_bytes(&der));
}

/* A KeyDescription of version 300, both levels TEE, with these lists. */
static inline struct buf
kit_description(const char *software, const char *hardware)
{
	AUTO(buf_release) struct buf in = buf_of(KIT_MAX);

	buf_append_str(&in, "0202012c 0a0101 0202012c 0a0101 0403616263 0400");
	kit_put(&in, "30", software);
	kit_put(&in, "30", hardware);
	return kit_der("30", buf_str(&in));
}

#endif
