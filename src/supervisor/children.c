/*
 * children.c - the table of roles; start, death and back-off.
 *
 * A child is restarted however it ended, after a pause that doubles while its
 * runs are short.  A pid that waitpid(2) has not returned yet cannot belong to
 * another process, so kill(2) by pid is safe here.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/log.h"
#include "proc/role.h"
#include "proc/role_spawn.h"

#include "supervisor/check.h"
#include "supervisor/groups.h"
#include "supervisor/supervisor.h"

/* Relative to the supervisor's own directory. */
#define INSTALLED_IN "../libexec/anchord"
#define FILES_FRONT_MORE 256 /* descriptors of a front besides connections */
#define FILES_OTHERS 256

/* In the order of starting: a role that is asked comes before those that ask
 * it. */
static const struct child_kind kinds[] = {
	{ WIRE_ROLE_KEYHOLDER, "anchord-keyholder", 3, true },
	{ WIRE_ROLE_LEDGER, "anchord-ledger", 2, false },
	{ WIRE_ROLE_VERIFIER, "anchord-verifier", 1, false },
	{ WIRE_ROLE_FRONT, "anchord-front", 0, false },
};

static uint32_t
count_of(const struct config *c, enum wire_role role)
{
	if (role == WIRE_ROLE_FRONT)
		return c->fronts;
	if (role == WIRE_ROLE_KEYHOLDER)
		return (uint32_t)c->n_tokens;
	return role == WIRE_ROLE_VERIFIER ? c->verifiers : 1;
}

void
children_plan(struct supervisor *s)
{
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		uint32_t n = count_of(s->config, kinds[k].role);
		for (uint32_t i = 0; i < n && s->n_children < CHILDREN_MAX; i++)
			s->children[s->n_children++] = (struct child){
				.kind = &kinds[k],
				.index = (uint16_t)i,
				.token = kinds[k].has_token
				                 ? &s->config->tokens[i]
				                 : NULL,
				.backoff_for = BACKOFF_LEAST_MS,
			};
	}
}

/* The program in the supervisor's directory, or else the installed one. */
static void
find_program(const struct supervisor *s, const struct child *c,
             char out[static PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%.2000s/%s", s->directory,
	               c->kind->program);
	if (access(out, X_OK) < 0)
		(void)snprintf(out, PATH_MAX, "%.2000s/" INSTALLED_IN "/%s",
		               s->directory, c->kind->program);
}

static uint32_t
files_max(const struct supervisor *s, const struct child *c)
{
	return child_is(c, WIRE_ROLE_FRONT)
	               ? s->config->connections + FILES_FRONT_MORE
	               : FILES_OTHERS;
}

struct spawn
child_spawn(const struct supervisor *s, const struct child *c,
            char path[static PATH_MAX])
{
	uint32_t uid = s->config->uid_base + c->kind->uid_offset +
	               (c->token ? c->index : 0);

	find_program(s, c, path);
	return (struct spawn){
		.path = path,
		.environment = c->token ? c->token->environment : NULL,
		.uid = geteuid() == 0 ? uid : 0,
		.files_max = files_max(s, c),
	};
}

static err_t
give_birth(struct supervisor *s, struct child *c, const gid_t *groups,
           size_t n_groups)
{
	char path[PATH_MAX];
	struct spawn spawn = child_spawn(s, c, path);
	int fd = -1;

	spawn.groups = groups;
	spawn.n_groups = n_groups;
	TRY(spawn_role(&spawn, &c->pid, &fd));

	struct epoll_event want = { .events = EPOLLIN, .data.ptr = c };
	err_t err = channel_open(fd, &c->lifeline);
	if (err != OK)
		close(fd);
	else if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &want) < 0)
		err = E_IO;
	return err;
}

static void
send_start(struct supervisor *s, struct child *c)
{
	const struct wire_start m = { .index = c->index };

	buf_reset(&s->packet);
	wire_put_start(&s->packet, &m);
	if (buf_status(&s->packet) != OK ||
	    channel_send(c->lifeline, buf_bytes(&s->packet)) != OK ||
	    channel_flush(c->lifeline) != OK)
		child_kill(c, "cannot be sent START");
}

void
child_give_file(struct supervisor *s, struct child *c, const char *name, int fd)
{
	const struct wire_file m = { .name = bytes_of_str(name) };

	buf_reset(&s->packet);
	wire_put_file(&s->packet, &m);
	if (buf_status(&s->packet) != OK ||
	    channel_send_fd(c->lifeline, buf_bytes(&s->packet), fd) != OK)
		child_kill(c, "cannot be given a file");
}

static void
send_files(struct supervisor *s, struct child *c, const struct handover *h)
{
	for (size_t i = 0; i < h->n; i++)
		child_give_file(s, c, h->rows[i].name, h->rows[i].fd);
}

static void
back_off(struct child *c, uint64_t most_ms)
{
	if (c->backoff_for > most_ms)
		c->backoff_for = most_ms;
	c->start_at = clock_mono_ms() + c->backoff_for;
	c->backoff_for *= 2;
}

/* Postpones the start.  The cause becomes the child's status; a new one is
 * logged. */
static void
postpone_child(struct child *c, const char *why)
{
	if (strcmp(c->why, why) != 0)
		log_event(LOG_ERROR, "child-not-started",
		          LOG_STR("child", child_name(c)), LOG_STR("why", why));
	(void)snprintf(c->why, sizeof(c->why), "%s", why);
	c->complained = false;
	back_off(c, BACKOFF_MOST_MS);
}

static void
start_child(struct supervisor *s, struct child *c)
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX - 1);
	AUTO(handover_release) struct handover files = { 0 };
	gid_t groups[GROUPS_MAX];
	size_t n_groups = 0;

	if (handover_open(s, c, &files, &why) != OK ||
	    (c->token &&
	     groups_find(c->token, groups, &n_groups, &why) != OK)) {
		postpone_child(c, buf_str(&why));
		return;
	}
	c->started_at = c->heard_at = clock_mono_ms();
	if (give_birth(s, c, groups, n_groups) != OK) {
		postpone_child(c, "no process or socket can be created");
		child_kill(c, "its lifeline cannot be set up");
		return;
	}
	c->spoke = c->killed = false;
	if (!c->complained)
		(void)snprintf(c->why, sizeof(c->why), "%s",
		               wire_role_state_name(WIRE_ROLE_STATE_STARTING));
	log_event(LOG_INFO, "child-started", LOG_STR("child", child_name(c)),
	          LOG_U64("index", c->index), LOG_U64("pid", c->pid));
	send_files(s, c, &files);
	edges_give(s, c);
	send_start(s, c);
	if (child_is(c, WIRE_ROLE_FRONT))
		status_tell(s, c);
}

void
child_let_go(struct supervisor *s, struct child *c)
{
	if (!c->lifeline)
		return;
	(void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, channel_fd(c->lifeline), NULL);
	channel_close(c->lifeline);
	c->lifeline = NULL;
}

static void
log_end(const struct child *c, int status)
{
	bool signalled = WIFSIGNALED(status);

	log_event(c->lifeline ? LOG_WARN : LOG_INFO, "child-ended",
	          LOG_STR("child", child_name(c)), LOG_U64("index", c->index),
	          LOG_U64("pid", c->pid),
	          LOG_U64(signalled ? "signal" : "status",
	                  signalled ? WTERMSIG(status) : WEXITSTATUS(status)));
}

/* A key holder that opens its token costs a login and a write to the token.  A
 * run in which it did no work, or which the token ended, counts as failed for
 * the back-off, however long it was. */
static bool
was_in_vain(const struct child *c, int status)
{
	if (!c->token)
		return false;
	return WIFSIGNALED(status)
	               ? c->ready && (c->killed || WTERMSIG(status) != SIGKILL)
	               : WEXITSTATUS(status) == ROLE_EXIT_VAIN;
}

static bool
was_good(const struct child *c)
{
	uint64_t lived_for = clock_mono_ms() - c->started_at;

	return lived_for >= BACKOFF_FORGET_MS ||
	       (c->ready && lived_for >= BACKOFF_READY_MS);
}

static void
bury_child(struct supervisor *s, struct child *c, int status)
{
	bool vain = was_in_vain(c, status);

	if (!vain && was_good(c))
		c->backoff_for = BACKOFF_LEAST_MS;
	back_off(c, vain ? VAIN_MOST_MS : BACKOFF_MOST_MS);
	log_end(c, status);
	child_let_go(s, c);
	c->pid = 0;
	c->ready = false;
	if (!c->complained) /* else it reported the cause */
		(void)snprintf(c->why, sizeof(c->why), "not running");
}

void
children_reap(struct supervisor *s)
{
	for (size_t i = 0; i < s->n_children; i++) {
		struct child *c = &s->children[i];
		int status;
		if (c->pid && waitpid(c->pid, &status, WNOHANG) == c->pid)
			bury_child(s, c, status);
	}
}

size_t
children_alive(const struct supervisor *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_children; i++)
		n += s->children[i].pid != 0;
	return n;
}

static uint64_t
silence_for(const struct child *c)
{
	uint64_t most =
	        child_is(c, WIRE_ROLE_LEDGER) ? SILENCE_LEDGER_MS : SILENCE_MS;

	if (c->token)
		most = c->token->deadline_ms + SILENCE_SIGN_MS;

	if (c->spoke)
		return most;
	/* Loading, starting and logging in may each take start_ms. */
	return most + START_MS +
	       (c->token ? 3 * (uint64_t)c->token->start_ms : 0);
}

void
child_lost(struct supervisor *s, struct child *c)
{
	child_let_go(s, c);
	c->heard_at = clock_mono_ms() + LOST_MS - silence_for(c);
}

/* When children_turn() must look at this child again. */
static uint64_t
due_at(const struct child *c)
{
	return c->pid ? c->heard_at + silence_for(c) : c->start_at;
}

static void
turn_child(struct supervisor *s, struct child *c, uint64_t now)
{
	if (due_at(c) > now)
		return;
	if (!c->pid) {
		start_child(s, c);
		return;
	}
	child_kill(c, "silent");
	c->heard_at = now; /* kill it once, not until it is reaped */
}

int
children_turn(struct supervisor *s)
{
	uint64_t now = clock_mono_ms();
	uint64_t next = now + BACKOFF_MOST_MS;

	for (size_t i = 0; i < s->n_children; i++) {
		turn_child(s, &s->children[i], now);
		uint64_t due = due_at(&s->children[i]);
		if (due < next)
			next = due;
	}
	return next > now ? (int)(next - now) : 0;
}
