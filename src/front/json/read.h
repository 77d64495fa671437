/*
 * read.h - shared by the parsers of request bodies.
 *
 * Only files of this directory include it, because request.h hides jansson.
 */
#ifndef FRONT_JSON_READ_H
#define FRONT_JSON_READ_H

#include <jansson.h>

#include "crypto/codec/json_auto.h"
#include "front/json/request.h"

/* A member of an object, its type, and whether it is required. */
struct json_member {
	const char *name;
	json_type type;
	bool required;
};

/* Parses the body as one JSON text. */
MUST_CHECK err_t json_read_open(struct bytes body, json_t **ret_root,
                                struct json_fault *ret_fault);

/* Checks that value is an object with the members of the rows, each of its
 * type; a row with the name NULL ends the table.  where names the object in
 * faults, "" for the whole body. */
MUST_CHECK err_t json_read_object(const json_t *value, const char *where,
                                  const struct json_member *rows,
                                  struct json_fault *ret_fault);

/* A string member as a view; empty if absent. */
struct bytes json_read_text(const json_t *object, const char *name);

/* Appends the optional member "reason", the words of who orders a change. */
MUST_CHECK err_t json_read_reason(const json_t *root, struct buf *ret_reason,
                                  struct json_fault *ret_fault);

/*
 * Parses device_handle, channel, transaction, release and bindings of an object
 * that json_read_object() has checked with JSON_BINDING_MEMBERS in its table.
 */
#define JSON_BINDING_MEMBERS                           \
	{ "device_handle", JSON_STRING, false },       \
	        { "channel", JSON_STRING, false },     \
	        { "transaction", JSON_STRING, false }, \
	        { "release", JSON_STRING, false },     \
	{                                              \
		"bindings", JSON_OBJECT, false         \
	}
MUST_CHECK err_t json_read_bindings(const json_t *object, const char *where,
                                    struct bindings *ret_bindings,
                                    struct json_fault *ret_fault);

#endif
