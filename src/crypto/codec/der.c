/*
 * der.c - see der.h.
 */
#include "crypto/codec/der.h"

#define LENGTH_BYTES_MAX 4 /* of a long length */
#define NUMBER_BYTES_MAX 4 /* of a high tag number: 28 bits */
#define CLASS_CONTEXT 0x80 /* bits of an identifier */
#define CONSTRUCTED 0x20
#define NUMBER_MASK 0x1f
#define HIGH_NUMBER 0x1f /* the number follows */
#define MORE 0x80

struct element {
	uint8_t first; /* of the identifier */
	uint32_t number;
	struct bytes content;
	struct bytes whole;
};

const char *
der_leniency_name(enum der_leniency leniency)
{
	static const char *const names[] = {
#define LENIENCY(name, text, what) text,
		DER_LENIENCIES(LENIENCY)
#undef LENIENCY
	};

	return leniency < LENIENT_COUNT ? names[leniency] : "";
}

struct der
der_of(struct bytes in, struct der_lenient *lenient)
{
	return (struct der){ .in = in, .lenient = lenient };
}

void
der_fail(struct der *d)
{
	d->failed = true;
	d->in = bytes_of(NULL, 0);
}

bool
der_done(const struct der *d)
{
	return !d->failed && d->in.len == 0;
}

bool
der_at_end(const struct der *d)
{
	return d->in.len == 0;
}

void
der_forgive(struct der *d, enum der_leniency leniency)
{
	if (!d->lenient) {
		der_fail(d);
		return;
	}
	d->lenient->seen |= (uint32_t)1 << leniency;
	d->lenient->count[leniency]++;
}

static uint8_t
take_byte(struct der *d)
{
	if (d->in.len == 0) {
		der_fail(d);
		return 0;
	}
	uint8_t byte = d->in.data[0];
	d->in = bytes_of(d->in.data + 1, d->in.len - 1);
	return byte;
}

/* X.690 8.1.2.4.2: refuses a leading zero byte and a number that fits into the
 * identifier's first byte. */
static uint32_t
take_high_number(struct der *d)
{
	uint32_t number = 0;

	for (int i = 0; i < NUMBER_BYTES_MAX; i++) {
		uint8_t byte = take_byte(d);

		number = number << 7 | (byte & 0x7f);
		if (number == 0)
			break; /* a leading zero */
		if (byte & MORE)
			continue;
		if (number < HIGH_NUMBER)
			break;
		return number;
	}
	der_fail(d);
	return 0;
}

static size_t
take_length(struct der *d)
{
	uint8_t first = take_byte(d);
	size_t n = first & 0x7f;
	size_t length = 0;

	if (!(first & MORE))
		return first;
	if (n == 0 || n > LENGTH_BYTES_MAX) {
		der_fail(d);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		length = length << 8 | take_byte(d);
	if (!d->failed && (length < 0x80 || length >> 8 * (n - 1) == 0))
		der_forgive(d, LENIENT_LENGTH_NOT_MINIMAL);
	return length;
}

static struct element
take_element(struct der *d)
{
	struct element e = { 0 };
	struct bytes at = d->in;

	e.first = take_byte(d);
	e.number = e.first & NUMBER_MASK;
	if (e.number == HIGH_NUMBER)
		e.number = take_high_number(d);
	size_t length = take_length(d);
	if (d->failed || length > d->in.len) {
		der_fail(d);
		return (struct element){ 0 };
	}
	e.content = bytes_of(d->in.data, length);
	d->in = bytes_of(d->in.data + length, d->in.len - length);
	e.whole = bytes_of(at.data, at.len - d->in.len);
	return e;
}

struct bytes
der_take(struct der *d, uint8_t identifier)
{
	struct element e = take_element(d);

	if (e.first == identifier)
		return e.content;
	der_fail(d);
	return bytes_of(NULL, 0);
}

struct der
der_enter(struct der *d, uint8_t identifier)
{
	struct der inner = der_of(der_take(d, identifier), d->lenient);

	inner.failed = d->failed;
	return inner;
}

void
der_leave(struct der *outer, const struct der *inner)
{
	if (!der_done(inner))
		der_fail(outer);
}

bool
der_next_is(const struct der *d, uint8_t identifier)
{
	return d->in.len > 0 && d->in.data[0] == identifier;
}

struct bytes
der_take_any(struct der *d)
{
	return take_element(d).whole;
}

struct der
der_enter_context(struct der *d, uint32_t *ret_number)
{
	struct element e = take_element(d);
	uint8_t kind = e.first & (uint8_t)~NUMBER_MASK;

	if (kind != (CLASS_CONTEXT | CONSTRUCTED))
		der_fail(d);
	struct der inner = der_of(e.content, d->lenient);
	if (d->failed)
		der_fail(&inner);
	*ret_number = d->failed ? 0 : e.number;
	return inner;
}

/* The content of an integer without superfluous leading bytes (X.690 8.3.2). */
static struct bytes
take_number(struct der *d, uint8_t identifier)
{
	struct bytes v = der_take(d, identifier);
	bool padded = false;

	if (v.len == 0)
		der_fail(d);
	while (v.len > 1 && ((v.data[0] == 0 && v.data[1] < 0x80) ||
	                     (v.data[0] == 0xff && v.data[1] >= 0x80))) {
		v = bytes_of(v.data + 1, v.len - 1);
		padded = true;
	}
	if (padded)
		der_forgive(d, LENIENT_INTEGER_NOT_MINIMAL);
	return d->failed ? bytes_of(NULL, 0) : v;
}

uint64_t
der_take_uint(struct der *d, uint8_t identifier)
{
	struct bytes v = take_number(d, identifier);
	uint64_t value = 0;

	if (v.len > 0 && v.data[0] >= 0x80)
		der_fail(d);
	if (v.len > 1 && v.data[0] == 0)
		v = bytes_of(v.data + 1, v.len - 1);
	if (v.len > sizeof(value))
		der_fail(d);
	for (size_t i = 0; !d->failed && i < v.len; i++)
		value = value << 8 | v.data[i];
	return value;
}

int64_t
der_take_int(struct der *d)
{
	struct bytes v = take_number(d, DER_INTEGER);
	uint64_t value = v.len > 0 && v.data[0] >= 0x80 ? UINT64_MAX : 0;

	if (v.len > sizeof(value))
		der_fail(d);
	for (size_t i = 0; !d->failed && i < v.len; i++)
		value = value << 8 | v.data[i];
	return d->failed ? 0 : (int64_t)value;
}

bool
der_take_boolean(struct der *d)
{
	struct bytes v = der_take(d, DER_BOOLEAN);

	if (v.len != 1) {
		der_fail(d);
		return false;
	}
	if (v.data[0] != 0 && v.data[0] != 0xff)
		der_forgive(d, LENIENT_BOOLEAN_NOT_DER);
	return !d->failed && v.data[0] != 0;
}

void
der_take_null(struct der *d)
{
	if (der_take(d, DER_NULL).len != 0)
		der_fail(d);
}

/* X.690 11.6: compares as octet strings, the shorter one padded with zeros. */
static bool
elements_descend(struct bytes a, struct bytes b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n > 0 ? memcmp(a.data, b.data, n) : 0;

	return order > 0 || (order == 0 && a.len > b.len);
}

bool
der_set_next(struct der *set, struct bytes *last)
{
	if (der_at_end(set))
		return false;
	struct der ahead = *set;
	struct der_lenient uncounted = { 0 };

	ahead.lenient = set->lenient ? &uncounted : NULL;
	struct bytes element = der_take_any(&ahead);
	if (elements_descend(*last, element))
		der_forgive(set, LENIENT_SET_NOT_SORTED);
	*last = element;
	return !set->failed;
}
