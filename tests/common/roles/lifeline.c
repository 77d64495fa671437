/*
 * lifeline.c - see lifeline.h.  Uses the supervisor's own spawn_role().
 */
#include "tests/common/roles/lifeline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "wire/channel.h"
#include "base/clock.h"
#include "proc/role_spawn.h"
#include "supervisor/limits.h"

#define PEERS_MAX 16

struct packet {
	struct packet *next;
	size_t len;
	uint8_t data[];
};

struct peer {
	struct channel *channel; /* NULL: closed by us */
	bool gone;               /* closed by the role */
	struct packet *inbox, *newest;
	struct packet *last; /* handed out, freed by the next receive */
};

struct lifeline {
	pid_t pid;
	int status; /* -1 while it runs */
	struct peer line;
	struct peer peers[PEERS_MAX];
	size_t n_peers;
	struct buf packet;
};

/* --- one end of an edge --------------------------------------------------- */

static err_t
keep(void *arg, struct bytes packet, int fd)
{
	struct peer *p = arg;
	struct packet *m = malloc(sizeof(*m) + packet.len);

	if (fd >= 0)
		close(fd);
	if (!m)
		return E_NOMEM;
	m->next = NULL;
	m->len = packet.len;
	memcpy(m->data, packet.data, packet.len);
	if (p->inbox)
		p->newest->next = m;
	else
		p->inbox = m;
	p->newest = m;
	return OK;
}

/* Flushes, waits and reads until something is in the inbox. */
static bool
fill(struct peer *p, int timeout_ms)
{
	uint64_t until = clock_mono_ms() + (uint64_t)timeout_ms;

	while (!p->inbox && !p->gone && p->channel) {
		uint64_t now = clock_mono_ms();
		struct pollfd f = { .fd = channel_fd(p->channel),
			            .events = POLLIN };
		if (channel_flush(p->channel) == OK &&
		    channel_waiting(p->channel))
			f.events |= POLLOUT;
		err_t err = channel_receive(p->channel, keep, p);
		if (err != OK && err != E_AGAIN)
			p->gone = true;
		if (err != E_AGAIN)
			continue;
		if (now >= until)
			return false;
		(void)poll(&f, 1, (int)(until - now));
	}
	return p->inbox;
}

bool
peer_receive(struct peer *p, int timeout_ms, struct bytes *ret_packet)
{
	free(p->last);
	p->last = NULL;
	if (!fill(p, timeout_ms))
		return false;
	p->last = p->inbox;
	p->inbox = p->last->next;
	*ret_packet = bytes_of(p->last->data, p->last->len);
	return true;
}

bool
peer_receive_id(struct peer *p, uint16_t id, int timeout_ms,
                struct bytes *ret_packet)
{
	uint64_t until = clock_mono_ms() + (uint64_t)timeout_ms;
	struct bytes packet;

	for (;;) {
		uint64_t now = clock_mono_ms();
		int left = now < until ? (int)(until - now) : 0;
		if (!peer_receive(p, left, &packet))
			return false;
		if (wire_packet_id(packet) == id)
			break;
	}
	*ret_packet = packet;
	return true;
}

bool
peer_gone(struct peer *p, int timeout_ms)
{
	uint64_t until = clock_mono_ms() + (uint64_t)timeout_ms;
	struct bytes packet;

	while (!p->gone && clock_mono_ms() < until)
		(void)peer_receive(p, 10, &packet);
	return p->gone;
}

bool
peer_queue(struct peer *p, struct buf *packet)
{
	err_t err = p->channel ? buf_status(packet) : E_CLOSED;

	if (err == OK)
		err = channel_send(p->channel, buf_bytes(packet));
	buf_reset(packet);
	return err == OK;
}

bool
peer_flush(struct peer *p)
{
	return p->channel && channel_flush(p->channel) == OK;
}

bool
peer_send(struct peer *p, struct buf *packet)
{
	return peer_queue(p, packet) && peer_flush(p);
}

bool
peer_send_fd(struct peer *p, struct buf *packet, int fd)
{
	err_t err = p->channel ? buf_status(packet) : E_CLOSED;

	if (err == OK)
		err = channel_send_fd(p->channel, buf_bytes(packet), fd);
	buf_reset(packet);
	return err == OK;
}

void
peer_close(struct peer *p)
{
	channel_close(p->channel);
	p->channel = NULL;
}

static void
peer_release(struct peer *p)
{
	peer_close(p);
	free(p->last);
	while (p->inbox) {
		struct packet *m = p->inbox;
		p->inbox = m->next;
		free(m);
	}
}

/* --- the process ---------------------------------------------------------- */

void
lifeline_program(const char *program, struct buf *out)
{
	char self[PATH_MAX];
	const char *bin = getenv("ANCHORD_BIN");
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	if (bin)
		buf_printf(out, "%s/%s", bin, program);
	else
		buf_printf(out, "%s/../../bin/%s", self, program);
}

struct lifeline *
lifeline_spawn(const char *program, const char *const *environment)
{
	AUTO(buf_release) struct buf path = buf_of(PATH_MAX);
	lifeline_program(program, &path);

	struct spawn s = { .path = buf_str(&path), .environment = environment };
	struct lifeline *l = calloc(1, sizeof(*l));
	int fd = -1;

	if (access(s.path, X_OK) < 0)
		fprintf(stderr, "%s: not built\n", s.path);
	if (!l || access(s.path, X_OK) < 0 ||
	    spawn_role(&s, &l->pid, &fd) != OK) {
		free(l);
		return NULL;
	}
	l->status = -1;
	l->packet = buf_of(WIRE_PACKET_MAX);
	if (channel_open(fd, &l->line.channel) != OK)
		abort();
	return l;
}

static bool
send_fd(struct lifeline *l, int fd)
{
	err_t err = channel_send_fd(l->line.channel, buf_bytes(&l->packet), fd);

	buf_reset(&l->packet);
	return err == OK;
}

bool
lifeline_fd(struct lifeline *l, const char *name, int fd)
{
	wire_put_file(&l->packet,
	              &(struct wire_file){ .name = bytes_of_str(name) });
	return send_fd(l, fd);
}

bool
lifeline_path(struct lifeline *l, const char *name, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && lifeline_fd(l, name, fd);

	if (fd >= 0)
		close(fd);
	return ok;
}

bool
lifeline_text(struct lifeline *l, const char *name, const char *text)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	bool ok = fd >= 0 &&
	          fchmod(fd, 0400) == 0 && /* as a secret has to be */
	          write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
	          lseek(fd, 0, SEEK_SET) == 0 && lifeline_fd(l, name, fd);

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
hand_edge(struct lifeline *l, struct lifeline_end to, int fd)
{
	wire_put_edge(&l->packet, &(struct wire_edge){ .peer = to.role,
	                                               .index = to.index });
	return send_fd(l, fd);
}

struct peer *
lifeline_edge(struct lifeline *l, enum wire_role role, uint16_t index)
{
	int ends[2];

	if (l->n_peers == PEERS_MAX || spawn_pair(ends) != OK)
		return NULL;
	struct peer *p = &l->peers[l->n_peers];
	if (channel_open(ends[0], &p->channel) != OK)
		abort();
	l->n_peers++;

	bool ok = hand_edge(l, (struct lifeline_end){ role, index }, ends[1]);
	close(ends[1]);
	return ok ? p : NULL;
}

bool
lifeline_join(struct lifeline *a, struct lifeline_end its, struct lifeline *b,
              struct lifeline_end other)
{
	int ends[2];

	if (spawn_pair(ends) != OK)
		return false;
	bool ok = hand_edge(a, other, ends[0]) && hand_edge(b, its, ends[1]);
	close(ends[0]);
	close(ends[1]);
	return ok;
}

bool
lifeline_send(struct lifeline *l, struct buf *packet)
{
	return peer_send(&l->line, packet);
}

bool
lifeline_start(struct lifeline *l, uint16_t index)
{
	wire_put_start(&l->packet, &(struct wire_start){ .index = index });
	return lifeline_send(l, &l->packet);
}

static bool
contains(struct bytes text, const char *part)
{
	if (part && !*part)
		return text.len == 0;
	return !part ||
	       (text.len && memmem(text.data, text.len, part, strlen(part)));
}

/* Waits for a STATUS with that `ready`. */
static bool
next_status(struct lifeline *l, bool ready, uint64_t until,
            struct wire_status *ret)
{
	struct bytes packet;

	while (clock_mono_ms() < until) {
		int left = (int)(until - clock_mono_ms());
		if (!peer_receive_id(&l->line, WIRE_ID_STATUS,
		                     left > 0 ? left : 0, &packet))
			return false;
		if (wire_get_status(packet, ret) == OK &&
		    (ret->state == WIRE_ROLE_STATE_READY) == ready)
			return true;
	}
	return false;
}

bool
lifeline_wait_status(struct lifeline *l, bool ready, const char *part,
                     int timeout_ms)
{
	uint64_t until = clock_mono_ms() + (uint64_t)timeout_ms;
	struct wire_status m;

	while (next_status(l, ready, until, &m))
		if (contains(m.why, part))
			return true;
	return false;
}

bool
lifeline_wait_policy(struct lifeline *l, const uint8_t digest[static HASH_SIZE],
                     int timeout_ms)
{
	struct wire_policy_taken m;
	struct bytes packet;

	return peer_receive_id(&l->line, WIRE_ID_POLICY_TAKEN, timeout_ms,
	                       &packet) &&
	       wire_get_policy_taken(packet, &m) == OK &&
	       memcmp(m.digest, digest, HASH_SIZE) == 0;
}

bool
lifeline_first_status(struct lifeline *l, bool ready, const char *part,
                      int timeout_ms)
{
	struct wire_status m;

	return next_status(l, ready, clock_mono_ms() + (uint64_t)timeout_ms,
	                   &m) &&
	       contains(m.why, part);
}

pid_t
lifeline_pid(const struct lifeline *l)
{
	return l->pid;
}

int
lifeline_wait_exit(struct lifeline *l, int timeout_ms)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	uint64_t until = clock_mono_ms() + (uint64_t)timeout_ms;
	int raw;

	while (l->status < 0) {
		if (waitpid(l->pid, &raw, WNOHANG) == l->pid)
			l->status = WIFEXITED(raw) ? WEXITSTATUS(raw)
			                           : 128 + WTERMSIG(raw);
		else if (clock_mono_ms() >= until)
			break;
		else
			(void)nanosleep(&pause, NULL);
	}
	return l->status;
}

int
lifeline_end(struct lifeline *l)
{
	if (!l)
		return 0;
	peer_close(&l->line);

	/* As long as the supervisor leaves it, and no longer. */
	int status = lifeline_wait_exit(l, STOP_MS);
	if (status < 0) {
		(void)kill(l->pid, SIGKILL);
		(void)waitpid(l->pid, NULL, 0);
	}
	peer_release(&l->line);
	for (size_t i = 0; i < l->n_peers; i++)
		peer_release(&l->peers[i]);
	buf_release(&l->packet);
	free(l);
	return status;
}
