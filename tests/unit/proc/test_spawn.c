/*
 * test_spawn.c - a child starts with its lifeline and nothing else.  The child
 * is this program, which examines itself and reports over the lifeline.
 */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "proc/role.h"
#include "proc/role_spawn.h"

#include "tests/common/base/harness.h"

#define CHILD_UID 64399

/* --- the child ------------------------------------------------------------- */

struct report {
	int descriptors; /* bits of those that are open below 32 */
	int lifeline_is_socket;
	int environment; /* rows */
	int blocked;     /* is SIGUSR1 blocked */
	int ignored;     /* is SIGUSR2 ignored */
	int no_new_privs;
	int bounding; /* capabilities left in the bounding set */
	int leader;   /* of a session of its own */
	unsigned files_max;
	unsigned uid, euid, gid, groups, first_group;
};

static int
open_descriptors(void)
{
	int bits = 0;

	for (int fd = 0; fd < 32; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			bits |= 1 << fd;
	return bits;
}

static int
bounding_left(void)
{
	int n = 0;

	for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		n += prctl(PR_CAPBSET_READ, c, 0, 0, 0);
	return n;
}

static int
report(void)
{
	struct report r = { .descriptors = open_descriptors() };
	struct sigaction usr2;
	struct rlimit files;
	struct stat st;
	sigset_t mask;

	(void)sigprocmask(SIG_SETMASK, NULL, &mask);
	(void)sigaction(SIGUSR2, NULL, &usr2);
	(void)getrlimit(RLIMIT_NOFILE, &files);
	r.lifeline_is_socket =
	        fstat(ROLE_LIFELINE_FD, &st) == 0 && S_ISSOCK(st.st_mode);
	while (environ[r.environment])
		r.environment++;
	r.blocked = sigismember(&mask, SIGUSR1);
	r.ignored = usr2.sa_handler == SIG_IGN;
	r.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	r.bounding = bounding_left();
	r.leader = getsid(0) == getpid();
	r.files_max = (unsigned)files.rlim_max;
	r.uid = getuid();
	r.euid = geteuid();
	r.gid = getegid();
	gid_t list[64] = { 0 };
	r.groups = (unsigned)getgroups(64, list);
	r.first_group = list[0];
	return send(ROLE_LIFELINE_FD, &r, sizeof(r), 0) == sizeof(r) ? 0 : 1;
}

/* --- the tests ------------------------------------------------------------- */

static int
born(const struct spawn *s, struct report *ret_report)
{
	pid_t pid = 0;
	int fd = -1;
	int status = -1;

	CU_ASSERT_EQUAL_FATAL(spawn_role(s, &pid, &fd), OK);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ssize_t n = recv(fd, ret_report, sizeof(*ret_report), 0);
	close(fd);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFEXITED(status));
	if (n != sizeof(*ret_report))
		memset(ret_report, 0xff, sizeof(*ret_report));
	return WEXITSTATUS(status);
}

static char self[4096];

static void
test_bare(void)
{
	const struct spawn s = { .path = self, .files_max = 77 };
	struct report r;
	sigset_t usr1;

	/* The child must not inherit the caller's descriptors and signals. */
	int extra = open("/dev/null", O_RDONLY);
	int high = fcntl(extra, F_DUPFD, 20);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &usr1, NULL);
	(void)signal(SIGUSR2, SIG_IGN);
	CU_ASSERT_EQUAL(setenv("LEAK", "1", 1), 0);

	CU_ASSERT_EQUAL(born(&s, &r), 0);
	CU_ASSERT_EQUAL(r.descriptors, 0xf);
	CU_ASSERT_EQUAL(r.lifeline_is_socket, 1);
	CU_ASSERT_EQUAL(r.environment, 0);
	CU_ASSERT_EQUAL(r.blocked, 0);
	CU_ASSERT_EQUAL(r.ignored, 0);
	CU_ASSERT_EQUAL(r.no_new_privs, 1);
	CU_ASSERT_EQUAL(r.leader, 1);
	CU_ASSERT_EQUAL(r.files_max, 77);
	CU_ASSERT_EQUAL(r.uid, getuid());
	if (geteuid() == 0)
		CU_ASSERT_EQUAL(r.bounding, 0);

	(void)sigprocmask(SIG_UNBLOCK, &usr1, NULL);
	(void)signal(SIGUSR2, SIG_DFL);
	close(extra);
	close(high);
}

/* The lifeline may first have any of the numbers that the child needs. */
static void
test_any_descriptor(void)
{
	const struct spawn s = { .path = self };
	int saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 30);
	struct report r;

	close(STDIN_FILENO); /* the next socketpair begins at 0 */
	CU_ASSERT_EQUAL(born(&s, &r), 0);
	CU_ASSERT_EQUAL(r.descriptors, 0xf);
	CU_ASSERT_EQUAL(r.lifeline_is_socket, 1);
	if (saved >= 0) {
		(void)dup2(saved, STDIN_FILENO);
		close(saved);
	}
}

static void
test_environment(void)
{
	static const char *const rows[] = { "A=1", "B=2", NULL };
	const struct spawn s = { .path = self, .environment = rows };
	struct report r;

	CU_ASSERT_EQUAL(born(&s, &r), 0);
	CU_ASSERT_EQUAL(r.environment, 2);
}

static void
test_changes_uid(void)
{
	const struct spawn s = { .path = "/proc/self/exe", .uid = CHILD_UID };
	struct report r;

	if (geteuid() != 0) {
		/* If the rights cannot be dropped, the program is not run. */
		CU_ASSERT_EQUAL(born(&s, &r), SPAWN_EXIT_EXEC);
		return;
	}
	const gid_t groups[] = { 1, 2 };
	CU_ASSERT_EQUAL(setgroups(2, groups), 0);
	CU_ASSERT_EQUAL(born(&s, &r), 0);
	CU_ASSERT_EQUAL(r.uid, CHILD_UID);
	CU_ASSERT_EQUAL(r.euid, CHILD_UID);
	CU_ASSERT_EQUAL(r.gid, CHILD_UID);
	CU_ASSERT_EQUAL(r.groups, 0);
}

/* The child has the given groups, and none of the caller's. */
static void
test_groups(void)
{
	const gid_t own[] = { 1, 2, 3 };
	const gid_t named[] = { 64401, 64402 };
	const struct spawn s = { .path = "/proc/self/exe",
		                 .uid = CHILD_UID,
		                 .groups = named,
		                 .n_groups = ARRAY_LEN(named) };
	struct report r;

	if (geteuid() != 0) {
		harness_skip("only root gives a child other groups");
		return;
	}
	CU_ASSERT_EQUAL(setgroups(ARRAY_LEN(own), own), 0);
	CU_ASSERT_EQUAL(born(&s, &r), 0);
	CU_ASSERT_EQUAL(r.gid, CHILD_UID);
	CU_ASSERT_EQUAL(r.groups, 2);
	CU_ASSERT_EQUAL(r.first_group, 64401);
}

/* Copies this program to a directory that only the current user may enter. */
static void
copy_self(const char *path)
{
	int from = open(self, O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ssize_t n = 1;

	while (n > 0)
		n = sendfile(to, from, NULL, 1 << 20);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(fchmod(to, 0755), 0);
	close(from);
	close(to);
}

/* As with a checkout below /root: the role's user has no access to its own
 * program. */
static void
test_closed_directory(void)
{
	char directory[] = "/tmp/anchord-test-XXXXXX";
	char path[64];
	struct report r;

	if (geteuid() != 0) {
		harness_skip("only root gives a child another user");
		return;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory)); /* mode 0700 */
	snprintf(path, sizeof(path), "%s/program", directory);
	copy_self(path);

	const struct spawn s = { .path = path, .uid = CHILD_UID };
	CU_ASSERT_EQUAL(born(&s, &r), 0);
	CU_ASSERT_EQUAL(r.uid, CHILD_UID);
	(void)unlink(path);
	(void)rmdir(directory);
}

static void
test_no_program(void)
{
	const struct spawn s = { .path = "/nonexistent/program" };
	struct report r;

	CU_ASSERT_EQUAL(born(&s, &r), SPAWN_EXIT_EXEC);
}

static void
test_pair(void)
{
	int ends[2];
	char in[8] = "";

	CU_ASSERT_EQUAL_FATAL(spawn_pair(ends), OK);
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(fcntl(ends[i], F_GETFD) & FD_CLOEXEC,
		                FD_CLOEXEC);
	CU_ASSERT_EQUAL(send(ends[0], "abc", 3, 0), 3);
	CU_ASSERT_EQUAL(send(ends[0], "de", 2, 0), 2);
	CU_ASSERT_EQUAL(recv(ends[1], in, sizeof(in), 0), 3);
	CU_ASSERT_EQUAL(recv(ends[1], in, sizeof(in), 0), 2);
	close(ends[0]);
	CU_ASSERT_EQUAL(recv(ends[1], in, sizeof(in), 0), 0);
	close(ends[1]);
}

static const struct harness_test tests[] = {
	{ "nothing of the caller reaches a child", test_bare },
	{ "works when descriptor 0 is free", test_any_descriptor },
	{ "the environment is what is named", test_environment },
	{ "root changes the uid, others refuse", test_changes_uid },
	{ "supplementary groups are what is named", test_groups },
	{ "a closed directory does not keep a child from running",
	  test_closed_directory },
	{ "a missing program is an exit status", test_no_program },
	{ "pairs keep packets and close on exec", test_pair },
	{ NULL, NULL },
};

int
main(int argc, char **argv)
{
	/* Only a child of ours has a lifeline and no argument. */
	struct stat st;
	if (argc == 1 && fstat(ROLE_LIFELINE_FD, &st) == 0 &&
	    S_ISSOCK(st.st_mode) && getsid(0) == getpid())
		return report();
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return 2;
	return harness_run("spawn", tests, argc, argv);
}
