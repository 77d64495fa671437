/*
 * service.c - the life of the service under test: start, watch, kill, stop.
 * service_files.c makes what it needs before.
 */
#include "tests/common/service/service.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/common/service/service_int.h"

#define HALT_MS 10000 /* SIGTERM, and after that SIGKILL */
#define LINE_MAX_TEST 1024
#define COMM_MAX 15 /* bytes of a process's name that the kernel keeps */

uint64_t
service_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
service_sleep_ms(unsigned ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		                    .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

int
service_run(const char *const *argv, const char *environment, const char *out)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		const char *const env[] = { "PATH=/usr/bin:/bin", environment,
			                    NULL };
		int fd = open(out ? out : "/dev/null",
		              O_WRONLY | O_CREAT | O_APPEND, 0600);
		dup2(fd, STDOUT_FILENO);
		if (!out)
			dup2(fd, STDERR_FILENO);
		execvpe(argv[0], (char *const *)(uintptr_t)argv,
		        (char *const *)(uintptr_t)env);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A port that was free a moment ago. */
static uint16_t
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (const struct sockaddr *)&a, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		a.sin_port = 0;
	close(fd);
	return ntohs(a.sin_port);
}

/* The programs lie in bin/ of the directory that the test was built into:
 * build/test/process/test_x, build/bench/x. */
static bool
find_programs(struct service *s)
{
	char exe[SERVICE_PATH_MAX] = "";
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	while (n > 0) {
		char *slash = strrchr(exe, '/');
		if (!slash || slash == exe)
			return false;
		*slash = '\0';
		int len = snprintf(s->bin, sizeof(s->bin), "%.200s/bin", exe);
		struct buf path = service_path(s->bin, "anchord");
		bool found = access(buf_str(&path), X_OK) == 0;
		buf_release(&path);
		if (found)
			return len > 0;
	}
	return false;
}

err_t
service_launch(struct service *s)
{
	AUTO(buf_release) struct buf anchord = service_path(s->bin, "anchord");
	AUTO(buf_release)
	struct buf conf = service_path(s->dir, "anchord.conf");
	const char *const argv[] = { buf_str(&anchord), "--config",
		                     buf_str(&conf), NULL };
	const char *const env[] = { NULL };
	pid_t pid = fork();

	if (pid < 0)
		return E_IO;
	if (pid == 0) {
		int fd = open(s->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		setpgid(0, 0);
		/* A test or bench that is killed leaves no service behind. */
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		execve(argv[0], (char *const *)(uintptr_t)argv,
		       (char *const *)(uintptr_t)env);
		_exit(127);
	}
	s->supervisor = pid;
	return OK;
}

void
service_halt(struct service *s)
{
	if (s->supervisor <= 0)
		return;
	kill(s->supervisor, SIGTERM);
	for (unsigned waited = 0; waited < HALT_MS; waited += 10) {
		if (waitpid(s->supervisor, NULL, WNOHANG) == s->supervisor) {
			s->supervisor = 0;
			return;
		}
		service_sleep_ms(10);
	}
	printf("the supervisor ignored SIGTERM for %d ms\n", HALT_MS);
	kill(-s->supervisor, SIGKILL);
	waitpid(s->supervisor, NULL, 0);
	s->supervisor = 0;
}

bool
service_ready(struct service *s)
{
	AUTO(client_free) struct client *c = NULL;

	return client_open(s->monitor, s->port, &c) == OK &&
	       client_exchange(c, "GET", "/readyz", bytes_of(NULL, 0), NULL) ==
	               200;
}

bool
service_wait_ready(struct service *s, unsigned ms)
{
	uint64_t end_at = service_now_ms() + ms;

	while (service_now_ms() < end_at) {
		if (waitpid(s->supervisor, NULL, WNOHANG) == s->supervisor) {
			s->supervisor = 0;
			return false;
		}
		if (service_ready(s))
			return true;
		service_sleep_ms(20);
	}
	return false;
}

/* The process's name is anchord-<role>, as far as the kernel keeps it. */
static bool
is_role(pid_t pid, const char *role)
{
	char path[64], comm[64] = "", wanted[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, comm, sizeof(comm) - 1);
	close(fd);
	snprintf(wanted, sizeof(wanted), "anchord-%s", role);
	wanted[COMM_MAX] = '\0';
	return n > 1 && strncmp(comm, wanted, strlen(wanted)) == 0;
}

pid_t
service_pid(const struct service *s, const char *role)
{
	char path[64], list[512] = "";

	if (s->supervisor <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	         (int)s->supervisor, (int)s->supervisor);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, list, sizeof(list) - 1);
	if (fd >= 0)
		close(fd);

	for (char *at = list; n > 0 && *at;) {
		char *next = at;
		pid_t pid = (pid_t)strtol(at, &next, 10);
		if (next == at)
			break;
		if (is_role(pid, role))
			return pid;
		at = next;
	}
	return 0;
}

bool
service_kill(const struct service *s, const char *role)
{
	pid_t pid = service_pid(s, role);

	return pid > 0 && kill(pid, SIGKILL) == 0;
}

void
service_print_log(const struct service *s, unsigned lines)
{
	char line[LINE_MAX_TEST];
	FILE *f = fopen(s->log, "r");
	unsigned n = 0;

	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		n++;
	rewind(f);
	while (fgets(line, sizeof(line), f))
		if (n-- <= lines)
			printf("  | %s", line);
	fclose(f);
}

err_t
service_prepare(struct service **ret_service)
{
	AUTO(service_free) struct service *s = calloc(1, sizeof(*s));
	if (!s)
		return E_NOMEM;

	if (!find_programs(s)) {
		printf("no bin/anchord above this program\n");
		return E_CONFIG;
	}
	s->port = free_port();
	TRY(service_files(s));

	*ret_service = TAKE(s);
	return OK;
}

err_t
service_start(struct service **ret_service)
{
	AUTO(service_free) struct service *s = NULL;

	TRY(service_prepare(&s));
	TRY(service_launch(s));
	if (!service_wait_ready(s, SERVICE_READY_MS)) {
		printf("the service did not become ready\n");
		service_print_log(s, 30);
		return E_DEVICE;
	}

	*ret_service = TAKE(s);
	return OK;
}

void
service_free(struct service *s)
{
	if (!s)
		return;
	service_halt(s);
	const char *const argv[] = { "rm", "-rf", s->dir, NULL };
	if (s->dir[0])
		service_run(argv, NULL, NULL);
	client_identity_free(s->backend);
	client_identity_free(s->backend_b);
	client_identity_free(s->monitor);
	client_identity_free(s->auditor);
	free(s);
}
