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
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#include "tests/common/fakes/fake_role.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/world.h"

/* --- life ------------------------------------------------------------------ */

static void
test_starts_and_connects(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "process: { fronts = 2; verifiers = 2; };");
	world_ready(&w);
	/* front: key holder, ledger, 2 verifiers; each of two. */
	CU_ASSERT_TRUE(world_says(&w, "role=front event=fake-edge-up", 8));
	CU_ASSERT_TRUE(world_says(&w, "role=verifier event=fake-edge-up", 6));
	CU_ASSERT_TRUE(world_says(&w, "role=ledger event=fake-edge-up", 5));
	CU_ASSERT_TRUE(world_says(&w, "role=keyholder event=fake-edge-up", 3));
	CU_ASSERT_TRUE(world_says(&w, "event=fake-health me=1 ready=1", 1));
	CU_ASSERT_EQUAL(world_count(&w, "peer=verifier index=1"), 3);
}

static void
test_stops_and_leaves_nobody(void)
{
	AUTO(world_free) struct world w;
	pid_t pids[WORLD_ROLES];

	world_make(&w, "");
	world_ready(&w);
	for (size_t i = 0; i < WORLD_ROLES; i++) {
		pids[i] = world_pid(&w, world_roles[i]);
		CU_ASSERT_FATAL(pids[i] > 0 && kill(pids[i], 0) == 0);
	}
	(void)kill(w.pid, SIGTERM);
	CU_ASSERT_EQUAL(world_wait(&w, HARNESS_WAIT_MS), 0);
	for (size_t i = 0; i < WORLD_ROLES; i++)
		CU_ASSERT_TRUE(kill(pids[i], 0) < 0 && errno == ESRCH);
	CU_ASSERT_EQUAL(world_count(&w, "event=child-killed"), 0);
}

/* A stopped process does not leave by itself: the bound holds. */
static void
test_stops_who_does_not_go(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	pid_t pid = world_pid(&w, "verifier");
	(void)kill(pid, SIGSTOP);
	(void)kill(w.pid, SIGINT);
	CU_ASSERT_EQUAL(world_wait(&w, HARNESS_WAIT_MS), 0);
	CU_ASSERT_TRUE(kill(pid, 0) < 0 && errno == ESRCH);
	CU_ASSERT_EQUAL(world_count(&w, "why=\"does not stop\""), 1);
}

/* The supervisor dies without a word: its children see the lifeline end. */
static void
test_orphans_end(void)
{
	AUTO(world_free) struct world w;
	pid_t pids[WORLD_ROLES];
	size_t gone = 0;

	world_make(&w, "");
	world_ready(&w);
	for (size_t i = 0; i < WORLD_ROLES; i++)
		pids[i] = world_pid(&w, world_roles[i]);
	(void)kill(w.pid, SIGKILL);
	CU_ASSERT_EQUAL(world_wait(&w, HARNESS_WAIT_MS), 128 + SIGKILL);
	for (int waited = 0; gone < WORLD_ROLES && waited < HARNESS_WAIT_MS;
	     waited += 20) {
		char path[64], state[256] = "";
		gone = 0;
		for (size_t i = 0; i < WORLD_ROLES; i++) {
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
		world_pause(20);
	}
	CU_ASSERT_EQUAL(gone, WORLD_ROLES);
}

/* --- death ----------------------------------------------------------------- */

static void
test_killed_role_comes_back(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	pid_t before = world_pid(&w, "ledger");
	(void)kill(before, SIGKILL);
	CU_ASSERT_TRUE(world_says(&w, "event=child-started child=ledger", 2));
	CU_ASSERT_TRUE(world_says(&w, "event=ready", 2));
	CU_ASSERT_NOT_EQUAL(world_pid(&w, "ledger"), before);
	CU_ASSERT_TRUE(
	        world_says(&w, "event=fake-edge-down me=0 peer=ledger", 3));
	CU_ASSERT_TRUE(
	        world_says(&w, "event=fake-edge-up me=0 peer=ledger", 6));
	/* Fronts heard of it, both ways. */
	CU_ASSERT_TRUE(
	        world_says(&w, "ready=0 why=\"ledger: not running\"", 1));
	CU_ASSERT_TRUE(world_says(&w, "child=ledger index=0", 1));
	CU_ASSERT_TRUE(world_says(&w, "signal=9", 1));
}

/* A program that cannot run is tried at 0, 0.1, 0.3, 0.7, 1.5, 3.1 s. */
static void
test_backs_off(void)
{
	AUTO(world_free) struct world w;
	char path[PATH_MAX];

	world_make(&w, "");
	world_path(&w, "anchord-verifier", path);
	CU_ASSERT_EQUAL(truncate(path, 0), 0);
	uint64_t from = clock_mono_ms();
	world_start(&w);
	CU_ASSERT_TRUE(world_says(&w, "event=child-started child=verifier", 6));
	CU_ASSERT_TRUE(clock_mono_ms() - from >= 3000);
	CU_ASSERT_TRUE(world_says(&w, "status=127", 3));
	CU_ASSERT_EQUAL(world_count(&w, "event=ready"), 0);
	CU_ASSERT_EQUAL(world_wait(&w, 0), -1);
}

static void
test_silent_keyholder_is_killed(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	uint64_t from = clock_mono_ms();
	(void)kill(world_pid(&w, "keyholder"), SIGSTOP);
	CU_ASSERT_TRUE(world_says(&w, "why=silent", 1));
	CU_ASSERT_TRUE(clock_mono_ms() - from < harness_promised_ms(4000));
	CU_ASSERT_TRUE(world_says(&w, "event=ready", 2));
	CU_ASSERT_EQUAL(world_count(&w, "child=front index=0"), 1);
}

static void
test_nonsense_ends_its_sender(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	(void)kill(world_pid(&w, "front"), SIGUSR1);
	CU_ASSERT_TRUE(world_says(&w, "why=\"malformed message\"", 1));
	CU_ASSERT_TRUE(world_says(&w, "event=ready", 2));
	CU_ASSERT_TRUE(world_says(&w, "event=fake-health", 3));
}

/* --- files ----------------------------------------------------------------- */

static void
test_pin_missing_then_mended(void)
{
	AUTO(world_free) struct world w;
	char path[PATH_MAX];

	world_make(&w, "");
	world_path(&w, "pin", path);
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	world_start(&w);
	CU_ASSERT_TRUE(world_says(&w, "/pin: open to others (owner", 1));
	CU_ASSERT_TRUE(world_says(&w, "ready=0 why=\"keyholder: PIN: ", 1));
	CU_ASSERT_EQUAL(world_pid(&w, "keyholder"), 0);
	(void)unlink(path);
	CU_ASSERT_TRUE(world_says(&w, "/pin: No such file", 1));
	world_write(&w, "pin", "1234\n", 0400);
	CU_ASSERT_TRUE(world_says(&w, "event=ready", 1));
}

static int
refused(struct world *w, const char *more, const char *option)
{
	char config[PATH_MAX];
	const char *const options[] = { "--config", config, option, NULL };

	world_config(w, more);
	world_path(w, "anchord.conf", config);
	w->status = -1;
	world_run(w, options, -1);
	return world_wait(w, HARNESS_WAIT_MS);
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
	CU_ASSERT_TRUE(world_says(&w, "unknown setting limits.arry", 1));
	CU_ASSERT_TRUE(world_says(&w, "anchord.conf: line 13: ", 1));
	CU_ASSERT_EQUAL(refused(&w, "", "--nonsense"), 64);
	CU_ASSERT_EQUAL(refused(&w, "", "superfluous"), 64);
	CU_ASSERT_EQUAL(refused(&w, "", "--version"), 0);
	CU_ASSERT_EQUAL(refused(&w, "", "--help-config"), 0);
	CU_ASSERT_TRUE(world_says(&w, "token.deadline_ms", 1));

	world_path(&w, "tls", path);
	CU_ASSERT_EQUAL(chmod(path, 0604), 0);
	CU_ASSERT_EQUAL(refused(&w, "", NULL), 78);
	CU_ASSERT_TRUE(world_says(&w, "/tls: open to others", 1));
	(void)unlink(path);
	CU_ASSERT_EQUAL(refused(&w, "", NULL), 78);
	CU_ASSERT_TRUE(world_says(&w, "/tls: No such file", 1));
	CU_ASSERT_EQUAL(world_count(&w, "event=child-started"), 0);
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
	world_path(&w, "anchord.conf", config);
	CU_ASSERT_FATAL(bind(fd, (struct sockaddr *)&a, len) == 0 &&
	                listen(fd, 5) == 0 &&
	                getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	world_run(&w, options, fd);
	close(fd);
	(void)snprintf(needle, sizeof(needle),
	               "event=listening address=passed port=%u",
	               ntohs(a.sin_port));
	CU_ASSERT_TRUE(world_says(&w, needle, 1));
	CU_ASSERT_TRUE(world_says(&w, "event=ready", 1));
}

/* Waits for a datagram that begins with text. */
static bool
hears(int fd, const char *text)
{
	char part[1024];
	ssize_t n;

	/* A pause of the sender as long as the socket's time-out ends this. */
	while ((n = recv(fd, part, sizeof(part) - 1, 0)) > 0) {
		part[n] = '\0';
		if (strncmp(part, text, strlen(text)) == 0)
			return true;
	}
	return false;
}

static void
test_tells_systemd(void)
{
	AUTO(world_free) struct world w;
	const struct timeval patience = { .tv_sec = HARNESS_WAIT_MS / 1000 };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	world_make(&w, "");
	(void)snprintf(w.notify, sizeof(w.notify), "%s/notify", w.dir);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", w.notify);
	CU_ASSERT_FATAL(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	                 sizeof(patience));
	world_start(&w);
	CU_ASSERT_TRUE(hears(fd, "READY=1"));
	CU_ASSERT_TRUE(hears(fd, "STATUS=keyholder: starting"));
	CU_ASSERT_TRUE(hears(fd, "STATUS=ready"));
	CU_ASSERT_TRUE(hears(fd, "WATCHDOG=1"));
	(void)kill(w.pid, SIGTERM);
	CU_ASSERT_TRUE(hears(fd, "STOPPING=1"));
	CU_ASSERT_EQUAL(world_wait(&w, HARNESS_WAIT_MS), 0);
	close(fd);
	(void)unlink(w.notify);
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
	for (size_t i = 0; i < WORLD_ROLES; i++)
		expect_bare(world_pid(&w, world_roles[i]),
		            root ? WORLD_UID_BASE + (uid_t)i : geteuid());
	if (!root)
		return; /* nobody but root sees the rest of a role */

	read_proc(world_pid(&w, "keyholder"), "environ", &environ);
	CU_ASSERT_TRUE(
	        bytes_equal(buf_bytes(&environ), bytes_of("FAKE=value", 11)));
	buf_reset(&environ);
	read_proc(world_pid(&w, "front"), "environ", &environ);
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
	{ "tells systemd", test_tells_systemd },
	{ "children have no rights, no environment", test_children_are_bare },
	{ NULL, NULL },
};

FAKE_ROLE_MAIN("supervisor", tests)
