/*
 * test_sandbox.c - the sandbox of each role, tested from inside a real child: a
 * system call that the table lacks kills it, and files that Landlock does not
 * permit cannot be opened.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/role.h"
#include "proc/role_spawn.h"

#include "tests/common/fakes/fake_role.h"
#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"

#define KILLED (128 + SIGSYS)

static const char front[] = "anchord-front";
static const char verifier[] = "anchord-verifier";
static const char ledger[] = "anchord-ledger";
static const char keyholder[] = "anchord-keyholder";
static const char *const all[] = { front, verifier, ledger, keyholder };

static char directory[] = "/tmp/anchord-box-XXXXXX"; /* of the roles */
static char second[] = "/tmp/anchord-box-XXXXXX";    /* of a key holder */
static char elsewhere[64];
static char readable[64];
static const char *token_more = ""; /* lines of the token that is ordered */
static bool late; /* one did not come; no other is waited for so long */

static bool
system_lacks_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1;
}

static struct lifeline *
ordered(const char *program, const char *order, const char *arg)
{
	AUTO(buf_release) struct buf config = buf_of(4096);
	AUTO(buf_release) struct buf text = buf_of(4096);
	AUTO(buf_release) struct buf rows = buf_of(4096);

	buf_printf(&rows,
	           "paths = [\"%s\", \"/dev/zero\"]; "
	           "environment = [\"CONF=%s\"]; %s",
	           directory, readable, token_more);
	const struct lifeline_config c = {
		.token_module = "/usr/lib/module.so",
		.token_state = directory,
		.token_more = buf_str(&rows),
		.ledger_directory = directory,
	};
	lifeline_config(&config, &c);
	buf_printf(&text, "%s%s%s", order, arg ? " " : "", arg ? arg : "");

	struct lifeline *l = lifeline_spawn(program, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT_TRUE(lifeline_text(l, "config", buf_str(&config)));
	CU_ASSERT_TRUE(lifeline_text(l, "order", buf_str(&text)));
	CU_ASSERT_TRUE(lifeline_start(l, 0));
	return l;
}

static void
kills(const char *program, const char *order, const char *arg)
{
	struct lifeline *l = ordered(program, order, arg);
	int status = lifeline_wait_exit(l, late ? 1000 : HARNESS_WAIT_MS);

	late = late || status != KILLED;
	if (status != KILLED)
		printf("  %s, %s: %d\n", program, order, status);
	CU_ASSERT_EQUAL(status, KILLED);
	(void)lifeline_end(l);
}

static void
answers(const char *program, const char *order, const char *arg,
        const char *outcome)
{
	AUTO(buf_release) struct buf wanted = buf_of(256);
	struct lifeline *l = ordered(program, order, arg);

	buf_printf(&wanted, "did %s: %s", order, outcome);
	bool came = lifeline_wait_status(l, true, buf_str(&wanted),
	                                 late ? 1000 : HARNESS_WAIT_MS);
	late = late || !came;
	if (!came)
		printf("  %s: no \"%s\"\n", program, buf_str(&wanted));
	CU_ASSERT_TRUE(came);
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_OK);
}

static void
test_works_at_all(void)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		answers(all[i], "nothing", NULL, "ok");
}

static void
test_no_programs(void)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		kills(all[i], "execve", "/bin/true");
		kills(all[i], "kill", NULL);
#ifndef ANCHORD_SAN /* the sanitizers' own rows */
		kills(all[i], "fork", NULL);
		kills(all[i], "ptrace", NULL);
#endif
	}
}

static void
test_no_new_code(void)
{
#ifdef ANCHORD_SAN
	harness_skip("sanitizer builds may map code");
#else
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		kills(all[i], "code", NULL);
#endif
}

static void
test_no_sockets(void)
{
	kills(front, "socket", NULL);
	kills(verifier, "socket", NULL);
	kills(ledger, "socket", NULL);
	/* A module that tries to use syslog gets an error and survives. */
	answers(keyholder, "socket", NULL, "EACCES");
}

static void
test_no_files(void)
{
#ifdef ANCHORD_SAN
	/* Sanitizer builds permit the call, but Landlock refuses it. */
	answers(front, "open", readable, "EACCES");
	answers(verifier, "open", readable, "EACCES");
#else
	kills(front, "open", readable);
	kills(verifier, "open", readable);
	kills(front, "create", elsewhere);
	kills(verifier, "create", elsewhere);
#endif
}

static void
test_own_directory(void)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/made", directory);
	answers(ledger, "create", path, "ok");
	CU_ASSERT_EQUAL(unlink(path), 0);
	answers(keyholder, "create", path, "ok");
	CU_ASSERT_EQUAL(unlink(path), 0);
	answers(keyholder, "open", readable, "ok");
}

static void
test_nobody_elses(void)
{
	if (system_lacks_landlock()) {
		harness_skip("this kernel has no Landlock");
		return;
	}
	answers(ledger, "create", elsewhere, "EACCES");
	answers(ledger, "open", readable, "EACCES");
	answers(ledger, "open", "/etc/passwd", "EACCES");
	answers(keyholder, "create", elsewhere, "EACCES");
	answers(keyholder, "create", readable, "EACCES");
	answers(keyholder, "open", "/etc/passwd", "EACCES");
}

/* Starts the key holder of the second of two tokens.  The first token has the
 * files that ordered() uses; the second one has others. */
static struct lifeline *
second_ordered(const char *order, const char *arg)
{
	AUTO(buf_release) struct buf rows = buf_of(4096);
	AUTO(buf_release) struct buf one = buf_of(4096);
	AUTO(buf_release) struct buf text = buf_of(256);

	buf_printf(&rows,
	           "paths = [\"%s\"]; environment = [\"CONF=%s\"]; },\n"
	           "{ name = \"b\"; node = 2; module = \"/usr/lib/module.so\";"
	           "  uri = \"pkcs11:token=b;object=k\"; state = \"%s\";"
	           " } ); limits: {",
	           directory, readable, second);
	lifeline_config(&one, &(struct lifeline_config){
	                              .token_module = "/usr/lib/module.so",
	                              .token_state = directory,
	                              .token_more = buf_str(&rows),
	                              .ledger_directory = directory });
	const char *group = strstr(buf_str(&one), "\ntoken: {");
	CU_ASSERT_PTR_NOT_NULL_FATAL(group);
	AUTO(buf_release) struct buf config = buf_of(4096);
	buf_printf(&config, "%.*s\ntokens = ( {%s",
	           (int)(group - buf_str(&one)), buf_str(&one),
	           group + strlen("\ntoken: {"));
	buf_printf(&text, "%s %s", order, arg);

	struct lifeline *l = lifeline_spawn(keyholder, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT_TRUE(lifeline_text(l, "config", buf_str(&config)));
	CU_ASSERT_TRUE(lifeline_text(l, "order", buf_str(&text)));
	CU_ASSERT_TRUE(lifeline_start(l, 1));
	return l;
}

static void
second_answers(const char *order, const char *arg, const char *outcome)
{
	AUTO(buf_release) struct buf wanted = buf_of(256);
	struct lifeline *l = second_ordered(order, arg);

	buf_printf(&wanted, "did %s: %s", order, outcome);
	CU_ASSERT_TRUE(lifeline_wait_status(l, true, buf_str(&wanted),
	                                    HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_OK);
}

static void
test_other_token(void)
{
	char path[128];

	if (system_lacks_landlock()) {
		harness_skip("this kernel has no Landlock");
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/made", second);
	second_answers("create", path, "ok");
	CU_ASSERT_EQUAL(unlink(path), 0);
	answers(keyholder, "create", path, "EACCES");
	(void)snprintf(path, sizeof(path), "%s/made", directory);
	second_answers("create", path, "EACCES");
	second_answers("open", readable, "EACCES");
}

/* A key holder may make exactly the additional calls of its token's list. */
static void
test_tokens_calls(void)
{
	kills(keyholder, "shmget", NULL);
	token_more = "syscalls = [\"shmget\"];";
	answers(keyholder, "shmget", NULL, "ENOENT");
	answers(keyholder, "thread-shmget", NULL, "ENOENT");
	kills(keyholder, "shmctl", NULL);
	token_more = "syscalls = [\"shmat\"];";
	answers(keyholder, "shmat", NULL, "EINVAL");
	kills(keyholder, "shmat", "x"); /* as executable memory */
	token_more = "syscalls = [\"shmget\"];";
	kills(ledger, "shmget", NULL);
	kills(front, "shmget", NULL);
	kills(keyholder, "execve", "/bin/true");
	token_more = "";
}

static void
test_devices(void)
{
	if (system_lacks_landlock()) {
		harness_skip("this kernel has no Landlock");
		return;
	}
	answers(keyholder, "open", "/dev/zero", "ok");
	answers(keyholder, "open", "/dev/full", "EACCES");
	answers(ledger, "open", "/dev/zero", "EACCES");
}

/* A thread that a role has started is in the same sandbox. */
static void
test_threads(void)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/made", directory);
	answers(keyholder, "thread-nothing", NULL, "ok");
	answers(keyholder, "thread-create", path, "ok");
	CU_ASSERT_EQUAL(unlink(path), 0);
	kills(keyholder, "thread-execve", "/bin/true");
	kills(keyholder, "thread-kill", NULL);
	answers(keyholder, "thread-socket", NULL, "EACCES");
	if (system_lacks_landlock()) {
		harness_skip("this kernel has no Landlock");
		return;
	}
	answers(keyholder, "thread-create", elsewhere, "EACCES");
	answers(keyholder, "thread-open", "/etc/passwd", "EACCES");
}

static void
status_of(pid_t pid, struct buf *out)
{
	char path[64], part[4096];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (n = read(fd, part, sizeof(part))) > 0)
		buf_append(out, bytes_of(part, (size_t)n));
	if (fd >= 0)
		close(fd);
}

static void
test_bare(void)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		AUTO(buf_release) struct buf status = buf_of(65536);
		struct lifeline *l = ordered(all[i], "nothing", NULL);
		CU_ASSERT_TRUE(
		        lifeline_wait_status(l, true, "did", HARNESS_WAIT_MS));
		status_of(lifeline_pid(l), &status);
		const char *text = buf_str(&status);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nNoNewPrivs:\t1\n"));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nSeccomp:\t2\n"));
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(text, "\nCapPrm:\t0000000000000000\n"));
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(text, "\nCapEff:\t0000000000000000\n"));
		CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_OK);
	}
}

/* A role that is started without spawn_role(), as root with all
 * capabilities. */
static void
test_bare_by_itself(void)
{
	AUTO(buf_release) struct buf path = buf_of(4096);
	AUTO(buf_release) struct buf status = buf_of(65536);
	char *argv[] = { NULL, NULL };
	int ends[2];

	lifeline_program(verifier, &path);
	argv[0] = (char *)(uintptr_t)buf_str(&path);
	CU_ASSERT_EQUAL_FATAL(spawn_pair(ends), OK);
	pid_t pid = fork();
	if (pid == 0) {
		if (ends[1] == ROLE_LIFELINE_FD)
			(void)fcntl(ends[1], F_SETFD, 0);
		else
			(void)dup2(ends[1], ROLE_LIFELINE_FD);
		execv(argv[0], argv);
		_exit(127);
	}
	close(ends[1]);
	for (int i = 0; i < 500; i++) {
		buf_reset(&status);
		status_of(pid, &status);
		if (strstr(buf_str(&status), "\nNoNewPrivs:\t1\n") &&
		    strstr(buf_str(&status), "\nCapEff:\t0000000000000000\n"))
			break;
		(void)usleep(10000);
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&status), "\nNoNewPrivs:\t1\n"));
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&status), "\nCapPrm:\t0000000000000000\n"));
	close(ends[0]);
	(void)waitpid(pid, NULL, 0);
}

static const struct harness_test tests[] = {
	{ "the roles work in their sandbox", test_works_at_all },
	{ "no role starts, traces or signals a process", test_no_programs },
	{ "no role makes memory executable", test_no_new_code },
	{ "no role makes a socket", test_no_sockets },
	{ "front and verifier open no file", test_no_files },
	{ "ledger and key holder have their directories", test_own_directory },
	{ "and nobody else's", test_nobody_elses },
	{ "not even another token's", test_other_token },
	{ "a key holder makes the calls that its token names",
	  test_tokens_calls },
	{ "and opens the devices that its token names", test_devices },
	{ "and so does a thread of theirs", test_threads },
	{ "no privileges, no capabilities, no dumps", test_bare },
	{ "whoever started it", test_bare_by_itself },
	{ NULL, NULL },
};

static bool
make_files(void)
{
	if (!mkdtemp(directory) || !mkdtemp(second))
		return false;
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s.other", directory);
	(void)snprintf(readable, sizeof(readable), "%s.conf", directory);
	int fd = open(readable, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int
main(int argc, char **argv)
{
	char links[] = "/tmp/anchord-box-bin-XXXXXX";
	int status;

	if (fake_role_main(argv, &status))
		return status;
	if (!make_files() || !mkdtemp(links) || !fake_role_links(links) ||
	    setenv("ANCHORD_BIN", links, 1) < 0)
		return 2;
	status = harness_run("sandbox", tests, argc, argv);
	fake_role_unlink(links);
	(void)unlink(readable);
	(void)rmdir(directory);
	(void)rmdir(second);
	return status;
}
