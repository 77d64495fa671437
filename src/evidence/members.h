/*
 * members.h - reads evidence that is a JSON object, by a table of its members.
 *
 * What every format refuses in the same words: a member that is missing, unknown or
 * malformed.  A member that occurs twice was refused by whoever parsed the JSON
 * (JSON_REJECT_DUPLICATES).
 */
#ifndef EVIDENCE_MEMBERS_H
#define EVIDENCE_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* A row: `read` takes the member's value into the format's own evidence. */
struct evidence_member {
	const char *name;
	bool required;
	err_t (*read)(const json_t *json, void *own);
};

/* Reads all members, in the order of the table.  E_MALFORMED: why names the member,
 * also where `read` said E_LIMIT.  Otherwise the error of `read`, such as
 * E_NOMEM. */
MUST_CHECK err_t evidence_members(const json_t *object,
                                  const struct evidence_member *table, size_t n,
                                  void *own, struct buf *why);

/* For rows.  Appends what a string has in base64 (RFC 4648 section 4).  E_MALFORMED:
 * no string, or not base64; E_LIMIT, E_NOMEM: those of out. */
MUST_CHECK err_t evidence_base64(const json_t *json, struct buf *out);

/* For rows.  A value that was read before, such as "format": any string. */
MUST_CHECK err_t evidence_any_string(const json_t *json, void *own);

/* The evidence object that the only file is, as it would be in a request: an object
 * with a member "format".  The caller frees it.  NULL: the files are something
 * else. */
json_t *evidence_object(const struct bytes *files, size_t n);

#endif
