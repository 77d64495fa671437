/*
 * version.h - which program this is: its version and the commit of its source.
 *
 * Linked into anchord and anchorctl alone; the Makefile says the values, so
 * that one small object changes with each commit.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

extern const char anchord_version[]; /* "0.1.0", as the file VERSION says */

/* 40 hexadecimal digits, "-changed" behind them when the source was not that of
 * the commit; "unknown": a tree without a history. */
extern const char anchord_commit[];

#endif
