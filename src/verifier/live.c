/*
 * live.c - see live.h.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "proc/config.h"
#include "verifier/verifier.h"

/* --- what fronts hear ------------------------------------------------------ */

static void
send_rule(struct verifier *v, struct edge *front, enum workflow w,
          bool withdrawn)
{
	const struct wire_workflow_rule m = {
		.workflow = w,
		.required = withdrawn ? 0 : policy_required(v->live.policy, w),
		.withdrawn = withdrawn ? WIRE_FLAG_YES : WIRE_FLAG_NO,
	};

	buf_reset(&v->packet);
	wire_put_workflow_rule(&v->packet, &m);
	verifier_send_front(v, front);
}

/* So that the front requires the bindings for a challenge and not only when the
 * evidence comes.  A workflow that the policy lacks has no rule. */
static void
send_rules(struct verifier *v, struct edge *front)
{
	const struct policy *p = v->live.policy;

	for (unsigned w = 0; p && w < WORKFLOW_COUNT; w++)
		if (policy_has_workflow(p, w))
			send_rule(v, front, w, false);
}

/* Comes after the new rules, so that a front is never without any. */
static void
withdraw_rules(struct verifier *v, struct edge *front,
               const struct policy *before)
{
	for (unsigned w = 0; before && w < WORKFLOW_COUNT; w++)
		if (policy_has_workflow(before, w) &&
		    !policy_has_workflow(v->live.policy, w))
			send_rule(v, front, w, true);
}

static void
send_known(struct verifier *v, struct edge *front)
{
	const struct live *live = &v->live;
	const struct wire_policy_known m = {
		.version = live->policy ? policy_version(live->policy) : 0,
		.refused = live->fault[0] ? WIRE_FLAG_YES : WIRE_FLAG_NO,
	};

	buf_reset(&v->packet);
	wire_put_policy_known(&v->packet, &m);
	verifier_send_front(v, front);
}

void
verifier_tell_policy(struct role *r, struct edge *front)
{
	struct verifier *v = role_user(r);

	send_rules(v, front);
	send_known(v, front);
}

/* before: the policy that was replaced; NULL: none was. */
static void
tell_policy_fronts(struct role *r, const struct policy *before)
{
	for (uint16_t i = 0; i < role_config(r)->fronts; i++) {
		struct edge *front = role_edge(r, WIRE_ROLE_FRONT, i);

		if (!front)
			continue;
		verifier_tell_policy(r, front);
		withdraw_rules(role_user(r), front, before);
	}
}

/* --- what may come into force ---------------------------------------------- */

static void
say_fault(struct live *live, const char *event, const char *why)
{
	(void)snprintf(
	        live->fault, sizeof(live->fault), "policy: %.300s%s", why,
	        live->policy ? "; the policy before it stays in force" : "");
	log_event(LOG_ERROR, event, LOG_STR("why", live->fault));
}

/* A verifier with officers that has no bundle yet names nothing. */
static bool
is_policy_named(const struct role *r, const struct policy *p)
{
	const struct verifier *v = role_user(r);

	if (!v->in_force.bundle && config_has_officers(role_config(r)))
		return false;
	return in_force_policy(&v->in_force, policy_id(p), policy_digest(p));
}

/* An older file that was copied back by mistake would let devices pass which the
 * policy in force refuses. */
static bool
is_policy_newer(const struct policy *now, const struct policy *next,
                struct buf *why)
{
	uint32_t is = policy_version(next), was = policy_version(now);

	if (is > was)
		return true;
	buf_printf(why, "version %u is %s version %u, which is in force: ", is,
	           is < was ? "lower than" : "another text than", was);
	buf_append_str(why, "give it a greater version, or restart the service "
	                    "to force it");
	return false;
}

static bool
same_policy(const struct policy *a, const struct policy *b)
{
	return a && memcmp(policy_digest(a), policy_digest(b), HASH_SIZE) == 0;
}

static void
log_policy(const struct policy *p)
{
	log_event(LOG_INFO, "policy-read", LOG_STR("id", policy_id(p)),
	          LOG_U64("version", policy_version(p)));
}

/* The supervisor gives it to verifiers that start from now on. */
static void
use_next_policy(struct role *r)
{
	struct verifier *v = role_user(r);
	AUTO(policy_free) struct policy *before = TAKE(v->live.policy);

	v->live.policy = TAKE(v->live.next);
	v->live.fault[0] = '\0';
	log_policy(v->live.policy);
	role_policy_taken(r, policy_digest(v->live.policy));
	tell_policy_fronts(r, before);
}

static void
forget_next_policy(struct live *live)
{
	policy_free(TAKE(live->next));
}

/* Takes up the next policy, if there is one that may come into force. */
static void
try_next_policy(struct role *r)
{
	struct verifier *v = role_user(r);
	struct live *live = &v->live;
	AUTO(buf_release) struct buf why = buf_of(300);

	if (!live->next)
		return;
	if (same_policy(live->policy, live->next)) {
		live->fault[0] = '\0';
		forget_next_policy(live);
	} else if (!is_policy_named(r, live->next)) {
		say_fault(live, "policy-waits",
		          "the trust bundle does not name it");
	} else if (live->policy && is_policy_named(r, live->policy) &&
	           !is_policy_newer(live->policy, live->next, &why)) {
		say_fault(live, "policy-refused", buf_str(&why));
		forget_next_policy(live);
	} else {
		use_next_policy(r);
		return;
	}
	tell_policy_fronts(r, NULL);
}

/* --- files ------------------------------------------------------------------ */

static err_t
parse_policy_file(const struct role *r, const char *name, struct buf *why,
                  struct policy **ret_policy)
{
	AUTO(buf_release) struct buf text = buf_of(POLICY_TEXT_MAX);

	TRY(role_file_read(r, name, &text));
	return policy_parse(buf_bytes(&text), why, ret_policy);
}

void
verifier_read_policy(struct role *r)
{
	struct verifier *v = role_user(r);
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(policy_free) struct policy *next = NULL;
	err_t err = parse_policy_file(r, ROLE_FILE_POLICY_NEXT, &why, &next);

	role_file_again(r, ROLE_FILE_POLICY_NEXT, err);
	forget_next_policy(&v->live);
	if (err == OK) {
		v->live.next = TAKE(next);
		try_next_policy(r);
		return;
	}
	say_fault(&v->live, "policy-refused",
	          why.len > 0 ? buf_str(&why) : err_name(err));
	tell_policy_fronts(r, NULL);
}

void
verifier_follow_policy(struct role *r)
{
	try_next_policy(r);
}

/* A policy that does not parse does not prevent the start: the service reports
 * it at /readyz and appraises nothing. */
err_t
verifier_start_policy(struct role *r)
{
	struct verifier *v = role_user(r);
	AUTO(buf_release) struct buf why = buf_of(512);
	err_t err = parse_policy_file(r, "policy", &why, &v->live.policy);

	if (err == E_NOMEM)
		return err;
	if (err == OK)
		log_policy(v->live.policy);
	else
		say_fault(&v->live, "policy-refused",
		          why.len > 0 ? buf_str(&why) : err_name(err));
	if (role_file(r, ROLE_FILE_POLICY_NEXT) >= 0)
		verifier_read_policy(r);
	return OK;
}

void
live_release(struct live *live)
{
	policy_free(TAKE(live->policy));
	forget_next_policy(live);
}
