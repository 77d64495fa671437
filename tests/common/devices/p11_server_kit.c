/*
 * p11_server_kit.c - see p11_server_kit.h.
 */
#include "tests/common/devices/p11_server_kit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/harness.h"

static const char program[] = "/usr/bin/p11-kit";
static const char served[] = "pkcs11:token=" SOFTTOKEN_LABEL;

static const char *const clients[] = {
	"/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so",
	"/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-client.so",
};

static const char *
find_client(void)
{
	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		if (access(clients[i], R_OK) == 0)
			return clients[i];
	return NULL;
}

/* It forks for each client, and all of them end with us. */
static void __attribute__((noreturn)) serve(const struct p11_server *s)
{
	int null = open("/dev/null", O_RDWR);

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int fd = 0; fd <= 2; fd++)
		(void)dup2(null, fd);
	execl(program, program, "server", "-f", "-n", s->socket, "--provider",
	      s->token.module, served, (char *)NULL);
	_exit(127);
}

static bool
listens(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	bool good = connect(fd, (const struct sockaddr *)&address,
	                    sizeof(address)) == 0;
	close(fd);
	return good;
}

bool
p11_server_start(struct p11_server *s)
{
	(void)unlink(s->socket);
	s->pid = fork();
	if (s->pid == 0)
		serve(s);
	(void)setpgid(s->pid, s->pid);
	for (int waited = 0; waited < HARNESS_WAIT_MS; waited += 10) {
		if (listens(s->socket))
			return true;
		usleep(10000);
	}
	return false;
}

void
p11_server_kill(struct p11_server *s)
{
	if (s->pid > 0) {
		kill(-s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
}

bool
p11_server_open(struct p11_server *s)
{
	char address[200];

	*s = (struct p11_server){ .client = find_client() };
	if (!s->client || access(program, X_OK) != 0) {
		harness_skip("no p11-kit server here");
		return false;
	}
	if (!softtoken_open(&s->token))
		return false;
	/* One name for all tests of a process: the module reads it once. */
	snprintf(s->socket, sizeof(s->socket), "/tmp/anchord-p11-%d.socket",
	         (int)getpid());
	snprintf(address, sizeof(address), "unix:path=%s", s->socket);
	setenv("P11_KIT_SERVER_ADDRESS", address, 1);
	bool started = p11_server_start(s);
	CU_ASSERT_TRUE(started);
	return started;
}

void
p11_server_close(struct p11_server *s)
{
	p11_server_kill(s);
	(void)unlink(s->socket);
	softtoken_close(&s->token);
}
