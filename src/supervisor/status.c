/*
 * status.c - who is ready, and who hears of it.
 *
 * The service is ready when each role has one process that is.  Fronts answer
 * /readyz with what the roles behind them say, so HEALTH leaves the fronts
 * themselves out.
 */
#include <stdio.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "auto.h"
#include "clock.h"
#include "log.h"

#include "supervisor.h"

static const enum wire_role roles[] = {
	WIRE_ROLE_KEYHOLDER,
	WIRE_ROLE_LEDGER,
	WIRE_ROLE_VERIFIER,
	WIRE_ROLE_FRONT,
};

/* Appends why that role is not ready; true when it is. */
static bool
judge(const struct supervisor *s, enum wire_role role, struct buf *why)
{
	const struct child *first = NULL;

	for (size_t i = 0; i < s->n_children; i++) {
		const struct child *c = &s->children[i];
		if (!child_is(c, role))
			continue;
		if (c->ready)
			return true;
		if (!first)
			first = c;
	}
	buf_printf(why, "%s%s: %.120s", why->len ? "; " : "",
	           wire_role_name(role), first ? first->why : "none");
	return false;
}

static bool
judge_all(const struct supervisor *s, size_t n_roles, char out[static WHY_MAX])
{
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX - 1);
	bool ready = true;

	for (size_t i = 0; i < n_roles; i++)
		ready &= judge(s, roles[i], &why);
	(void)snprintf(out, WHY_MAX, "%s", ready ? "ready" : buf_str(&why));
	return ready;
}

void
status_tell(struct supervisor *s, struct child *front)
{
	char why[WHY_MAX];
	bool ready = judge_all(s, ARRAY_LEN(roles) - 1, why);
	const struct wire_health m = { .ready = ready,
		                       .why = bytes_of_str(why) };

	if (!front->lifeline)
		return;
	buf_reset(&s->packet);
	wire_put_health(&s->packet, &m);
	/* A front that does not read is ended for its silence. */
	if (buf_status(&s->packet) != OK ||
	    channel_send(front->lifeline, buf_bytes(&s->packet)) != OK ||
	    channel_flush(front->lifeline) != OK)
		log_event(LOG_WARN, "health-lost",
		          LOG_U64("front", front->index));
}

void
status_update(struct supervisor *s)
{
	char why[WHY_MAX];
	bool ready = judge_all(s, ARRAY_LEN(roles), why);

	if (s->stopping || (ready == s->ready && strcmp(why, s->why) == 0))
		return;
	s->ready = ready;
	memcpy(s->why, why, sizeof(s->why));
	log_event(ready ? LOG_INFO : LOG_WARN, ready ? "ready" : "not-ready",
	          LOG_STR("why", why));
	(void)sd_notifyf(0, "STATUS=%s", why);
	for (size_t i = 0; i < s->n_children; i++)
		if (child_is(&s->children[i], WIRE_ROLE_FRONT))
			status_tell(s, &s->children[i]);
}

err_t
status_packet(struct supervisor *s, struct child *c, struct bytes packet)
{
	struct wire_status m;
	uint16_t id = wire_packet_id(packet);

	if (!wire_allowed(id, child_role(c), WIRE_ROLE_SUPERVISOR))
		return E_MALFORMED;
	TRY(wire_get_status(packet, &m));
	c->heard_at = clock_mono_ms();
	c->spoke = true;
	c->ready = m.ready;
	(void)snprintf(c->why, sizeof(c->why), "%.*s",
	               (int)(m.why.len < WHY_MAX ? m.why.len : WHY_MAX - 1),
	               (const char *)m.why.data);
	status_update(s);
	return OK;
}
