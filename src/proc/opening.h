/*
 * opening.h - how a process with more rights than others opens a file.
 *
 * The supervisor is root and hands what it opens to roles that are not, so a
 * path that somebody else can bend would make it read out any file.  There is
 * one function for all files, and one table of kinds (opening.def):
 *
 *	forbidden    mode bits that the file must not have
 *	above        who may write the directories above it
 *	most         bytes; a longer file is refused
 *	begins with  the bytes that it must begin with; "": any
 *
 * "Trusted" users are root and the user that this process runs as (one user,
 * when that is root).  The owner of each file must be trusted.
 *
 * TRUSTED: each directory from "/" to the file belongs to a trusted user and is
 * writable by nobody else.  Symbolic links in such directories are followed,
 * up to OPENING_LINKS_MAX (certbot's certificates are links), and the directories
 * that they lead through are judged likewise.  A sticky directory that
 * others may write, like /tmp, may stand above: there nobody but the owner
 * can rename or remove what a trusted user has, so what lies in it must be a
 * trusted user's, and a file or link must have that one name (others may make
 * a second name, a hard link, to a file of ours where the kernel's
 * fs.protected_hardlinks is off).
 *
 * ANYBODY: the same, down to the first directory that is not like that.  From
 * there on no link is followed, ".." is refused, the file system is not left,
 * the file has one name, and it belongs to a trusted user or to the owner of its
 * directory.
 *
 * The path is walked with openat(2) from descriptor to descriptor, and what was
 * judged is what is opened: nothing can be swapped in between.  A relative path
 * begins at "/", too, by way of the current directory's name.
 */
#ifndef PROC_OPENING_H
#define PROC_OPENING_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"

#define OPENING_LINKS_MAX 16

enum opening {
#define OPENING(kind, forbidden, above, most, begins) OPENING_##kind,
#include "proc/opening.def"
#undef OPENING
};

/*
 * A copy of the file in sealed memory, read-only, mode 0400, closed on exec; the
 * caller's to close.  Whoever gets it sees neither later changes nor the
 * file itself.  -1: it cannot be had; why says which component, its owner and
 * mode, and errno is ENOENT only when it just is not there.
 */
int opening_file(enum opening kind, const char *path, struct buf *why);

/* One more descriptor for the same copy, with an offset of its own; -1. */
int opening_again(int fd);

/* Has the file changed?  0, or the errno of a path that cannot be walked by the
 * rules of that kind.  Does not judge the file itself. */
int opening_look(enum opening kind, const char *path, struct stat *ret_stat);

#endif
