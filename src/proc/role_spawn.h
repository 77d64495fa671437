/*
 * role_spawn.h - how a role's process is born, for supervisor and tests.
 *
 * fork and exec.  The child gets its lifeline as descriptor 3, /dev/null as
 * standard input and output, the caller's standard error, and nothing else: no
 * descriptor, no environment that is not named here, no capability that the
 * kernel lets us give away, no terminal.  Bytes reach it over the lifeline.
 */
#ifndef PROC_ROLE_SPAWN_H
#define PROC_ROLE_SPAWN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct spawn {
	const char *path;               /* the program, absolute */
	const char *const *arguments;   /* behind its name; NULL: none */
	const char *const *environment; /* "NAME=value", NULL at the end */
	int input;                      /* standard input; 0: /dev/null */
	uint32_t uid;                   /* and gid; 0: stay who we are */
	const gid_t *groups;            /* supplementary; with uid alone */
	size_t n_groups;                /* 0: none */
	uint32_t files_max;             /* RLIMIT_NOFILE, as far as allowed */
};

/*
 * Starts the program; *ret_lifeline is our end of its lifeline, closed on
 * exec, and *ret_pid is ours to wait for.  E_IO: no process or no socketpair.
 * A program that cannot be executed ends with status SPAWN_EXIT_EXEC.
 */
MUST_CHECK err_t spawn_role(const struct spawn *s, pid_t *ret_pid,
                            int *ret_lifeline);

#define SPAWN_EXIT_EXEC 127

/* In such a program: appends what it got as standard input, all of the file that
 * others may have read before.  E_IO, E_LIMIT, E_NOMEM. */
MUST_CHECK err_t spawn_input(struct buf *out);

/* A pair of connected packet sockets, both closed on exec.  E_IO. */
MUST_CHECK err_t spawn_pair(int ret_ends[static 2]);

#endif
