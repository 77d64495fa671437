/*
 * spawn.c - see role_spawn.h.
 *
 * Between fork and exec the child makes only system calls.  When one that
 * restricts it fails, the child logs a line and ends, because a role with too
 * many rights must not run.  The order matters: setgroups(2) needs root, and
 * dropping capabilities from the bounding set needs CAP_SETPCAP, which the
 * change of the uid removes.
 */
#include "proc/role_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "proc/role.h"

err_t
spawn_pair(int ret_ends[static 2])
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return E_IO;
	ret_ends[0] = ends[0];
	ret_ends[1] = ends[1];
	return OK;
}

static void
child_refuse(const struct spawn *s, const char *what)
{
	log_event(LOG_ERROR, "role-not-run", LOG_STR("program", s->path),
	          LOG_STR("why", what), LOG_STR("error", strerror(errno)));
	_exit(SPAWN_EXIT_EXEC);
}

#define ARGUMENTS_MAX 4

/* The child's descriptor of its program until execveat(2). */
#define PROGRAM_FD (ROLE_LIFELINE_FD + 1)

/* Descriptor 0 is the given input or /dev/null, 1 is /dev/null, 2 is inherited,
 * 3 is the lifeline, 4 is the program until it runs.  All others are closed. */
static void
child_descriptors(const struct spawn *s, int lifeline)
{
	/* Duplicated to high numbers first, since the lifeline may be 0, 1, 3
	 * or 4. */
	int high = fcntl(lifeline, F_DUPFD, 10);
	int null = open("/dev/null", O_RDWR);
	int input = s->input ? fcntl(s->input, F_DUPFD, 10) : null;
	int found = open(s->path, O_PATH);
	int program = found < 0 ? -1 : fcntl(found, F_DUPFD, 10);

	if (program < 0)
		child_refuse(s, "cannot open its program");
	if (high < 0 || null < 0 || dup2(input, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(high, ROLE_LIFELINE_FD) < 0 ||
	    dup3(program, PROGRAM_FD, O_CLOEXEC) < 0)
		child_refuse(s, "cannot set up its descriptors");
	if (close_range(PROGRAM_FD + 1, ~0U, 0) < 0)
		child_refuse(s, "close_range");
}

/* Resets signal actions and mask, so that none of the caller's is inherited. */
static void
child_signals(const struct spawn *s)
{
	sigset_t none;

	sigemptyset(&none);
	for (int n = 1; n < NSIG; n++)
		(void)signal(n, SIG_DFL);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		child_refuse(s, "cannot reset its signal mask");
}

static void
child_limits(uint32_t files_max)
{
	struct rlimit files;

	if (files_max == 0 || getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	if (files.rlim_max > files_max)
		files.rlim_max = files_max;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

/* As root, drops the capabilities from the bounding set, so that no later exec
 * can regain them, and then changes the uid.  An ordinary user has none to
 * drop. */
static void
child_rights(const struct spawn *s)
{
	uint32_t uid = s->uid;

	if (geteuid() == 0) {
		for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
			if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0)
				break; /* no CAP_SETPCAP, as in a container */
		(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	}
	if (uid != 0 &&
	    (setgroups(s->n_groups, s->groups) < 0 ||
	     setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0))
		child_refuse(s, "cannot change to its user");
	if (uid != 0 && setuid(0) == 0)
		child_refuse(s, "a role could become root again");
}

static void __attribute__((noreturn))
child_run(const struct spawn *s, int lifeline)
{
	static const char *const nothing[] = { NULL };
	const char *const *env = s->environment ? s->environment : nothing;
	const char *argv[ARGUMENTS_MAX + 2] = { s->path };

	for (size_t i = 0; s->arguments && s->arguments[i]; i++) {
		if (i == ARGUMENTS_MAX)
			child_refuse(s, "too many arguments");
		argv[i + 1] = s->arguments[i];
	}
	(void)setsid(); /* ^C must reach the supervisor alone */
	child_signals(s);
	child_descriptors(s, lifeline);
	child_limits(s->files_max);
	child_rights(s);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		child_refuse(s, "no_new_privs");

	/* By descriptor, since the role's user may lack access to the directory
	 * of the program (a checkout below /root).  execveat(2) does not change
	 * the strings; only its prototype lacks const. */
	execveat(PROGRAM_FD, "", (char *const *)(uintptr_t)argv,
	         (char *const *)(uintptr_t)env, AT_EMPTY_PATH);
	child_refuse(s, "cannot execute its program");
	_exit(SPAWN_EXIT_EXEC);
}

err_t
spawn_role(const struct spawn *s, pid_t *ret_pid, int *ret_lifeline)
{
	int ends[2];

	TRY(spawn_pair(ends));
	pid_t pid = fork();
	if (pid == 0)
		child_run(s, ends[1]);

	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return E_IO;
	}
	*ret_pid = pid;
	*ret_lifeline = ends[0];
	return OK;
}
