/*
 * replace.h - replaces a small file atomically.
 */
#ifndef PROC_REPLACE_H
#define PROC_REPLACE_H

#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"

struct replacement {
	const char *name;   /* in the directory */
	const char *suffix; /* of the temporary name beside it */
	mode_t mode;        /* whatever the umask is */
	struct bytes content;
};

/*
 * Writes the content to the name with the suffix, and renames it to the name; what
 * had the temporary name is gone.  The caller sees to it that nobody else replaces
 * the file meanwhile.  On OK the file is on the disk (fsync(2)).  E_IO: errno is
 * set, the name has its old or its new content, complete (usually the old), and
 * the temporary name is gone.
 */
MUST_CHECK err_t file_replace(int directory, const struct replacement *r);

#endif
