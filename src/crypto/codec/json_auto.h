/*
 * json_auto.h - jansson under our house rules: scope-bound references, and
 * objects built by a chain of puts that is checked once.
 */
#ifndef CRYPTO_CODEC_JSON_AUTO_H
#define CRYPTO_CODEC_JSON_AUTO_H

#include <stdbool.h>

#include <jansson.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/encode.h"

DEFINE_AUTO(json_t *, json_decref);

/* Takes value over, also when it fails; false without memory (a NULL value is
 * an earlier failure). */
static inline bool
json_put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}

static inline bool
json_put_text(json_t *object, const char *key, struct bytes text)
{
	return json_put(object, key,
	                json_stringn((const char *)text.data, text.len));
}

/* Appends the one text that the value has: sorted, no white space. */
err_t json_dump_to(const json_t *value, struct buf *out);

/* A string value by its key; NULL when absent or of another type. */
static inline const char *
json_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* A new string with the bytes in base64url or hex; NULL without memory. */
json_t *json_base64url(struct bytes v);
json_t *json_hex(struct bytes v);

#endif
