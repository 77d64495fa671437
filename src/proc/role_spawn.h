/*
 * role_spawn.h - starts the process of a role, for the supervisor and for
 * tests.
 *
 * Uses fork(2) and execveat(2).  The child gets its lifeline as descriptor 3,
 * /dev/null as standard input and output, and the caller's standard error.  It
 * gets no other descriptor, no environment variable that is not given here, no
 * capability that the kernel lets us drop, and no controlling terminal.  Data
 * reaches it over the lifeline.
 */
#ifndef PROC_ROLE_SPAWN_H
#define PROC_ROLE_SPAWN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct spawn {
	const char *path;               /* absolute path of the program */
	const char *const *arguments;   /* after argv[0]; NULL: none */
	const char *const *environment; /* "NAME=value", NULL at the end */
	int input;                      /* its standard input; 0: /dev/null */
	uint32_t uid;                   /* uid and gid; 0: unchanged */
	const gid_t *groups;            /* supplementary, if uid is given */
	size_t n_groups;                /* 0: none */
	uint32_t files_max;             /* RLIMIT_NOFILE, up to hard limit */
};

/*
 * Starts the program.  *ret_lifeline is our end of its lifeline, close-on-exec;
 * *ret_pid is the child, which the caller waits for.  E_IO: fork(2) or
 * socketpair(2) failed.  A program that cannot be executed ends with
 * SPAWN_EXIT_EXEC.
 */
MUST_CHECK err_t spawn_role(const struct spawn *s, pid_t *ret_pid,
                            int *ret_lifeline);

#define SPAWN_EXIT_EXEC 127

/* Called in the child: appends the whole file that spawn.input gave it as
 * standard input, from offset 0, although the parent may have read it already.
 * E_IO, E_LIMIT, E_NOMEM. */
MUST_CHECK err_t spawn_input(struct buf *out);

/* A pair of connected SOCK_SEQPACKET sockets, both close-on-exec.  E_IO. */
MUST_CHECK err_t spawn_pair(int ret_ends[static 2]);

#endif
