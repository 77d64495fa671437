/*
 * cbor.c - see cbor.h.  The only file that uses libcbor: its encoders of heads,
 * and its stream decoder, which decodes one item without allocating.  All rules
 * about the encoding are checked here.
 */
#include <string.h>

#include <cbor.h>

#include "crypto/codec/cbor.h"
#include "crypto/codec/utf8.h"

#define HEAD_MAX 9  /* bytes of the longest head: one, and a u64 */
#define MAJOR_TAG 6 /* RFC 8949 section 3.1 */

/* --- reading -------------------------------------------------------------- */

enum kind {
	REFUSED = 0, /* floats, undefined, indefinite lengths */
	UINT = 1,
	NEGINT = 2,
	BYTES = 4,
	TEXT = 8,
	ARRAY = 16,
	MAP = 32,
	TAG = 64,
	NIL = 128,
	BOOLEAN = 256,
	ANY = 511,
};

/* One item: the argument of its head, and the content of a string. */
struct item {
	enum kind kind;
	uint64_t value;
	struct bytes view;
};

static void
set_item_kind(void *context, enum kind kind, uint64_t value)
{
	struct item *item = context;

	item->kind = kind;
	item->value = value;
}

#define NUMBER_CALLBACK(name, type, kind)        \
	static void name(void *context, type v)  \
	{                                        \
		set_item_kind(context, kind, v); \
	}
NUMBER_CALLBACK(on_uint8, uint8_t, UINT)
NUMBER_CALLBACK(on_uint16, uint16_t, UINT)
NUMBER_CALLBACK(on_uint32, uint32_t, UINT)
NUMBER_CALLBACK(on_uint64, uint64_t, UINT)
NUMBER_CALLBACK(on_negint8, uint8_t, NEGINT)
NUMBER_CALLBACK(on_negint16, uint16_t, NEGINT)
NUMBER_CALLBACK(on_negint32, uint32_t, NEGINT)
NUMBER_CALLBACK(on_negint64, uint64_t, NEGINT)
NUMBER_CALLBACK(on_array, size_t, ARRAY)
NUMBER_CALLBACK(on_map, size_t, MAP)
NUMBER_CALLBACK(on_tag, uint64_t, TAG)
#undef NUMBER_CALLBACK

static void
on_string(void *context, enum kind kind, cbor_data data, size_t len)
{
	struct item *item = context;

	set_item_kind(context, kind, len);
	item->view = bytes_of(data, len);
}

static void
on_bytes(void *context, cbor_data data, size_t len)
{
	on_string(context, BYTES, data, len);
}

static void
on_text(void *context, cbor_data data, size_t len)
{
	on_string(context, TEXT, data, len);
}

static void
on_null(void *context)
{
	set_item_kind(context, NIL, 0);
}

static void
on_boolean(void *context, bool v)
{
	set_item_kind(context, BOOLEAN, v);
}

/* libcbor's own callbacks do nothing, so the item stays REFUSED. */
static const struct cbor_callbacks callbacks = {
	.uint8 = on_uint8,
	.uint16 = on_uint16,
	.uint32 = on_uint32,
	.uint64 = on_uint64,
	.negint64 = on_negint64,
	.negint32 = on_negint32,
	.negint16 = on_negint16,
	.negint8 = on_negint8,
	.byte_string_start = cbor_null_byte_string_start_callback,
	.byte_string = on_bytes,
	.string = on_text,
	.string_start = cbor_null_string_start_callback,
	.indef_array_start = cbor_null_indef_array_start_callback,
	.array_start = on_array,
	.indef_map_start = cbor_null_indef_map_start_callback,
	.map_start = on_map,
	.tag = on_tag,
	.float2 = cbor_null_float2_callback,
	.float4 = cbor_null_float4_callback,
	.float8 = cbor_null_float8_callback,
	.undefined = cbor_null_undefined_callback,
	.null = on_null,
	.boolean = on_boolean,
	.indef_break = cbor_null_indef_break_callback,
};

size_t
cbor_head_size(uint64_t v)
{
	if (v < 24)
		return 1;
	if (v <= UINT8_MAX)
		return 2;
	if (v <= UINT16_MAX)
		return 3;
	return v <= UINT32_MAX ? 5 : HEAD_MAX;
}

struct cbor_cursor
cbor_cursor_of(struct bytes in)
{
	return (struct cbor_cursor){ .in = in };
}

bool
cbor_done(const struct cbor_cursor *c)
{
	return !c->failed && c->in.len == 0;
}

void
cbor_fail(struct cbor_cursor *c)
{
	c->failed = true;
	c->in.len = 0;
}

/* Takes the next item if it is of one of the kinds and in its shortest form. */
static struct item
take_item_of_kinds(struct cbor_cursor *c, unsigned kinds)
{
	struct item item = { .kind = REFUSED };

	struct cbor_decoder_result r =
	        cbor_stream_decode(c->in.data, c->in.len, &callbacks, &item);
	if (c->failed || r.status != CBOR_DECODER_FINISHED ||
	    ((unsigned)item.kind & kinds) == 0 ||
	    r.read != cbor_head_size(item.value) + item.view.len) {
		cbor_fail(c);
		return (struct item){ .kind = REFUSED };
	}
	c->in = bytes_of(c->in.data + r.read, c->in.len - r.read);
	return item;
}

uint64_t
cbor_take_uint(struct cbor_cursor *c)
{
	return take_item_of_kinds(c, UINT).value;
}

int64_t
cbor_take_int(struct cbor_cursor *c)
{
	struct item item = take_item_of_kinds(c, UINT | NEGINT);

	if (item.value > INT64_MAX) {
		cbor_fail(c);
		return 0;
	}
	int64_t v = (int64_t)item.value;
	return item.kind == NEGINT ? -1 - v : v;
}

struct bytes
cbor_take_bytes(struct cbor_cursor *c)
{
	return take_item_of_kinds(c, BYTES).view;
}

void
cbor_take_hash(struct cbor_cursor *c, uint8_t *out)
{
	struct bytes v = cbor_take_bytes(c);

	memset(out, 0, HASH_SIZE);
	if (v.len == HASH_SIZE)
		memcpy(out, v.data, HASH_SIZE);
	else
		cbor_fail(c);
}

struct bytes
cbor_take_text(struct cbor_cursor *c)
{
	struct bytes v = take_item_of_kinds(c, TEXT).view;

	if (!utf8_text_valid(v)) {
		cbor_fail(c);
		return bytes_of(NULL, 0);
	}
	return v;
}

/* Fails unless n items of at least `least` bytes each fit into the rest. */
static size_t
believe_item_count(struct cbor_cursor *c, uint64_t n, size_t least)
{
	if (n > c->in.len / least) {
		cbor_fail(c);
		return 0;
	}
	return (size_t)n;
}

size_t
cbor_take_array(struct cbor_cursor *c)
{
	return believe_item_count(c, take_item_of_kinds(c, ARRAY).value, 1);
}

/* Reads one-byte tags itself, because libcbor 0.8 refuses tags 6 to 20, which
 * RFC 7049 left unassigned; COSE_Sign1 is 18 (RFC 9052 section 4.2). */
uint64_t
cbor_take_tag(struct cbor_cursor *c)
{
	if (c->in.len == 0 || c->in.data[0] >> 5 != MAJOR_TAG ||
	    (c->in.data[0] & 0x1f) >= 24)
		return take_item_of_kinds(c, TAG).value;

	uint64_t tag = c->in.data[0] & 0x1f;
	c->in = bytes_of(c->in.data + 1, c->in.len - 1);
	return tag;
}

void
cbor_take_null(struct cbor_cursor *c)
{
	(void)take_item_of_kinds(c, NIL);
}

bool
cbor_take_bool(struct cbor_cursor *c)
{
	return take_item_of_kinds(c, BOOLEAN).value != 0;
}

struct bytes
cbor_take_any(struct cbor_cursor *c)
{
	struct bytes at = c->in;

	for (size_t left = 1; left > 0 && !c->failed; left--) {
		if (c->in.len > 0 && c->in.data[0] >> 5 == MAJOR_TAG) {
			(void)cbor_take_tag(c);
			left++;
			continue;
		}
		struct item item = take_item_of_kinds(c, ANY);
		if (item.kind == ARRAY)
			left += believe_item_count(c, item.value, 1);
		if (item.kind == MAP)
			left += 2 * believe_item_count(c, item.value, 2);
	}
	return c->failed ? bytes_of(NULL, 0)
	                 : bytes_of(at.data, at.len - c->in.len);
}

void
cbor_expect_int(struct cbor_cursor *c, int64_t value)
{
	if (cbor_take_int(c) != value)
		cbor_fail(c);
}

void
cbor_expect_array(struct cbor_cursor *c, size_t n)
{
	if (cbor_take_array(c) != n)
		cbor_fail(c);
}

void
cbor_expect_tag(struct cbor_cursor *c, uint64_t tag)
{
	if (cbor_take_tag(c) != tag)
		cbor_fail(c);
}

struct cbor_map
cbor_take_map(struct cbor_cursor *c)
{
	return (struct cbor_map){ .left = believe_item_count(
		                          c, take_item_of_kinds(c, MAP).value,
		                          2) };
}

/* No encoded key is a prefix of another one. */
static bool
keys_ascend(struct bytes before, struct bytes after)
{
	size_t n = before.len < after.len ? before.len : after.len;

	return n == 0 || memcmp(before.data, after.data, n) < 0;
}

bool
cbor_map_next(struct cbor_cursor *c, struct cbor_map *m, int64_t *ret_key)
{
	const uint8_t *start = c->in.data;

	if (c->failed || m->left == 0)
		return false;
	m->left--;

	int64_t key = cbor_take_int(c);
	if (c->failed)
		return false;
	struct bytes encoded = bytes_of(start, (size_t)(c->in.data - start));
	if (!keys_ascend(m->last, encoded)) {
		cbor_fail(c);
		return false;
	}
	m->last = encoded;
	*ret_key = key;
	return true;
}

/* --- writing -------------------------------------------------------------- */

typedef size_t encoder(uint64_t v, unsigned char *out, size_t room);

static void
put_item_head(struct buf *out, encoder *encode, uint64_t v)
{
	unsigned char head[HEAD_MAX];
	size_t n = encode(v, head, sizeof(head));

	buf_append(out, bytes_of(head, n));
}

void
cbor_put_uint(struct buf *out, uint64_t v)
{
	put_item_head(out, cbor_encode_uint, v);
}

void
cbor_put_int(struct buf *out, int64_t v)
{
	if (v >= 0)
		put_item_head(out, cbor_encode_uint, (uint64_t)v);
	else
		put_item_head(out, cbor_encode_negint, (uint64_t)(-1 - v));
}

void
cbor_put_bytes_head(struct buf *out, size_t n)
{
	put_item_head(out, cbor_encode_bytestring_start, n);
}

void
cbor_put_bytes(struct buf *out, struct bytes v)
{
	cbor_put_bytes_head(out, v.len);
	buf_append(out, v);
}

void
cbor_put_text(struct buf *out, struct bytes v)
{
	put_item_head(out, cbor_encode_string_start, v.len);
	buf_append(out, v);
}

void
cbor_put_array(struct buf *out, size_t n)
{
	put_item_head(out, cbor_encode_array_start, n);
}

void
cbor_put_map(struct buf *out, size_t n)
{
	put_item_head(out, cbor_encode_map_start, n);
}

void
cbor_put_tag(struct buf *out, uint64_t tag)
{
	put_item_head(out, cbor_encode_tag, tag);
}

void
cbor_put_null(struct buf *out)
{
	unsigned char head[1];

	buf_append(out, bytes_of(head, cbor_encode_null(head, sizeof(head))));
}

void
cbor_put_bool(struct buf *out, bool v)
{
	unsigned char head[1];

	buf_append(out,
	           bytes_of(head, cbor_encode_bool(v, head, sizeof(head))));
}
