/*
 * opening.h - how the privileged supervisor opens files for other processes.
 *
 * The supervisor runs as root and hands opened files to roles that do not.  A
 * path that another user can change would make it disclose any file.  Therefore
 * all files are opened by one function, by the rules of one table
 * (opening.def):
 *
 *	forbidden    mode bits that the file must not have
 *	above        who may write to the directories above it
 *	most         bytes; a longer file is refused
 *	begins with  the bytes at its start; "": any
 *
 * The trusted users are root and the user that this process runs as.  The owner
 * of each file must be trusted.
 *
 * TRUSTED: each directory from "/" to the file belongs to a trusted user, and
 * nobody else may write to it.  Symbolic links in such directories are
 * followed, at most OPENING_LINKS_MAX of them (certbot's certificates are
 * links), and the directories on their way are checked likewise.  A sticky
 * directory that others may write to, such as /tmp, is accepted: in it only the
 * owner of an entry can rename or remove it.  An entry of such a directory must
 * belong to a trusted user, and a file or link in it must have a link count of
 * 1, because others can create a hard link to it where the kernel's
 * fs.protected_hardlinks is off.
 *
 * ANYBODY: the same rules hold down to the first directory that another user
 * may change.  From there on symbolic links and ".." are refused, the path must
 * stay on the same mount, and the file must have a link count of 1 and belong
 * to a trusted user or to the owner of its directory.
 *
 * The path is walked with openat(2) from descriptor to descriptor, and the
 * descriptor that was checked is the one that is read, so nothing can be
 * exchanged in between.  A relative path is walked from "/", too, through the
 * name of the current directory.
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
 * Copies the file into sealed memory and returns a read-only descriptor of it,
 * mode 0400, close-on-exec, which the caller closes.  Its receiver sees neither
 * later changes nor the file itself.  -1: refused; why names the component with
 * its owner and mode, and errno is ENOENT only when the file does not exist.
 */
int opening_file(enum opening kind, const char *path, struct buf *why);

/* Another descriptor of the same copy, with a file offset of its own; -1 on
 * failure. */
int opening_again(int fd);

/* Reads the file's status without opening it.  0, or the errno when the rules
 * of that kind forbid the path.  Does not check the file itself. */
int opening_look(enum opening kind, const char *path, struct stat *ret_stat);

#endif
