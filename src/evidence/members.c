/*
 * members.c - see members.h.
 */
#include "evidence/members.h"

#include "base/encode.h"
#include "crypto/codec/json_auto.h"

static err_t
read_member(const struct evidence_member *m, const json_t *json, void *own,
            struct buf *why)
{
	if (!json && !m->required)
		return OK;
	err_t err = json ? m->read(json, own) : E_MALFORMED;
	if (err != OK)
		buf_printf(why, "evidence.%s: %s", m->name,
		           json ? "malformed" : "missing");
	return err == E_LIMIT ? E_MALFORMED : err;
}

err_t
evidence_members(const json_t *object, const struct evidence_member *table,
                 size_t n, void *own, struct buf *why)
{
	size_t known = 0;

	for (size_t i = 0; i < n; i++) {
		const json_t *json = json_object_get(object, table[i].name);

		known += json != NULL;
		TRY(read_member(&table[i], json, own, why));
	}
	if (known == json_object_size(object))
		return OK;
	buf_append_str(why, "evidence: unknown member");
	return E_MALFORMED;
}

err_t
evidence_base64(const json_t *json, struct buf *out)
{
	if (!json_is_string(json))
		return E_MALFORMED;
	return decode_base64(out, bytes_of(json_string_value(json),
	                                   json_string_length(json)));
}

err_t
evidence_any_string(const json_t *json, void *own)
{
	(void)own;
	return json_is_string(json) ? OK : E_MALFORMED;
}

json_t *
evidence_object(const struct bytes *files, size_t n)
{
	if (n != 1)
		return NULL;
	AUTO(json_decref)
	json_t *json = json_loadb((const char *)files[0].data, files[0].len,
	                          JSON_REJECT_DUPLICATES, NULL);
	return json_object_get(json, "format") ? TAKE(json) : NULL;
}
