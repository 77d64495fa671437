/*
 * test_supervisor.c - the real supervisor over fake roles: birth, death,
 * back-off, silence, stop, and what it refuses.  It is watched through its log.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "spawn.h"

#include "../common/fake_role.h"
#include "../common/harness.h"
#include "../common/lifeline.h"

#define WAIT_MS 10000
#define LOG_MAX (4 * 1024 * 1024)
#define UID_BASE 64300

static const char *const roles[] = { "front", "verifier", "ledger",
	                             "keyholder" };

/* One supervisor in a directory of its own. */
struct world {
	char dir[64];
	pid_t pid;
	int status; /* -1 while it runs */
	struct buf log;
};

static void
pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		                    .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

static void
path_in(const struct world *w, const char *name, char out[static PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%s/%s", w->dir, name);
}

static void
write_file(const struct world *w, const char *name, const char *text,
           mode_t mode)
{
	char path[PATH_MAX];

	path_in(w, name, path);
	(void)unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
	close(fd);
}

static void
copy_program(const struct world *w, const char *from, const char *name)
{
	char path[PATH_MAX];
	char part[65536];
	ssize_t n;

	path_in(w, name, path);
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CU_ASSERT_FATAL(in >= 0 && out >= 0);
	while ((n = read(in, part, sizeof(part))) > 0)
		CU_ASSERT_EQUAL(write(out, part, (size_t)n), n);
	CU_ASSERT_EQUAL(fchmod(out, 0755), 0);
	close(in);
	close(out);
}

static void
write_config(const struct world *w, const char *more)
{
	AUTO(buf_release) struct buf text = buf_of(8192);
	const char *d = w->dir;

	buf_printf(&text,
	           "instance: { issuer=\"https://anchord.example\"; };\n"
	           "listen: { port = 0; };\n"
	           "tls: { certificate=\"%s/tls\"; key=\"%s/tls\";\n"
	           "  client_ca=\"%s/tls\"; };\n"
	           "policy: { file=\"%s/policy\"; };\n",
	           d, d, d, d);
	buf_printf(
	        &text,
	        "token: { module=\"%s/module\"; uri=\"pkcs11:object=k\";\n"
	        "  pin_file=\"%s/pin\"; state=\"%s\"; deadline_ms = 50;\n"
	        "  environment=[\"FAKE=value\"]; public_sha256=\"%064d\"; };\n"
	        "ledger: { directory=\"%s\"; };\n%s",
	        d, d, d, 0, d, more);
	write_file(w, "anchord.conf", buf_str(&text), 0644);
}

static void
world_make(struct world *w, const char *more)
{
	AUTO(buf_release) struct buf anchord = buf_of(PATH_MAX);
	char program[64];

	*w = (struct world){ .dir = "/tmp/anchord-sup-XXXXXX", .status = -1 };
	w->log = buf_of(LOG_MAX);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(w->dir));
	CU_ASSERT_EQUAL(chmod(w->dir, 0755), 0); /* for the roles' uids */
	lifeline_program("anchord", &anchord);
	copy_program(w, buf_str(&anchord), "anchord");
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		(void)snprintf(program, sizeof(program), "anchord-%s",
		               roles[i]);
		copy_program(w, "/proc/self/exe", program);
	}
	write_file(w, "tls", "-", 0600);
	write_file(w, "policy", "-", 0644);
	write_file(w, "pin", "1234\n", 0600);
	write_config(w, more);
}

static void
run_anchord(const struct world *w, const char *const *options, int passed)
{
	char path[PATH_MAX], log[PATH_MAX], pid[32];
	const char *argv[8] = { path };
	const char *env[] = { NULL, NULL, NULL };

	path_in(w, "anchord", path);
	path_in(w, "log", log);
	for (size_t i = 0; options[i] && i < 6; i++)
		argv[i + 1] = options[i];
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	(void)dup2(fd, STDERR_FILENO);
	(void)dup2(fd, STDOUT_FILENO);
	if (passed >= 0) {
		(void)dup2(passed, 3);
		(void)fcntl(3, F_SETFD, 0); /* it may have been 3 already */
		(void)snprintf(pid, sizeof(pid), "LISTEN_PID=%d",
		               (int)getpid());
		env[0] = pid;
		env[1] = "LISTEN_FDS=1";
	}
	execve(path, (char *const *)(uintptr_t)argv,
	       (char *const *)(uintptr_t)env);
	_exit(126);
}

static void
world_run(struct world *w, const char *const *options, int passed)
{
	w->pid = fork();
	CU_ASSERT_FATAL(w->pid >= 0);
	if (w->pid == 0)
		run_anchord(w, options, passed);
}

static void
world_start(struct world *w)
{
	char config[PATH_MAX];
	const char *const options[] = { "--config", config, NULL };

	path_in(w, "anchord.conf", config);
	world_run(w, options, -1);
}

/* Runs to its end: the exit status. */
static int
world_wait(struct world *w, int timeout_ms)
{
	int raw;

	for (int waited = 0; w->status < 0 && waited <= timeout_ms;
	     waited += 10) {
		if (waitpid(w->pid, &raw, WNOHANG) == w->pid)
			w->status = WIFEXITED(raw) ? WEXITSTATUS(raw)
			                           : 128 + WTERMSIG(raw);
		else
			pause_ms(10);
	}
	return w->status;
}

static const char *
log_text(struct world *w)
{
	char path[PATH_MAX], part[65536];
	ssize_t n;

	path_in(w, "log", path);
	buf_reset(&w->log);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (n = read(fd, part, sizeof(part))) > 0)
		buf_append(&w->log, bytes_of(part, (size_t)n));
	if (fd >= 0)
		close(fd);
	return buf_str(&w->log);
}

static int
log_count(struct world *w, const char *needle)
{
	int n = 0;

	for (const char *at = strstr(log_text(w), needle); at;
	     at = strstr(at + 1, needle))
		n++;
	return n;
}

/* Waits until the log has the text so many times. */
static bool
log_has(struct world *w, const char *needle, int times)
{
	for (int waited = 0; waited <= WAIT_MS; waited += 20) {
		if (log_count(w, needle) >= times)
			return true;
		pause_ms(20);
	}
	printf("  not in the log %d times: %s\n%s", times, needle, log_text(w));
	return false;
}

/* The number that the last birth of that role was logged with. */
static pid_t
pid_of(struct world *w, const char *role)
{
	char needle[64];
	pid_t pid = 0;

	(void)snprintf(needle, sizeof(needle),
	               "event=child-started child=%s index=0 pid=", role);
	for (const char *at = strstr(log_text(w), needle); at;
	     at = strstr(at + 1, needle))
		pid = (pid_t)strtol(at + strlen(needle), NULL, 10);
	return pid;
}

static void
world_free(struct world *w)
{
	static const char *const files[] = { "anchord",
		                             "anchord.conf",
		                             "anchord-front",
		                             "anchord-verifier",
		                             "anchord-ledger",
		                             "anchord-keyholder",
		                             "tls",
		                             "policy",
		                             "pin",
		                             "log" };
	char path[PATH_MAX];

	if (w->status < 0) {
		(void)kill(w->pid, SIGTERM);
		if (world_wait(w, WAIT_MS) < 0) {
			(void)kill(w->pid, SIGKILL);
			(void)waitpid(w->pid, NULL, 0);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		path_in(w, files[i], path);
		(void)unlink(path);
	}
	CU_ASSERT_EQUAL(rmdir(w->dir), 0);
	buf_release(&w->log);
}
DEFINE_AUTO_REF(struct world, world_free);

static void
world_ready(struct world *w)
{
	world_start(w);
	CU_ASSERT_TRUE_FATAL(log_has(w, "event=ready", 1));
}

/* --- life ------------------------------------------------------------------ */

static void
test_starts_and_connects(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "process: { fronts = 2; verifiers = 2; };");
	world_ready(&w);
	/* front: key holder, ledger, 2 verifiers; each of two. */
	CU_ASSERT_TRUE(log_has(&w, "role=front event=fake-edge-up", 8));
	CU_ASSERT_TRUE(log_has(&w, "role=verifier event=fake-edge-up", 6));
	CU_ASSERT_TRUE(log_has(&w, "role=ledger event=fake-edge-up", 5));
	CU_ASSERT_TRUE(log_has(&w, "role=keyholder event=fake-edge-up", 3));
	CU_ASSERT_TRUE(log_has(&w, "event=fake-health me=1 ready=1", 1));
	CU_ASSERT_EQUAL(log_count(&w, "peer=verifier index=1"), 3);
}

static void
test_stops_and_leaves_nobody(void)
{
	AUTO(world_free) struct world w;
	pid_t pids[ARRAY_LEN(roles)];

	world_make(&w, "");
	world_ready(&w);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		pids[i] = pid_of(&w, roles[i]);
		CU_ASSERT_FATAL(pids[i] > 0 && kill(pids[i], 0) == 0);
	}
	(void)kill(w.pid, SIGTERM);
	CU_ASSERT_EQUAL(world_wait(&w, WAIT_MS), 0);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		CU_ASSERT_TRUE(kill(pids[i], 0) < 0 && errno == ESRCH);
	CU_ASSERT_EQUAL(log_count(&w, "event=child-killed"), 0);
}

/* A stopped process does not leave by itself: the bound holds. */
static void
test_stops_who_does_not_go(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	pid_t pid = pid_of(&w, "verifier");
	(void)kill(pid, SIGSTOP);
	(void)kill(w.pid, SIGINT);
	CU_ASSERT_EQUAL(world_wait(&w, WAIT_MS), 0);
	CU_ASSERT_TRUE(kill(pid, 0) < 0 && errno == ESRCH);
	CU_ASSERT_EQUAL(log_count(&w, "why=\"does not stop\""), 1);
}

/* The supervisor dies without a word: its children see the lifeline end. */
static void
test_orphans_end(void)
{
	AUTO(world_free) struct world w;
	pid_t pids[ARRAY_LEN(roles)];
	size_t gone = 0;

	world_make(&w, "");
	world_ready(&w);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		pids[i] = pid_of(&w, roles[i]);
	(void)kill(w.pid, SIGKILL);
	CU_ASSERT_EQUAL(world_wait(&w, WAIT_MS), 128 + SIGKILL);
	for (int waited = 0; gone < ARRAY_LEN(roles) && waited < WAIT_MS;
	     waited += 20) {
		char path[64], state[256] = "";
		gone = 0;
		for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
			/* As a zombie, when nobody adopts and reaps it. */
			(void)snprintf(path, sizeof(path), "/proc/%d/stat",
			               (int)pids[i]);
			int fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd < 0 || read(fd, state, sizeof(state) - 1) <= 0 ||
			    strstr(state, ") Z"))
				gone++;
			if (fd >= 0)
				close(fd);
		}
		pause_ms(20);
	}
	CU_ASSERT_EQUAL(gone, ARRAY_LEN(roles));
}

/* --- death ----------------------------------------------------------------- */

static void
test_killed_role_comes_back(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	pid_t before = pid_of(&w, "ledger");
	(void)kill(before, SIGKILL);
	CU_ASSERT_TRUE(log_has(&w, "event=child-started child=ledger", 2));
	CU_ASSERT_TRUE(log_has(&w, "event=ready", 2));
	CU_ASSERT_NOT_EQUAL(pid_of(&w, "ledger"), before);
	CU_ASSERT_TRUE(log_has(&w, "event=fake-edge-down me=0 peer=ledger", 3));
	CU_ASSERT_TRUE(log_has(&w, "event=fake-edge-up me=0 peer=ledger", 6));
	/* Fronts heard of it, both ways. */
	CU_ASSERT_TRUE(log_has(&w, "ready=0 why=\"ledger: not running\"", 1));
	CU_ASSERT_TRUE(log_has(&w, "child=ledger index=0", 1));
	CU_ASSERT_TRUE(log_has(&w, "signal=9", 1));
}

/* A program that cannot run is tried at 0, 0.1, 0.3, 0.7, 1.5, 3.1 s. */
static void
test_backs_off(void)
{
	AUTO(world_free) struct world w;
	char path[PATH_MAX];

	world_make(&w, "");
	path_in(&w, "anchord-verifier", path);
	CU_ASSERT_EQUAL(truncate(path, 0), 0);
	world_start(&w);
	CU_ASSERT_TRUE(log_has(&w, "event=child-started child=verifier", 3));
	pause_ms(1200);
	int n = log_count(&w, "event=child-started child=verifier");
	CU_ASSERT_TRUE(n >= 4 && n <= 6);
	CU_ASSERT_TRUE(log_has(&w, "status=127", 3));
	CU_ASSERT_EQUAL(log_count(&w, "event=ready"), 0);
	CU_ASSERT_EQUAL(world_wait(&w, 0), -1);
}

static void
test_silent_keyholder_is_killed(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	uint64_t from = clock_mono_ms();
	(void)kill(pid_of(&w, "keyholder"), SIGSTOP);
	CU_ASSERT_TRUE(log_has(&w, "why=silent", 1));
	CU_ASSERT_TRUE(clock_mono_ms() - from < 4000);
	CU_ASSERT_TRUE(log_has(&w, "event=ready", 2));
	CU_ASSERT_EQUAL(log_count(&w, "child=front index=0"), 1);
}

static void
test_nonsense_ends_its_sender(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	(void)kill(pid_of(&w, "front"), SIGUSR1);
	CU_ASSERT_TRUE(log_has(&w, "why=\"malformed message\"", 1));
	CU_ASSERT_TRUE(log_has(&w, "event=ready", 2));
	CU_ASSERT_TRUE(log_has(&w, "event=fake-health", 3));
}

/* --- files ----------------------------------------------------------------- */

static void
test_pin_missing_then_mended(void)
{
	AUTO(world_free) struct world w;
	char path[PATH_MAX];

	world_make(&w, "");
	path_in(&w, "pin", path);
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	world_start(&w);
	CU_ASSERT_TRUE(log_has(&w, "open to others (mode 0644)", 1));
	CU_ASSERT_TRUE(log_has(&w, "ready=0 why=\"keyholder: PIN: ", 1));
	CU_ASSERT_EQUAL(pid_of(&w, "keyholder"), 0);
	(void)unlink(path);
	CU_ASSERT_TRUE(log_has(&w, "/pin: No such file", 1));
	write_file(&w, "pin", "1234\n", 0400);
	CU_ASSERT_TRUE(log_has(&w, "event=ready", 1));
}

static int
refused(struct world *w, const char *more, const char *option)
{
	char config[PATH_MAX];
	const char *const options[] = { "--config", config, option, NULL };

	write_config(w, more);
	path_in(w, "anchord.conf", config);
	w->status = -1;
	world_run(w, options, -1);
	return world_wait(w, WAIT_MS);
}

static void
test_refuses_configuration(void)
{
	AUTO(world_free) struct world w;
	char path[PATH_MAX];

	world_make(&w, "");
	CU_ASSERT_EQUAL(refused(&w, "", "--check"), 0);
	CU_ASSERT_EQUAL(refused(&w, "\n\nlimits: { arry = 1; };", "--check"),
	                78);
	CU_ASSERT_TRUE(log_has(&w, "unknown setting limits.arry", 1));
	CU_ASSERT_TRUE(log_has(&w, "anchord.conf: line 12: ", 1));
	CU_ASSERT_EQUAL(refused(&w, "", "--nonsense"), 64);
	CU_ASSERT_EQUAL(refused(&w, "", "superfluous"), 64);
	CU_ASSERT_EQUAL(refused(&w, "", "--version"), 0);
	CU_ASSERT_EQUAL(refused(&w, "", "--help-config"), 0);
	CU_ASSERT_TRUE(log_has(&w, "token.deadline_ms", 1));

	path_in(&w, "tls", path);
	CU_ASSERT_EQUAL(chmod(path, 0604), 0);
	CU_ASSERT_EQUAL(refused(&w, "", NULL), 78);
	CU_ASSERT_TRUE(log_has(&w, "/tls: open to others", 1));
	(void)unlink(path);
	CU_ASSERT_EQUAL(refused(&w, "", NULL), 78);
	CU_ASSERT_TRUE(log_has(&w, "/tls: No such file", 1));
	CU_ASSERT_EQUAL(log_count(&w, "event=child-started"), 0);
}

static void
test_takes_passed_socket(void)
{
	AUTO(world_free) struct world w;
	char config[PATH_MAX], needle[64];
	const char *const options[] = { "--config", config, NULL };
	struct sockaddr_in a = { .sin_family = AF_INET,
		                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	world_make(&w, "");
	path_in(&w, "anchord.conf", config);
	CU_ASSERT_FATAL(bind(fd, (struct sockaddr *)&a, len) == 0 &&
	                listen(fd, 5) == 0 &&
	                getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	world_run(&w, options, fd);
	close(fd);
	(void)snprintf(needle, sizeof(needle),
	               "event=listening address=passed port=%u",
	               ntohs(a.sin_port));
	CU_ASSERT_TRUE(log_has(&w, needle, 1));
	CU_ASSERT_TRUE(log_has(&w, "event=ready", 1));
}

/* --- what a child has ------------------------------------------------------ */

static void
read_proc(pid_t pid, const char *name, struct buf *out)
{
	char path[64];
	char part[4096];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (n = read(fd, part, sizeof(part))) > 0)
		buf_append(out, bytes_of(part, (size_t)n));
	if (fd >= 0)
		close(fd);
}

static void
expect_bare(pid_t pid, uid_t uid)
{
	AUTO(buf_release) struct buf status = buf_of(65536);
	char line[64];

	read_proc(pid, "status", &status);
	const char *text = buf_str(&status);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nNoNewPrivs:\t1\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nSeccomp:\t2\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nCapPrm:\t0000000000000000\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nCapEff:\t0000000000000000\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nCapInh:\t0000000000000000\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nCapAmb:\t0000000000000000\n"));
	(void)snprintf(line, sizeof(line), "\nUid:\t%u\t%u\t%u\t%u\n", uid, uid,
	               uid, uid);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, line));
	if (geteuid() == 0) {
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(text, "\nCapBnd:\t0000000000000000\n"));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nGroups:\t \n"));
	}
}

static void
test_children_are_bare(void)
{
	AUTO(world_free) struct world w;
	AUTO(buf_release) struct buf environ = buf_of(4096);
	bool root = geteuid() == 0;

	world_make(&w, "");
	world_ready(&w);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		expect_bare(pid_of(&w, roles[i]),
		            root ? UID_BASE + (uid_t)i : geteuid());
	if (!root)
		return; /* nobody but root sees the rest of a role */

	read_proc(pid_of(&w, "keyholder"), "environ", &environ);
	CU_ASSERT_TRUE(
	        bytes_equal(buf_bytes(&environ), bytes_of("FAKE=value", 11)));
	buf_reset(&environ);
	read_proc(pid_of(&w, "front"), "environ", &environ);
	CU_ASSERT_EQUAL(environ.len, 0);
}

static const struct harness_test tests[] = {
	{ "starts all roles and connects them", test_starts_and_connects },
	{ "SIGTERM stops and leaves no process", test_stops_and_leaves_nobody },
	{ "who does not stop is killed in time", test_stops_who_does_not_go },
	{ "roles end when the supervisor is killed", test_orphans_end },
	{ "a killed role comes back with new edges",
	  test_killed_role_comes_back },
	{ "births back off", test_backs_off },
	{ "a silent key holder is killed", test_silent_keyholder_is_killed },
	{ "a child that talks nonsense is killed",
	  test_nonsense_ends_its_sender },
	{ "a PIN file is mended without a restart",
	  test_pin_missing_then_mended },
	{ "refuses options, configuration, files", test_refuses_configuration },
	{ "takes a socket from systemd", test_takes_passed_socket },
	{ "children have no rights, no environment", test_children_are_bare },
	{ NULL, NULL },
};

int
main(int argc, char **argv)
{
	int status;

	if (fake_role_main(argv, &status))
		return status;
	return harness_run("supervisor", tests, argc, argv);
}
