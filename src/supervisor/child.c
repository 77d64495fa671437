/*
 * child.c - see child.h.
 *
 * A pid that waitpid(2) has not returned yet cannot belong to another process,
 * so kill(2) by pid is safe here.
 */
#include <signal.h>

#include "base/clock.h"
#include "base/log.h"

#include "supervisor/supervisor.h"

enum wire_role
child_role(const struct child *c)
{
	return c->kind->role;
}

const char *
child_name(const struct child *c)
{
	return wire_role_name(c->kind->role);
}

bool
child_is(const struct child *c, enum wire_role role)
{
	return c->kind->role == role;
}

/* A role that is stopped or blocked cannot do what it last reported. */
static bool
is_silent(const struct child *c)
{
	return c->pid && c->spoke && clock_mono_ms() - c->heard_at >= ANSWER_MS;
}

bool
child_ready(const struct child *c)
{
	return c->ready && !is_silent(c);
}

const char *
child_why(const struct child *c)
{
	return c->ready && is_silent(c) ? "does not answer" : c->why;
}

void
child_kill(struct child *c, const char *why)
{
	if (!c->pid || c->killed)
		return;
	log_event(LOG_ERROR, "child-killed", LOG_STR("child", child_name(c)),
	          LOG_U64("index", c->index), LOG_U64("pid", c->pid),
	          LOG_STR("why", why));
	c->killed = true;
	(void)kill(c->pid, SIGKILL);
}
