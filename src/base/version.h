/*
 * version.h - the version of the program and the commit of its source.
 *
 * Only anchord and anchorctl link it.  The Makefile sets the values, so that a
 * commit changes one small object file.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

extern const char anchord_version[]; /* from the file VERSION: "0.1.0" */

/* 40 hexadecimal digits, followed by "-changed" when the source differed from
 * the commit; "unknown" when the source tree had no git history. */
extern const char anchord_commit[];

#endif
