/*
 * part.h - copies of files, and the directory in which a backup is put
 * together.
 */
#ifndef LEDGER_STORE_PART_H
#define LEDGER_STORE_PART_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

/* Copies from the beginning of one open file to its end, over what the other
 * has.  name is for people.  E_IO. */
MUST_CHECK err_t part_copy(int from, int to, const char *name, struct buf *why);

/* FILE.part, of the caller's own, beside the file that is to be. */
struct part {
	int dir;
	const char *file; /* borrowed */
	struct buf path;
};

/* E_DENIED, E_NOT_FOUND, E_IO: it cannot be made. */
MUST_CHECK err_t part_make(const char *file, struct buf *why,
                           struct part *ret_part);

/* A new file in it. */
MUST_CHECK err_t part_create(const struct part *p, const char *name,
                             struct buf *why, int *ret_fd);

/* Gives the database in it the file's name, durably.  E_CONFLICT: there is such
 * a file. */
MUST_CHECK err_t part_publish(const struct part *p, struct buf *why);

/* Removes it, with all that it may have. */
void part_release(struct part *p);
DEFINE_AUTO_REF(struct part, part_release);

#endif
