/*
 * known_file.h - a file of devices that a tenant knows before they enrol, entry by
 * entry, as `anchorctl device preregister` takes it.
 *
 * It is one JSON array of objects, or lines: each an object (NDJSON), the SHA-256 of
 * a key's identity in 64 hexadecimal digits, or blank.  Objects are as
 * POST /v1/preregistrations has them (docs/api.md); the service judges what is in
 * them.  Pure: the file is in memory, and untrusted.
 */
#ifndef ANCHORCTL_KNOWN_FILE_H
#define ANCHORCTL_KNOWN_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define KNOWN_ENTRY_MAX \
	4096 /* bytes of an entry as compact JSON; 250 are usual */

struct known_file {
	struct bytes left; /* what was not read yet */
	uint64_t line;     /* where that begins, from 1 */
	bool begun, array, ended;
};

struct known_file known_file_of(struct bytes text);

struct known_entry {
	json_t *object; /* the caller drops the reference */
	size_t size;    /* bytes as compact JSON */
	uint64_t line;  /* where it begins */
};

/* E_NOT_FOUND: there is no other.  E_MALFORMED: why says in which line and what is
 * wrong; nothing more is read.  E_NOMEM. */
MUST_CHECK err_t known_file_next(struct known_file *f,
                                 struct known_entry *ret_entry,
                                 struct buf *why);

#endif
