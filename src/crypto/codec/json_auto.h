/*
 * json_auto.h - jansson with scope-bound references, and objects that are built
 * by a chain of calls which is checked once.
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

/* Takes ownership of value, also on failure.  False: out of memory, or value is
 * NULL because an earlier call failed. */
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

/* Appends the canonical text of value: members sorted, no white space. */
err_t json_dump_to(const json_t *value, struct buf *out);

/* A string member; NULL when it is absent or of another type. */
static inline const char *
json_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* A new string of the bytes in base64url or hex; NULL: out of memory. */
json_t *json_base64url(struct bytes v);
json_t *json_hex(struct bytes v);

#endif
