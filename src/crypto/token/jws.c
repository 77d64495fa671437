/*
 * jws.c - see jws.h.
 */
#include <string.h>

#include "crypto/token/jws.h"

/* Takes the text before the next dot and skips the dot.  False: there is
 * none. */
static bool
cut_at_dot(struct bytes *in, struct bytes *ret_part)
{
	const uint8_t *dot = in->len ? memchr(in->data, '.', in->len) : NULL;

	if (!dot)
		return false;
	size_t n = (size_t)(dot - in->data);
	*ret_part = bytes_of(in->data, n);
	*in = bytes_of(dot + 1, in->len - n - 1);
	return true;
}

bool
jws_split(struct bytes text, size_t most, struct jws *ret_jws)
{
	struct jws v = { 0 };
	struct bytes left = text;

	if (text.len > most || !cut_at_dot(&left, &v.header) ||
	    !cut_at_dot(&left, &v.payload))
		return false;
	v.signature = left;
	v.signing_input = bytes_of(text.data, v.header.len + 1 + v.payload.len);
	*ret_jws = v;
	return true;
}

err_t
jws_object(struct bytes json, json_t **ret_object)
{
	json_t *value = json_loadb((const char *)json.data, json.len,
	                           JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(value)) {
		json_decref(value);
		return E_MALFORMED;
	}
	*ret_object = value;
	return OK;
}
