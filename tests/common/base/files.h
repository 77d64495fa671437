/*
 * files.h - files that a test writes.
 */
#ifndef COMMON_BASE_FILES_H
#define COMMON_BASE_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/bytes.h"

/* Makes the file, or replaces what it has, and gives it that mode.  False: it could
 * not be written whole. */
bool file_write(const char *path, struct bytes content, mode_t mode);

/* A text that its owner alone may read and write, as a PIN. */
bool file_write_text(const char *path, const char *text);

#endif
