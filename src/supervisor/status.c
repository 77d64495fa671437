/*
 * status.c - reports readiness to fronts and systemd.
 *
 * The service is ready when each role has a process that is ready.  A token
 * that does not work while another one does is reported as a note.  Fronts
 * answer /readyz by what the roles behind them report, so HEALTH leaves out the
 * fronts.  It also says since when a recovery waits, for the metrics.
 */
#include <stdio.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/log.h"

#include "supervisor/supervisor.h"

#define JUDGE_MAX 4096 /* bytes; more than all children can report */

static const enum wire_role roles[] = {
	WIRE_ROLE_KEYHOLDER,
	WIRE_ROLE_LEDGER,
	WIRE_ROLE_VERIFIER,
	WIRE_ROLE_FRONT,
};

/* Appends the role's name and, with several tokens, its token's. */
static void
put_child_name(const struct supervisor *s, const struct child *c,
               struct buf *out)
{
	buf_append_str(out, out->len ? "; " : "");
	buf_append_str(out, child_name(c));
	if (c->token && s->config->n_tokens > 1)
		buf_printf(out, " %s", c->token->name);
}

/* True if a process of that role is ready.  Otherwise appends the causes: of
 * every key holder, since each has a token of its own, and of the first process
 * of any other role. */
static bool
judge_role(const struct supervisor *s, enum wire_role role, struct buf *why)
{
	AUTO(buf_release) struct buf all = buf_of(JUDGE_MAX);
	bool ready = false;

	for (size_t i = 0; i < s->n_children; i++) {
		const struct child *c = &s->children[i];
		if (!child_is(c, role))
			continue;
		ready |= child_ready(c);
		if (child_ready(c) || (all.len && !c->token))
			continue;
		put_child_name(s, c, &all);
		buf_printf(&all, ": %.120s", child_why(c));
	}
	if (ready)
		return true;
	buf_printf(why, "%s%s", why->len ? "; " : "", buf_str(&all));
	return false;
}

/* The fronts ask every verifier in turn, so one that says it cannot judge costs its
 * share of the requests. */
static bool
is_told_of(const struct child *c)
{
	return c->token || (child_is(c, WIRE_ROLE_VERIFIER) && c->complained);
}

/* Appends what does not work although the service is ready, or nothing. */
static void
judge_rest(const struct supervisor *s, struct buf *note)
{
	if (*s->pinned.why)
		buf_printf(note, "pins: %.200s", s->pinned.why);
	if (*s->governed.why)
		buf_printf(note, "trust: %s", s->governed.why);
	if (*s->governed.expiry.note)
		buf_printf(note, "%strust: %s", note->len ? "; " : "",
		           s->governed.expiry.note);
	if (revoked_outdated(s))
		buf_printf(note,
		           "%srevocation: the list in force is older than the "
		           "trust bundle lets it be",
		           note->len ? "; " : "");
	if (*s->revoked.why)
		buf_printf(note, "%srevocation: %s", note->len ? "; " : "",
		           s->revoked.why);
	for (size_t i = 0; i < s->n_children; i++) {
		const struct child *c = &s->children[i];
		if (child_ready(c) ? !*c->why : !is_told_of(c))
			continue;
		put_child_name(s, c, note);
		buf_printf(note, ": %.120s", child_why(c));
	}
}

/* out: why the service is not ready, or what does not work although it is. */
static bool
judge_all(const struct supervisor *s, size_t n_roles, char out[static WHY_MAX])
{
	AUTO(buf_release) struct buf why = buf_of(JUDGE_MAX);
	AUTO(buf_release) struct buf note = buf_of(JUDGE_MAX);
	bool ready = true;

	for (size_t i = 0; i < n_roles; i++)
		ready &= judge_role(s, roles[i], &why);
	if (*s->pinned.why && !s->pinned.pins) {
		ready = false;
		buf_printf(&why, "%spins: %.200s", why.len ? "; " : "",
		           s->pinned.why);
	}
	if (*s->governed.why && !s->governed.now.version) {
		ready = false;
		buf_printf(&why, "%strust: %s", why.len ? "; " : "",
		           s->governed.why);
	}
	judge_rest(s, &note);
	(void)snprintf(out, WHY_MAX, "%.*s", WHY_MAX - 1,
	               buf_str(ready ? &note : &why));
	return ready;
}

void
status_tell(struct supervisor *s, struct child *front)
{
	char why[WHY_MAX];
	bool ready = judge_all(s, ARRAY_LEN(roles) - 1, why);
	const struct wire_health m = { .ready = ready,
		                       .why = bytes_of_str(why),
		                       .recovery_seen_s = s->governed.waits_s };

	if (!front->lifeline)
		return;
	buf_reset(&s->packet);
	wire_put_health(&s->packet, &m);
	/* A front that does not read also sends no STATUS, and is killed. */
	if (buf_status(&s->packet) != OK ||
	    channel_send(front->lifeline, buf_bytes(&s->packet)) != OK ||
	    channel_flush(front->lifeline) != OK)
		log_event(LOG_WARN, "health-lost",
		          LOG_U64("front", front->index));
}

/* For the log and systemd. */
static void
note_status(struct supervisor *s, bool ready, const char why[static WHY_MAX])
{
	s->ready = ready;
	memcpy(s->why, why, sizeof(s->why));
	log_event(ready && !*why ? LOG_INFO : LOG_WARN,
	          ready ? "ready" : "not-ready", LOG_STR("why", why));
	(void)sd_notifyf(0, "STATUS=%s%s%s", ready ? "ready" : "",
	                 ready && *why ? ", but " : "", why);
}

static void
tell_fronts(struct supervisor *s)
{
	for (size_t i = 0; i < s->n_children; i++)
		if (child_is(&s->children[i], WIRE_ROLE_FRONT))
			status_tell(s, &s->children[i]);
}

void
status_update(struct supervisor *s)
{
	char why[WHY_MAX];
	bool ready = judge_all(s, ARRAY_LEN(roles), why);
	bool same = ready == s->ready && strcmp(why, s->why) == 0;

	if (s->stopping || (same && s->told_waits_s == s->governed.waits_s))
		return;
	s->told_waits_s = s->governed.waits_s;
	if (!same)
		note_status(s, ready, why);
	tell_fronts(s);
}

/* A role sends STATUS once a second and when it changes.  One that sends more
 * often may be taken over, and each message can make a line in the log. */
static bool
says_too_much(struct child *c, uint64_t now)
{
	if (now - c->counted_from >= STATUS_WINDOW_MS) {
		c->counted_from = now;
		c->counted = 0;
	}
	return ++c->counted > STATUS_MOST;
}

static err_t
policy_packet(struct supervisor *s, struct child *c, struct bytes packet)
{
	struct wire_policy_taken m;

	TRY(wire_get_policy_taken(packet, &m));
	if (says_too_much(c, clock_mono_ms()))
		return E_LIMIT;
	offered_taken(s, m.digest);
	return OK;
}

err_t
status_packet(struct supervisor *s, struct child *c, struct bytes packet)
{
	struct wire_status m;
	uint16_t id = wire_packet_id(packet);

	if (!wire_allowed(id, child_role(c), WIRE_ROLE_SUPERVISOR))
		return E_MALFORMED;
	if (id == WIRE_ID_POLICY_TAKEN)
		return policy_packet(s, c, packet);
	TRY(wire_get_status(packet, &m));
	c->heard_at = clock_mono_ms();
	if (says_too_much(c, c->heard_at))
		return E_LIMIT;
	c->spoke = true;
	c->ready = m.state == WIRE_ROLE_STATE_READY;
	if (m.state == WIRE_ROLE_STATE_STARTING)
		return OK; /* the cause from its last run still holds */
	c->complained = !c->ready;
	(void)snprintf(c->why, sizeof(c->why), "%.*s",
	               (int)(m.why.len < WHY_MAX ? m.why.len : WHY_MAX - 1),
	               (const char *)m.why.data);
	return OK;
}
