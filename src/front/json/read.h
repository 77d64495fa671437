/*
 * read.h - what the readers of request bodies share.
 *
 * Only json_*.c includes this, for jansson stays behind request.h.
 */
#ifndef FRONT_JSON_READ_H
#define FRONT_JSON_READ_H

#include <jansson.h>

#include "front/json/request.h"

DEFINE_AUTO(json_t *, json_decref);

/* A member of an object: its one type, and whether it must be there. */
struct json_member {
	const char *name;
	json_type type;
	bool required;
};

/* The one JSON text in body. */
MUST_CHECK err_t json_read_open(struct bytes body, json_t **ret_root,
                                struct json_fault *ret_fault);

/* value is an object whose members are those of the rows, rightly typed; the
 * row with a NULL name ends the table.  where names the object in faults, ""
 * for the whole body. */
MUST_CHECK err_t json_read_object(const json_t *value, const char *where,
                                  const struct json_member *rows,
                                  struct json_fault *ret_fault);

/* A string member as a view; empty when absent. */
struct bytes json_read_text(const json_t *object, const char *name);

/*
 * device_handle, channel, transaction and bindings of an object that
 * json_read_object() has seen.  Put JSON_BINDING_MEMBERS into its table.
 */
#define JSON_BINDING_MEMBERS                           \
	{ "device_handle", JSON_STRING, false },       \
	        { "channel", JSON_STRING, false },     \
	        { "transaction", JSON_STRING, false }, \
	{                                              \
		"bindings", JSON_OBJECT, false         \
	}
MUST_CHECK err_t json_read_bindings(const json_t *object, const char *where,
                                    struct bindings *ret_bindings,
                                    struct json_fault *ret_fault);

#endif
