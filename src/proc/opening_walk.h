/*
 * opening_walk.h - walks a path from "/" to a file, component by component.
 */
#ifndef PROC_OPENING_WALK_H
#define PROC_OPENING_WALK_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"

/* The state of a walk.  walk_to() maintains everything below `why`. */
struct walk {
	const char *path; /* as given, for messages */
	bool anybody;     /* the rule is ANYBODY */
	struct buf *why;  /* NULL: no message wanted */
	int fd;           /* O_PATH: current directory, then the file; -1 */
	struct stat st;   /* of fd */
	bool trusted;     /* only trusted users can change it so far */
	bool sticky;      /* others can create entries in fd */
	unsigned links;   /* links followed */
	char rest[2 * PATH_MAX];
	char here[2 * PATH_MAX]; /* path of fd without links, for messages */
	struct stat above;       /* directory that contains the file */
};

/* Walks the path; the caller sets path, anybody and why.  true: fd is the
 * object that the path names, neither a directory nor a link, and every
 * directory and link on the way satisfies opening.h.  false: errno and why are
 * set.  The caller calls walk_release() in either case. */
bool walk_to(struct walk *w);
void walk_release(struct walk *w);
DEFINE_AUTO_REF(struct walk, walk_release);

/* Writes the complaint with the owner and mode in st to why; errno is EPERM.
 * Returns false. */
bool walk_refuse(struct walk *w, const struct stat *st, const char *what);

/* True for root and for the user that this process runs as. */
bool walk_trusts(uid_t uid);

#endif
