/*
 * jwk_json.c - see json_auto.h; and the one-time initialisation of jansson.
 */
#include "crypto/codec/json_auto.h"
#include "crypto/keys/keyring_int.h"

#define TEXT_MAX 2048 /* characters of an encoded number */

static int
append_dumped_text(const char *text, size_t n, void *out)
{
	buf_append(out, bytes_of(text, n));
	return buf_status(out) == OK ? 0 : -1;
}

err_t
json_dump_to(const json_t *value, struct buf *out)
{
	if (json_dump_callback(value, append_dumped_text, out,
	                       JSON_COMPACT | JSON_SORT_KEYS) == 0)
		return OK;
	TRY(buf_status(out));
	return E_NOMEM;
}

json_t *
json_base64url(struct bytes v)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);

	encode_base64url(&text, v);
	if (buf_status(&text) != OK)
		return NULL;
	return json_stringn((const char *)text.data, text.len);
}

json_t *
json_hex(struct bytes v)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);

	encode_hex(&text, v);
	if (buf_status(&text) != OK)
		return NULL;
	return json_stringn((const char *)text.data, text.len);
}

void
jwk_prepare(void)
{
	json_object_seed(0); /* opens the kernel's random source, once */
}
