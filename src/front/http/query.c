/*
 * query.c - see query.h.
 */
#include "front/http/query.h"

#include <string.h>

/* Unreserved (RFC 3986 section 2.3), and the ':' of a time. */
static bool
is_value_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("-._~:", c));
}

static bool
is_value_text(struct bytes v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!is_value_char(v.data[i]))
			return false;
	return v.len > 0;
}

/* False: not a decimal number in its one spelling, or over 64 bits. */
static bool
read_query_number(struct bytes v, uint64_t *ret)
{
	uint64_t n = 0;

	if (v.len > 1 && v.data[0] == '0')
		return false;
	for (size_t i = 0; i < v.len; i++) {
		if (v.data[i] < '0' || v.data[i] > '9')
			return false;
		if (__builtin_mul_overflow(n, (uint64_t)10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(v.data[i] - '0'), &n))
			return false;
	}
	*ret = n;
	return true;
}

static bool
read_value(const struct query_param *row, struct bytes v,
           struct query_value *ret)
{
	struct query_value value = { .given = true };
	uint64_t measured = v.len;

	if (row->kind == QUERY_TEXT)
		value.text = v;
	else if (!read_query_number(v, &value.number))
		return false;
	else
		measured = value.number;
	if (measured < row->least || measured > row->most)
		return false;

	*ret = value;
	return true;
}

/* Takes the part before the next '&', and the rest behind it. */
static struct bytes
next_pair(struct bytes *rest, bool *ret_more)
{
	const uint8_t *amp = memchr(rest->data, '&', rest->len);
	size_t len = amp ? (size_t)(amp - rest->data) : rest->len;
	struct bytes pair = bytes_of(rest->data, len);

	*ret_more = amp != NULL;
	*rest = bytes_of(rest->data + len + (amp ? 1 : 0),
	                 rest->len - len - (amp ? 1 : 0));
	return pair;
}

/* NULL, or what is wrong with the pair. */
static const char *
read_pair(struct bytes pair, const struct query_param *rows, struct query *q)
{
	const uint8_t *equal = memchr(pair.data, '=', pair.len);
	size_t len = equal ? (size_t)(equal - pair.data) : 0;
	size_t i = 0;

	if (!equal)
		return "a parameter is not name=value";

	struct bytes name = bytes_of(pair.data, len);
	struct bytes text = bytes_of(equal + 1, pair.len - len - 1);
	while (rows[i].name && !bytes_equal_str(name, rows[i].name))
		i++;
	if (!rows[i].name)
		return "a parameter that this endpoint does not know";
	if (q->values[i].given)
		return "a parameter appears twice";
	if (!is_value_text(text))
		return "a value is empty or has a character that is not taken";
	return read_value(&rows[i], text, &q->values[i]) ? NULL : rows[i].fault;
}

err_t
query_parse(struct bytes text, const struct query_param *rows,
            struct query *ret_query, const char **ret_fault)
{
	struct query q = { 0 };
	struct bytes rest = text;
	bool more = text.len > 0;

	while (more) {
		struct bytes pair = next_pair(&rest, &more);
		const char *fault = read_pair(pair, rows, &q);

		if (fault) {
			*ret_fault = fault;
			return E_MALFORMED;
		}
	}
	*ret_query = q;
	return OK;
}
