/*
 * replace.h - replaces a small file atomically.
 */
#ifndef PROC_REPLACE_H
#define PROC_REPLACE_H

#include "base/bytes.h"
#include "base/err.h"

#define REPLACE_NAME_MAX 64 /* bytes of a name */

/*
 * Writes content to "NAME.new" in that directory, mode 0600, and renames it to
 * NAME.  On OK the file is on the disk (fsync(2)).  E_IO: the previous file is
 * still there, unchanged.
 */
MUST_CHECK err_t file_replace(int directory, const char *name,
                              struct bytes content);

#endif
