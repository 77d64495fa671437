/*
 * opening_walk.h - from "/" to a file, one component after the other.
 */
#ifndef PROC_OPENING_WALK_H
#define PROC_OPENING_WALK_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"

/* A path under way.  Everything below is walk_to()'s. */
struct walk {
	const char *path; /* as it was given, for people */
	bool anybody;     /* above: ANYBODY */
	struct buf *why;  /* NULL: nobody asks */
	int fd;           /* O_PATH: the directory, in the end the file; -1 */
	struct stat st;   /* of fd */
	bool trusted;     /* so far nobody else can have changed the way */
	bool sticky;      /* fd is a directory in which others make names */
	unsigned links;   /* that were followed */
	char rest[2 * PATH_MAX];
	char here[2 * PATH_MAX]; /* fd's path without links, for people */
	struct stat above;       /* of the directory that the file is in */
};

/* Walks; w has path, anybody and why.  true: fd is what the path names, not a
 * directory and not a link, by the rules of opening.h for directories and
 * links.  false: errno, why.  walk_release() in either case. */
bool walk_to(struct walk *w);
void walk_release(struct walk *w);
DEFINE_AUTO_REF(struct walk, walk_release);

/* Says what is wrong with the component that st belongs to; errno is EPERM. */
bool walk_refuse(struct walk *w, const struct stat *st, const char *what);

/* root, or who we are */
bool walk_trusts(uid_t uid);

#endif
