/*
 * world.c - see world.h.
 */
#include "tests/common/service/world.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"
#include "tests/common/service/pins_kit.h"
#include "evidence/revocation/revocation.h"
#include "tests/common/fakes/soft_key.h"

#define LOG_MAX (4 * 1024 * 1024)

const char *const world_roles[WORLD_ROLES] = { "front", "verifier", "ledger",
	                                       "keyholder" };

void
world_pause(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		                    .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

void
world_path(const struct world *w, const char *name, char out[static PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%s/%s", w->dir, name);
}

void
world_write(const struct world *w, const char *name, const char *text,
            mode_t mode)
{
	world_put(w, name, bytes_of_str(text), mode);
}

void
world_put(const struct world *w, const char *name, struct bytes content,
          mode_t mode)
{
	char path[PATH_MAX];

	world_path(w, name, path);
	(void)unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, content.data, content.len),
	                (ssize_t)content.len);
	CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
	close(fd);
}

static void
copy_program(const struct world *w, const char *from, const char *name)
{
	char path[PATH_MAX];
	char part[65536];
	ssize_t n;

	world_path(w, name, path);
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CU_ASSERT_FATAL(in >= 0 && out >= 0);
	while ((n = read(in, part, sizeof(part))) > 0)
		CU_ASSERT_EQUAL(write(out, part, (size_t)n), n);
	CU_ASSERT_EQUAL(fchmod(out, 0755), 0);
	close(in);
	close(out);
}

void
world_config(const struct world *w, const char *more)
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
	buf_printf(&text,
	           "token: { module=\"%s/module\"; uri=\"pkcs11:object=k\";\n"
	           "  pin_file=\"%s/pin\"; state=\"%s/keyholder\"; "
	           "deadline_ms = 50;\n"
	           "  environment=[\"FAKE=value\"]; };\n"
	           "service: { state_directory=\"%s/state\"; };\n"
	           "ledger: { directory=\"%s/ledger\"; };\n%s",
	           d, d, d, d, d, more);
	if (!strstr(more, "trust:"))
		buf_printf(&text, "trust: { pins=\"%s/officers\"; };\n", d);
	world_write(w, "anchord.conf", buf_str(&text), 0644);
}

void
world_list(const struct world *w, const char *name, unsigned n, uint64_t at_s)
{
	AUTO(buf_release) struct buf json = buf_of(65536);
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(revocations_free) struct revocations *list = NULL;
	char to[PATH_MAX], from[PATH_MAX];

	buf_append_str(&json, "{\"entries\":{");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&json, "%s\"a%x\":{\"status\":\"REVOKED\"}",
		           i ? "," : "", i);
	buf_append_str(&json, "}}");
	CU_ASSERT_EQUAL_FATAL(
	        revocations_read(buf_bytes(&json), at_s, &why, &list), OK);
	world_put(w, "new", revocations_file(list), 0644);
	world_path(w, "new", from);
	world_path(w, name, to);
	CU_ASSERT_EQUAL(rename(from, to), 0);
}

void
world_again(struct world *w)
{
	CU_ASSERT_EQUAL(kill(w->pid, SIGTERM), 0);
	CU_ASSERT_TRUE(world_wait(w, HARNESS_WAIT_MS) >= 0);
	w->status = -1;
	world_start(w);
}

/* Of a key that no token has: nobody in this world signs. */
static void
write_pins(const struct world *w)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "world");
	AUTO(buf_release)
	struct buf pins =
	        pins_kit_one(soft_key_spki(key), ALG_ES256, "pkcs11:object=k");
	char path[PATH_MAX];

	world_write(w, "officers", buf_str(&pins), 0644);
	world_path(w, "state", path);
	(void)mkdir(path, 0700);
}

/* A role's directory, which it never looks into here. */
static void
make_directory(const struct world *w, const char *name, uid_t uid)
{
	char path[PATH_MAX];

	world_path(w, name, path);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	if (geteuid() == 0)
		CU_ASSERT_EQUAL(chown(path, uid, uid), 0);
}

void
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
	for (size_t i = 0; i < WORLD_ROLES; i++) {
		(void)snprintf(program, sizeof(program), "anchord-%s",
		               world_roles[i]);
		copy_program(w, "/proc/self/exe", program);
	}
	world_write(w, "tls", "-", 0600);
	world_write(w, "policy", "-", 0644);
	world_write(w, "pin", "1234\n", 0600);
	world_write(w, "module", "-", 0644);
	make_directory(w, "ledger", WORLD_UID_BASE + 2);
	make_directory(w, "keyholder", WORLD_UID_BASE + 3);
	write_pins(w);
	world_config(w, more);
}

static void
run_anchord(const struct world *w, const char *const *options, int passed)
{
	char path[PATH_MAX], log[PATH_MAX], pid[32], notify[128];
	const char *argv[8] = { path };
	const char *env[5] = { NULL };
	size_t n_env = 0;

	world_path(w, "anchord", path);
	world_path(w, "log", log);
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
		env[n_env++] = pid;
		env[n_env++] = "LISTEN_FDS=1";
	}
	if (w->notify[0]) {
		(void)snprintf(notify, sizeof(notify), "NOTIFY_SOCKET=%s",
		               w->notify);
		env[n_env++] = notify;
		env[n_env++] = "WATCHDOG_USEC=200000";
	}
	/* A test that ends early leaves no supervisor behind. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	execve(path, (char *const *)(uintptr_t)argv,
	       (char *const *)(uintptr_t)env);
	_exit(126);
}

void
world_run(struct world *w, const char *const *options, int passed)
{
	w->pid = fork();
	CU_ASSERT_FATAL(w->pid >= 0);
	if (w->pid == 0)
		run_anchord(w, options, passed);
}

void
world_start(struct world *w)
{
	char config[PATH_MAX];
	const char *const options[] = { "--config", config, NULL };

	world_path(w, "anchord.conf", config);
	world_run(w, options, -1);
}

/* Runs to its end: the exit status. */
int
world_wait(struct world *w, int timeout_ms)
{
	int raw;

	for (int waited = 0; w->status < 0 && waited <= timeout_ms;
	     waited += 10) {
		if (waitpid(w->pid, &raw, WNOHANG) == w->pid)
			w->status = WIFEXITED(raw) ? WEXITSTATUS(raw)
			                           : 128 + WTERMSIG(raw);
		else
			world_pause(10);
	}
	return w->status;
}

static const char *
world_log(struct world *w)
{
	char path[PATH_MAX], part[65536];
	ssize_t n;

	world_path(w, "log", path);
	buf_reset(&w->log);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (n = read(fd, part, sizeof(part))) > 0)
		buf_append(&w->log, bytes_of(part, (size_t)n));
	if (fd >= 0)
		close(fd);
	return buf_str(&w->log);
}

int
world_count(struct world *w, const char *needle)
{
	int n = 0;

	for (const char *at = strstr(world_log(w), needle); at;
	     at = strstr(at + 1, needle))
		n++;
	return n;
}

/* Waits until the log has the text so many times. */
bool
world_says(struct world *w, const char *needle, int times)
{
	int most = w->unsaid ? 0 : HARNESS_WAIT_MS;

	for (int waited = 0; waited <= most; waited += 20) {
		if (world_count(w, needle) >= times)
			return true;
		world_pause(20);
	}
	w->unsaid = true;
	printf("  not in the log %d times: %s\n%s", times, needle,
	       world_log(w));
	return false;
}

/* The number that the last birth of that role was logged with. */
pid_t
world_pid(struct world *w, const char *role)
{
	char needle[64];
	pid_t pid = 0;

	(void)snprintf(needle, sizeof(needle),
	               "event=child-started child=%s index=0 pid=", role);
	for (const char *at = strstr(world_log(w), needle); at;
	     at = strstr(at + 1, needle))
		pid = (pid_t)strtol(at + strlen(needle), NULL, 10);
	return pid;
}

void
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
		                             "list",
		                             "roots",
		                             "tpms",
		                             "officers",
		                             "other",
		                             "word",
		                             "state/pins",
		                             "state/revocation",
		                             "pin",
		                             "module",
		                             "log" };
	static const char *const directories[] = { "state", "ledger",
		                                   "keyholder" };
	char path[PATH_MAX];

	if (w->status < 0) {
		(void)kill(w->pid, SIGTERM);
		if (world_wait(w, HARNESS_WAIT_MS) < 0) {
			(void)kill(w->pid, SIGKILL);
			(void)waitpid(w->pid, NULL, 0);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		world_path(w, files[i], path);
		(void)unlink(path);
	}
	for (size_t i = 0; i < ARRAY_LEN(directories); i++) {
		world_path(w, directories[i], path);
		CU_ASSERT_EQUAL(rmdir(path), 0);
	}
	CU_ASSERT_EQUAL(rmdir(w->dir), 0);
	buf_release(&w->log);
}

void
world_ready(struct world *w)
{
	world_start(w);
	CU_ASSERT_TRUE_FATAL(world_says(w, "event=ready", 1));
}
