/*
 * evidence.c - the table of the evidence formats; see evidence.h.
 */
#include "evidence/evidence.h"

#include "crypto/codec/json_auto.h"
#include "policy/group.h"

static const struct evidence_format *const formats[] = {
#define FORMAT_BY_STATEMENT(symbol, name, path, member) &evidence_##symbol,
#define FORMAT_BY_EVIDENCE(symbol, name, path) &evidence_##symbol,
#include "wire/formats.def"
#undef FORMAT_BY_STATEMENT
#undef FORMAT_BY_EVIDENCE
};

const struct evidence_format *
evidence_at(size_t i)
{
	return i < ARRAY_LEN(formats) ? formats[i] : NULL;
}

const struct evidence_format *
evidence_find(struct bytes name)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (bytes_equal_str(name, formats[i]->name))
			return formats[i];
	return NULL;
}

void
evidence_drop_roots(struct x509_roots *roots)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (formats[i]->drop_roots)
			formats[i]->drop_roots(roots);
}

const struct policy_group *
policy_group_at(size_t i)
{
	for (size_t k = 0; k < ARRAY_LEN(formats); k++)
		if (formats[k]->policy && i-- == 0)
			return formats[k]->policy;
	return NULL;
}

const char *
policy_format_at(size_t i, const struct policy_group **ret_group)
{
	*ret_group = i < ARRAY_LEN(formats) ? formats[i]->policy : NULL;
	return i < ARRAY_LEN(formats) ? formats[i]->name : NULL;
}

static err_t
refuse_evidence(struct buf *why, err_t err, const char *what)
{
	buf_append_str(why, what);
	return err;
}

err_t
evidence_open(struct bytes json, struct buf *why, struct evidence *ret_evidence)
{
	if (json.len > EVIDENCE_JSON_MAX)
		return refuse_evidence(why, E_MALFORMED,
		                       "evidence: longer than 163840 bytes");

	AUTO(json_decref)
	json_t *object = json_loadb((const char *)json.data, json.len,
	                            JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(object))
		return refuse_evidence(why, E_MALFORMED,
		                       "evidence: not a JSON object");
	const json_t *name = json_object_get(object, "format");
	if (!json_is_string(name))
		return refuse_evidence(why, E_MALFORMED,
		                       "evidence.format: missing or not a "
		                       "string");

	const struct evidence_format *format = evidence_find(
	        bytes_of(json_string_value(name), json_string_length(name)));
	if (!format)
		return refuse_evidence(why, E_NOT_FOUND,
		                       "evidence.format: unknown format");
	void *own = NULL;
	TRY(format->read(object, why, &own));
	*ret_evidence = (struct evidence){ .format = format, .own = own };
	return OK;
}

err_t
evidence_open_files(const char *format, const struct bytes *files, size_t n,
                    struct buf *why, struct evidence *ret_evidence)
{
	const struct evidence_format *f = evidence_find(bytes_of_str(format));
	void *own = NULL;

	if (!f)
		return refuse_evidence(why, E_NOT_FOUND,
		                       "unknown evidence format");
	TRY(f->read_files(files, n, why, &own));
	*ret_evidence = (struct evidence){ .format = f, .own = own };
	return OK;
}

void
evidence_release(struct evidence *evidence)
{
	if (evidence->format)
		evidence->format->free(evidence->own);
	*evidence = (struct evidence){ 0 };
}
