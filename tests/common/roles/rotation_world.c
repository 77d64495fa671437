/*
 * rotation_world.c - see rotation_world.h.
 */
#include "tests/common/roles/rotation_world.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define SCRATCH_MAX 65536
#define ROUNDS 4 /* turns that one challenge needs at most */

static void
must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

/* --- a world -------------------------------------------------------------- */

static int
pair(struct channel **ret_channel)
{
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0,
	     "socketpair");
	must(channel_open(fds[0], ret_channel) == OK, "channel");
	return fds[1];
}

static char *
in_dir(const struct rworld *w, const char *name, char out[static 96])
{
	(void)snprintf(out, 96, "%.60s/%.30s", w->dir, name);
	return out;
}

static void
make_directories(const struct rworld *w)
{
	must(mkdir(w->token.state, 0700) == 0 &&
	             mkdir(w->config.state_directory, 0700) == 0,
	     w->dir);
}

static void
make_config(struct rworld *w)
{
	static char state[96], kept[96];

	w->token = (struct config_token){ .name = "token",
		                          .module = "",
		                          .uri = "fake:",
		                          .handle_label = "handle",
		                          .handle_check = "",
		                          .companion_tpm = "",
		                          .companion_pin_file = "",
		                          .lockout_off = "",
		                          .state = in_dir(w, "holder", state),
		                          .node = 1,
		                          .deadline_ms = 5000,
		                          .start_ms = 5000 };
	w->config = (struct config){ .governance = "none",
		                     .state_directory = in_dir(w, "kept", kept),
		                     .pins_file = w->pins_path,
		                     .issuer = "test",
		                     .ttl_s = 5,
		                     .ttl_max_s = 10,
		                     .result_ttl_s = 10,
		                     .batch_max = 4,
		                     .n_tokens = 1,
		                     .tokens = &w->token };
	make_directories(w);
}

static void
make_holder(struct rworld *w)
{
	struct keyholder *k = &w->holder;
	struct slot *front = &w->role.slots[0];

	w->role = (struct role){ .user = k,
		                 .config = &w->config,
		                 .timer = -1,
		                 .packet = buf_of(WIRE_PACKET_MAX) };
	w->role.epoll = epoll_create1(EPOLL_CLOEXEC);
	w->role.lifeline.full = true; /* nobody listens */
	front->edge.peer = WIRE_ROLE_FRONT;
	w->asker = pair(&front->edge.channel);
	*k = (struct keyholder){ .role = &w->role,
		                 .config = &w->config,
		                 .token = &w->token,
		                 .packet = buf_of(WIRE_PACKET_MAX),
		                 .scratch = buf_of(SCRATCH_MAX),
		                 .device.latch = { -1, -1, "" } };
	must(keyring_new(&k->ring) == OK && roots_open(&k->roots) == OK &&
	             fair_queue_new(&k->fair_queue) == OK &&
	             queue_open(&k->results) == OK &&
	             batches_open(&k->batches, w->config.batch_max) == OK &&
	             work_prepare(k, &device_events) == OK,
	     "key holder");
}

void
rworld_new(struct rworld *w)
{
	*w = (struct rworld){ .supervisor.pinned.file = -1,
		              .packet = buf_of(WIRE_PACKET_MAX) };
	/* memory, where there is some: thousands of lives write files */
	(void)snprintf(w->dir, sizeof(w->dir), "%s/anchord-rotation-XXXXXX",
	               access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	must(mkdtemp(w->dir) != NULL, w->dir);
	(void)in_dir(w, "pins", w->pins_path);
	make_config(w);
	make_holder(w);
	w->supervisor.config = &w->config;
	must(published_keys_new(&w->front) == OK, "front");
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void
remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void
rworld_reset(struct rworld *w, uint64_t now_s)
{
	rworld_kill(w);
	remove_tree(w->token.state);
	remove_tree(w->config.state_directory);
	(void)unlink(w->pins_path);
	make_directories(w);
	if (w->role.n_files)
		close(w->role.files[0].fd);
	w->role.n_files = 0;
	rworld_set_clock(w, now_s);
	rworld_service(w);
}

void
rworld_free(struct rworld *w)
{
	struct keyholder *k = &w->holder;

	rworld_kill(w);
	pinned_release(&w->supervisor.pinned);
	published_keys_free(w->front);
	channel_close(w->role.slots[0].edge.channel);
	close(w->asker);
	close(w->role.epoll);
	fair_queue_free(k->fair_queue);
	queue_release(&k->results);
	batches_release(&k->batches);
	roots_release(&k->roots);
	keyring_free(k->ring);
	buf_release(&k->packet);
	buf_release(&k->scratch);
	buf_release(&w->role.packet);
	buf_release(&w->packet);
	remove_tree(w->dir);
	clock_set_wall(0);
}

void
rworld_set_clock(struct rworld *w, uint64_t now_s)
{
	w->now_s = now_s;
	clock_set_wall(now_s * 1000);
}

/* --- the service ---------------------------------------------------------- */

static void
hand_over(struct rworld *w)
{
	struct pinned *p = &w->supervisor.pinned;
	AUTO(buf_release) struct buf why = buf_of(256);
	int fd = p->file < 0 ? -1 : dup(p->file);

	if (fd < 0)
		return;
	if (w->role.n_files)
		close(w->role.files[0].fd);
	w->role.n_files = 1;
	w->role.files[0] = (struct role_file){ .name = "pins", .fd = fd };
	must(published_keys_pin(w->front, buf_bytes(&p->text), &why) == OK,
	     "published");
	if (w->alive)
		signing_pinned(&w->holder);
}

/* Jobs of the other thread end before anything else happens. */
static void
settle(struct rworld *w)
{
	struct keyholder *k = &w->holder;

	while (k->work.busy) {
		const uint64_t one = 1;

		worker_wait(k->work.worker);
		must(write(worker_fd(k->work.worker), &one, sizeof(one)) ==
		             sizeof(one),
		     "worker");
		w->role.own_ready(&w->role);
	}
	role_flush(&w->role);
}

void
rworld_service(struct rworld *w)
{
	rworld_kill(w);
	pinned_release(&w->supervisor.pinned);
	w->supervisor.pinned = (struct pinned){ .file = -1 };
	published_keys_free(w->front);
	must(published_keys_new(&w->front) == OK, "front");
	pinned_start(&w->supervisor);
	hand_over(w);
}

bool
rworld_look(struct rworld *w)
{
	bool changed = pinned_look(&w->supervisor);

	if (changed)
		hand_over(w);
	settle(w);
	return changed;
}

/* --- the key holder ------------------------------------------------------- */

void
rworld_begin(struct rworld *w)
{
	struct keyholder *k = &w->holder;

	if (w->alive)
		return;
	memset(k->work.slow, 0, sizeof(k->work.slow));
	k->device = (struct device){ .latch = { -1, -1, "" } };
	device_open(k);
	w->alive = true;
	settle(w);
}

void
rworld_kill(struct rworld *w)
{
	struct keyholder *k = &w->holder;
	struct edge *front = &w->role.slots[0].edge;

	if (!w->alive)
		return;
	settle(w);
	fair_queue_forget(k->fair_queue, front);
	batches_forget(&k->batches, front);
	k->device.state = DEVICE_LOST;
	(void)batch_turn(k); /* what was under way is nobody's */
	device_close(&k->device);
	pins_free(TAKE(k->signing.pins));
	k->signing = (struct signing){ .pins = NULL };
	w->alive = false;
}

void
rworld_tick(struct rworld *w)
{
	if (!w->alive)
		return;
	if (w->holder.device.state == DEVICE_OPEN) {
		device_tick(&w->holder);
		settle(w);
	}
	if (w->holder.device.state == DEVICE_LOST)
		rworld_kill(w);
}

void
rworld_unlatch(struct rworld *w)
{
	char path[160];

	if (w->alive && w->holder.device.state != DEVICE_LATCHED)
		return;
	rworld_kill(w);
	(void)snprintf(path, sizeof(path), "%s/" HSM_LATCH_FILE,
	               w->token.state);
	(void)unlink(path);
}

/* --- asking --------------------------------------------------------------- */

static bool
hear(struct rworld *w, char ret_kid[static KID_SIZE], bool *ret_answered)
{
	static uint8_t bundle[WIRE_PACKET_MAX + 4];
	ssize_t n = recv(w->asker, bundle, sizeof(bundle), MSG_DONTWAIT);
	struct reader r = reader_of(bytes_of(bundle, n > 0 ? (size_t)n : 0));
	struct wire_challenge_made m;

	while (r.left > 0) {
		struct bytes packet = reader_take(&r, reader_u32(&r));

		*ret_answered |= wire_packet_id(packet) == WIRE_ID_UNAVAILABLE;
		if (wire_packet_id(packet) != WIRE_ID_CHALLENGE_MADE)
			continue;
		*ret_answered = true;
		if (wire_get_challenge_made(packet, &m) != OK)
			abort();
		(void)snprintf(ret_kid, KID_SIZE, "%.*s", (int)m.kid.len,
		               (const char *)m.kid.data);
		return true;
	}
	return false;
}

bool
rworld_sign(struct rworld *w, char ret_kid[static KID_SIZE])
{
	struct edge *front = &w->role.slots[0].edge;
	const struct wire_challenge_make m = {
		.request = 1,
		.tenant = bytes_of_str("backend-a"),
		.workflow = WORKFLOW_METADATA,
	};
	bool answered = false;
	bool signed_it = false;

	if (!w->alive)
		return false;
	(void)hear(w, ret_kid, &answered);
	answered = false;
	buf_reset(&w->packet);
	wire_put_challenge_make(&w->packet, &m);
	must(batch_message(&w->holder, front, buf_bytes(&w->packet)) == OK,
	     "challenge");
	for (unsigned i = 0; i < ROUNDS && !answered; i++) {
		(void)batch_turn(&w->holder);
		settle(w);
		signed_it |= hear(w, ret_kid, &answered);
	}
	fair_queue_forget(w->holder.fair_queue,
	                  front); /* nobody waits any longer */
	return signed_it;
}

bool
rworld_published(struct rworld *w, const char *kid)
{
	const struct keyring *ring = NULL;
	struct key_terms terms;

	if (published_keys_now(w->front, w->now_s, &ring) != OK)
		abort();
	return keyring_terms(ring, bytes_of_str(kid), &terms) == OK;
}

struct pins_signs
rworld_signs(const struct rworld *w)
{
	struct pins_signs signs = { .version = 0 };
	char path[160], text[PINS_SIGNS_MAX];

	(void)snprintf(path, sizeof(path), "%s/" PINS_SIGNS_FILE,
	               w->token.state);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	if (pins_signs_parse(bytes_of(text, n > 0 ? (size_t)n : 0), &signs) !=
	    OK)
		signs = (struct pins_signs){ .version = 0 };
	return signs;
}
