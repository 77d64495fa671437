/*
 * tpm_rm.c - see tpm_rm.h.
 */
#include "tests/common/devices/tpm_rm.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <tss2/tss2_tpm2_types.h>
#include <unistd.h>

#include "tests/common/devices/tpm_frame.h"

#define CLIENTS 4
#define LOADED 8       /* things of one client */
#define AT_FIRST 10    /* the first handle of a command or an answer */
#define AT_PROPERTY 14 /* of TPM2_GetCapability */

struct rm_client {
	int fd; /* -1: none */
	uint32_t loaded[LOADED];
	size_t n;
};

/* The commands that leave a handle behind. */
static bool
loads(uint32_t command)
{
	return command == TPM2_CC_StartAuthSession || command == TPM2_CC_Load ||
	       command == TPM2_CC_CreatePrimary ||
	       command == TPM2_CC_LoadExternal;
}

static void
forget(struct rm_client *c, uint32_t handle)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->loaded[i] == handle) {
			c->loaded[i] = c->loaded[--c->n];
			return;
		}
}

/* What is loaded, or which sessions there are: ours alone, which at the start,
 * when it is asked, is nothing. */
static bool
asks_what_is_loaded(const struct tpm_frame *f)
{
	uint32_t first = 0;

	if (f->len < AT_PROPERTY + 4 ||
	    tpm_frame_u32(f, TPM_FRAME_CODE) != TPM2_CC_GetCapability ||
	    tpm_frame_u32(f, AT_FIRST) != TPM2_CAP_HANDLES)
		return false;
	first = tpm_frame_u32(f, AT_PROPERTY) >> 24;
	return first == TPM2_HT_TRANSIENT || first == TPM2_HT_LOADED_SESSION ||
	       first == TPM2_HT_SAVED_SESSION;
}

static void
put_nothing_loaded(struct tpm_frame *f)
{
	tpm_frame_answer(f, TPM2_RC_SUCCESS);
	f->bytes[f->len] = TPM2_NO;
	tpm_frame_put_u32(f, f->len + 1, TPM2_CAP_HANDLES);
	tpm_frame_put_u32(f, f->len + 5, 0);
	tpm_frame_resize(f, f->len + 9);
}

static bool
ask(int tpm, struct tpm_frame *f)
{
	return tpm_frame_write(tpm, f->bytes, f->len) && tpm_frame_read(tpm, f);
}

/* One command; false: the client is gone, or has too much. */
static bool
serve(struct rm_client *c, int tpm, struct tpm_frame *f)
{
	if (!tpm_frame_read(c->fd, f))
		return false;
	uint32_t command = tpm_frame_u32(f, TPM_FRAME_CODE);
	uint32_t handle =
	        f->len >= AT_FIRST + 4 ? tpm_frame_u32(f, AT_FIRST) : 0;

	if (asks_what_is_loaded(f))
		put_nothing_loaded(f);
	else if (!ask(tpm, f))
		_exit(1); /* the TPM is gone */
	else if (tpm_frame_u32(f, TPM_FRAME_CODE) == TPM2_RC_SUCCESS) {
		if (command == TPM2_CC_FlushContext)
			forget(c, handle);
		if (loads(command))
			c->loaded[c->n++] = tpm_frame_u32(f, AT_FIRST);
		if (c->n == LOADED)
			return false; /* and what it has goes with it */
	}
	return tpm_frame_write(c->fd, f->bytes, f->len);
}

static void
end(struct rm_client *c, int tpm, struct tpm_frame *f)
{
	close(c->fd);
	for (size_t i = 0; i < c->n; i++) {
		tpm_frame_answer(f, TPM2_CC_FlushContext);
		tpm_frame_put_u32(f, AT_FIRST, c->loaded[i]);
		tpm_frame_resize(f, AT_FIRST + 4);
		if (!ask(tpm, f))
			_exit(1);
	}
	*c = (struct rm_client){ .fd = -1 };
}

/* Without a place it is closed at once. */
static void
take(struct rm_client *clients, int listening)
{
	const int on = 1;
	int fd = accept(listening, NULL, NULL);

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (size_t i = 0; i < CLIENTS; i++)
		if (clients[i].fd < 0) {
			clients[i].fd = fd;
			return;
		}
	close(fd);
}

static _Noreturn void
work(int listening, int tpm)
{
	struct rm_client clients[CLIENTS];
	struct pollfd fds[CLIENTS + 1];
	struct tpm_frame f;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i] = (struct rm_client){ .fd = -1 };
	for (;;) {
		fds[CLIENTS] = (struct pollfd){ listening, POLLIN, 0 };
		for (size_t i = 0; i < CLIENTS; i++)
			fds[i] = (struct pollfd){ clients[i].fd, POLLIN, 0 };
		if (poll(fds, CLIENTS + 1, -1) < 0)
			_exit(1);
		for (size_t i = 0; i < CLIENTS; i++)
			if (fds[i].revents && !serve(&clients[i], tpm, &f))
				end(&clients[i], tpm, &f);
		if (fds[CLIENTS].revents)
			take(clients, listening);
	}
}

bool
tpm_rm_open(struct tpm_rm *rm, uint16_t tpm_port)
{
	int listening = tpm_frame_listen(&rm->port);
	int tpm = tpm_frame_connect(tpm_port);

	rm->pid = listening >= 0 && tpm >= 0 ? fork() : -1;
	if (rm->pid == 0)
		work(listening, tpm);
	close(listening);
	close(tpm);
	return rm->pid > 0;
}

void
tpm_rm_close(struct tpm_rm *rm)
{
	if (rm->pid > 0) {
		kill(rm->pid, SIGKILL);
		waitpid(rm->pid, NULL, 0);
	}
	rm->pid = 0;
}
