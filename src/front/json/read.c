/*
 * read.c - see read.h: opening, typing, bindings.
 */
#include "front/json/read.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"

void
json_fault_set(struct json_fault *fault, enum problem problem,
               const char *where, const char *text)
{
	fault->problem = problem;
	(void)snprintf(fault->detail, sizeof(fault->detail), "%s%s%s", where,
	               where[0] != '\0' ? ": " : "", text);
}

/* Sets a fault of a member of the object that `where` names. */
static err_t
member_fault(struct json_fault *fault, enum problem problem, const char *where,
             const char *name)
{
	fault->problem = problem;
	(void)snprintf(fault->detail, sizeof(fault->detail), "%s%s%.64s: %s",
	               where, where[0] != '\0' ? "." : "", name,
	               problem_title(problem));
	return E_MALFORMED;
}

err_t
json_read_open(struct bytes body, json_t **ret_root,
               struct json_fault *ret_fault)
{
	json_error_t error;
	json_t *root = json_loadb((const char *)body.data, body.len,
	                          JSON_REJECT_DUPLICATES, &error);

	if (root) {
		*ret_root = root;
		return OK;
	}

	ret_fault->problem = PROBLEM_JSON_MALFORMED;
	if (json_error_code(&error) == json_error_duplicate_key)
		ret_fault->problem = PROBLEM_JSON_DUPLICATE;
	/* the library's text quotes the body: position only */
	(void)snprintf(ret_fault->detail, sizeof(ret_fault->detail),
	               "at byte %d (line %d, column %d)", error.position,
	               error.line, error.column);
	return E_MALFORMED;
}

static const struct json_member *
find_member_row(const struct json_member *rows, const char *name)
{
	for (; rows->name; rows++)
		if (strcmp(rows->name, name) == 0)
			return rows;
	return NULL;
}

/* jansson's iterators take a mutable object; this code does not change it. */
static json_t *
unconst_json(const json_t *value)
{
	union {
		const json_t *in;
		json_t *out;
	} u = { .in = value };

	return u.out;
}

err_t
json_read_object(const json_t *value, const char *where,
                 const struct json_member *rows, struct json_fault *ret_fault)
{
	const char *name;
	json_t *member;

	if (!json_is_object(value)) {
		json_fault_set(ret_fault, PROBLEM_JSON_TYPE, where,
		               "not an object");
		return E_MALFORMED;
	}
	json_object_foreach(unconst_json(value), name, member)
	{
		const struct json_member *row = find_member_row(rows, name);

		if (!row)
			return member_fault(ret_fault, PROBLEM_JSON_UNKNOWN,
			                    where, name);
		if (json_typeof(member) != row->type)
			return member_fault(ret_fault, PROBLEM_JSON_TYPE, where,
			                    name);
	}
	for (; rows->name; rows++)
		if (rows->required && !json_object_get(value, rows->name))
			return member_fault(ret_fault, PROBLEM_JSON_MISSING,
			                    where, rows->name);

	return OK;
}

struct bytes
json_read_text(const json_t *object, const char *name)
{
	const json_t *v = json_object_get(object, name);

	return v ? bytes_of(json_string_value(v), json_string_length(v))
	         : bytes_of(NULL, 0);
}

/* Reads an optional text, which must not be empty if it is present. */
static err_t
read_text_binding(const json_t *object, const char *name, const char *where,
                  struct bytes *ret_text, struct json_fault *ret_fault)
{
	*ret_text = json_read_text(object, name);
	if (ret_text->data && ret_text->len == 0)
		return member_fault(ret_fault, PROBLEM_VALUE_INVALID, where,
		                    name);
	return OK;
}

static err_t
read_hash_member(const json_t *object, const char *name, const char *where,
                 uint8_t hash[static HASH_SIZE], struct json_fault *ret_fault)
{
	struct bytes text = json_read_text(object, name);

	if (decode_base64url_exact(text, hash, HASH_SIZE) != OK)
		return member_fault(ret_fault, PROBLEM_BASE64_INVALID, where,
		                    name);
	return OK;
}

/* Reads the object "bindings", which has the digests, all optional. */
static err_t
read_hashes(const json_t *hashes, const char *where, struct bindings *b,
            struct json_fault *ret_fault)
{
	static const struct json_member rows[] = {
		{ "transport", JSON_STRING, false },
		{ "request", JSON_STRING, false },
		{ "account", JSON_STRING, false },
		{ NULL, JSON_NULL, false },
	};
	char inside[64];

	(void)snprintf(inside, sizeof(inside), "%s%sbindings", where,
	               where[0] != '\0' ? "." : "");
	TRY(json_read_object(hashes, inside, rows, ret_fault));
	for (enum binding i = 0; i < BINDING_COUNT; i++) {
		const char *name = binding_member(i);

		if (binding_is_text(i) || !json_object_get(hashes, name))
			continue;
		TRY(read_hash_member(hashes, name, inside,
		                     binding_hash_of(b, i), ret_fault));
		b->present |= (uint16_t)(1u << i);
	}

	return OK;
}

/* Reads the textual bindings, all optional, which are members of the object
 * itself. */
static err_t
read_texts(const json_t *object, const char *where, struct bindings *b,
           struct json_fault *ret_fault)
{
	for (enum binding i = 0; i < BINDING_COUNT; i++) {
		binding_text *text = binding_text_of(b, i);

		if (!text)
			continue;
		TRY(read_text_binding(object, binding_member(i), where, text,
		                      ret_fault));
		if (text->data)
			b->present |= (uint16_t)(1u << i);
	}
	return OK;
}

err_t
json_read_bindings(const json_t *object, const char *where,
                   struct bindings *ret_bindings, struct json_fault *ret_fault)
{
	struct bindings b = { 0 };
	const json_t *hashes = json_object_get(object, "bindings");

	TRY(read_texts(object, where, &b, ret_fault));
	if (hashes)
		TRY(read_hashes(hashes, where, &b, ret_fault));

	if (!bindings_valid(&b)) {
		json_fault_set(ret_fault, PROBLEM_VALUE_INVALID, where,
		               "device_handle, channel, transaction or release "
		               "is too long or has a control character");
		return E_MALFORMED;
	}

	*ret_bindings = b;
	return OK;
}
