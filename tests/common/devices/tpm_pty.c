/*
 * tpm_pty.c - see tpm_pty.h.
 */
#include "tests/common/devices/tpm_pty.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/common/devices/tpm_frame.h"

#define ROOM 4096

static bool
move(int from, int to)
{
	char bytes[ROOM];
	ssize_t n = read(from, bytes, sizeof(bytes));

	return n > 0 && write(to, bytes, (size_t)n) == n;
}

static _Noreturn void
work(int master, uint16_t port)
{
	struct pollfd fds[] = { { .fd = master, .events = POLLIN },
		                { .fd = tpm_frame_connect(port),
		                  .events = POLLIN } };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (fds[1].fd < 0 || poll(fds, 2, -1) < 0)
			_exit(1);
		if (fds[0].revents && !move(fds[0].fd, fds[1].fd))
			_exit(1);
		if (fds[1].revents && !move(fds[1].fd, fds[0].fd))
			_exit(1);
	}
}

/* -1: it cannot be. */
static int
open_raw(const char *path)
{
	struct termios mode;
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || tcgetattr(fd, &mode) != 0)
		return -1;
	cfmakeraw(&mode);
	return tcsetattr(fd, TCSANOW, &mode) == 0 && fchmod(fd, 0666) == 0 ? fd
	                                                                   : -1;
}

bool
tpm_pty_open(struct tpm_pty *p, uint16_t tpm_port)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	*p = (struct tpm_pty){ .pid = 0 };
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
	    ptsname_r(master, p->path, sizeof(p->path)) != 0)
		return false;
	/* The process keeps it open, or the terminal forgets its mode. */
	int raw = open_raw(p->path);
	if (raw < 0)
		return false;
	fflush(stdout);
	p->pid = fork();
	if (p->pid == 0)
		work(master, tpm_port);
	close(master);
	close(raw);
	return p->pid > 0;
}

void
tpm_pty_close(struct tpm_pty *p)
{
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	p->pid = 0;
}
