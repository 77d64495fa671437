/*
 * part.h - copies files, and makes the temporary directory in which a backup is
 * composed.
 */
#ifndef LEDGER_STORE_PART_H
#define LEDGER_STORE_PART_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

/* Copies the whole of one open file over the content of another.  name is for
 * messages.  E_IO. */
MUST_CHECK err_t part_copy(int from, int to, const char *name, struct buf *why);

/* The directory FILE.part, private to the caller, beside the future file.  Both
 * paths are absolute and free of symbolic links. */
struct part {
	int dir;
	struct buf file, path;
};

/* Creates the directory.  E_DENIED: another user than the caller and root may
 * change a directory above it.  E_NOT_FOUND, E_LIMIT: the path is too long,
 * E_IO. */
MUST_CHECK err_t part_make(const char *file, struct buf *why,
                           struct part *ret_part);

/* Creates a file in it. */
MUST_CHECK err_t part_create(const struct part *p, const char *name,
                             struct buf *why, int *ret_fd);

/* Renames the database in it to the file's name, durably.  E_CONFLICT: the file
 * exists. */
MUST_CHECK err_t part_publish(struct part *p, struct buf *why);

/* Removes the directory with its content. */
void part_release(struct part *p);
DEFINE_AUTO_REF(struct part, part_release);

#endif
