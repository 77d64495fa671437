/*
 * stop.c - stops the service: first the fronts, so that requests in progress
 * are still served; then the other roles; then SIGKILL for those that do not
 * end.
 */
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/log.h"

#include "supervisor/supervisor.h"

static bool
front_alive(const struct supervisor *s)
{
	for (size_t i = 0; i < s->n_children; i++)
		if (child_is(&s->children[i], WIRE_ROLE_FRONT) &&
		    s->children[i].pid)
			return true;
	return false;
}

static void
let_children_go(struct supervisor *s, bool fronts)
{
	for (size_t i = 0; i < s->n_children; i++)
		if (child_is(&s->children[i], WIRE_ROLE_FRONT) == fronts)
			child_let_go(s, &s->children[i]);
}

void
stop_begin(struct supervisor *s)
{
	if (s->stopping)
		return;
	log_event(LOG_INFO, "stopping");
	(void)sd_notify(0, "STOPPING=1");
	s->stopping = true;
	s->stop_at = clock_mono_ms();
	let_children_go(s, true);
}

bool
stop_turn(struct supervisor *s)
{
	uint64_t since = clock_mono_ms() - s->stop_at;

	if (!s->others_told && (!front_alive(s) || since >= STOP_FRONTS_MS)) {
		s->others_told = true;
		let_children_go(s, false);
	}
	if (since >= STOP_MS) {
		for (size_t i = 0; i < s->n_children; i++)
			child_kill(&s->children[i], "does not stop");
		s->stop_at += STOP_MS; /* SIGKILL again after STOP_MS */
	}
	return children_alive(s) > 0;
}
