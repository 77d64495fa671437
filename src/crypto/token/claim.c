/*
 * claim.c - see claim.h.
 */
#include <string.h>

#include "crypto/token/claim.h"
#include "anchord/limits.h"

void
claim_put_text(struct buf *out, int64_t label, struct bytes text)
{
	cbor_put_int(out, label);
	cbor_put_text(out, text);
}

void
claim_put_uint(struct buf *out, int64_t label, uint64_t v)
{
	cbor_put_int(out, label);
	cbor_put_uint(out, v);
}

void
claim_put_int(struct buf *out, int64_t label, int64_t v)
{
	cbor_put_int(out, label);
	cbor_put_int(out, v);
}

void
claim_put_bytes(struct buf *out, int64_t label, struct bytes v)
{
	cbor_put_int(out, label);
	cbor_put_bytes(out, v);
}

void
claim_expect_key(struct cbor_cursor *c, struct cbor_map *m, int64_t label)
{
	int64_t key = 0;

	if (!cbor_map_next(c, m, &key) || key != label)
		cbor_fail(c);
}

void
claim_expect_text(struct cbor_cursor *c, const char *text)
{
	if (!bytes_equal_str(cbor_take_text(c), text))
		cbor_fail(c);
}

uint64_t
claim_take_time(struct cbor_cursor *c)
{
	uint64_t at_s = cbor_take_uint(c);

	if (at_s > CLAIM_TIME_MAX)
		cbor_fail(c);
	return at_s;
}

uint32_t
claim_take_u32(struct cbor_cursor *c)
{
	uint64_t v = cbor_take_uint(c);

	if (v > UINT32_MAX)
		cbor_fail(c);
	return (uint32_t)v;
}

struct bytes
claim_take_issuer(struct cbor_cursor *c)
{
	struct bytes iss = cbor_take_text(c);

	if (iss.len == 0 || iss.len > ANCHORD_ISSUER_MAX)
		cbor_fail(c);
	return iss;
}

void
claim_take_exact(struct cbor_cursor *c, uint8_t *out, size_t n)
{
	struct bytes v = cbor_take_bytes(c);

	if (v.len == n)
		memcpy(out, v.data, n);
	else
		cbor_fail(c);
}
