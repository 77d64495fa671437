/*
 * replace.h - a small file of ours takes the place of the one before, whole.
 */
#ifndef PROC_REPLACE_H
#define PROC_REPLACE_H

#include "base/bytes.h"
#include "base/err.h"

#define REPLACE_NAME_MAX 64 /* bytes of a name */

/*
 * Writes content under name and ".new" in that directory, mode 0600, and gives
 * it the name; on the disk when this returns OK.  E_IO: the file that was there
 * before is there still, whole.
 */
MUST_CHECK err_t file_replace(int directory, const char *name,
                              struct bytes content);

#endif
