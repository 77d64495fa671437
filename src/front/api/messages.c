/*
 * messages.c - handles the messages of other processes, one row for each.
 *
 * An answer for which nobody waits is dropped and counted: its client has
 * disconnected, or its deadline has passed.  An answer of the wrong kind breaks
 * the protocol and ends this process.
 */
#include <stdio.h>

#include "front/api/api.h"
#include "front/front.h"
#include "front/tenant.h"
#include "base/log.h"
#include "front/json/problem.h"
#include "wire/reason.h"
#include "front/http/request.h"

/* The question with that id; false: nobody waits. */
static bool
question_of(struct front *f, uint64_t id, struct question *ret_q)
{
	if (pending_answer(f->pending, id, ret_q))
		return true;
	metrics_add(&f->metrics, METRIC_VANISHED, 1);
	return false;
}

static err_t
on_health(struct front *f, struct bytes packet)
{
	struct wire_health m;

	TRY(wire_get_health(packet, &m));
	f->healthy = m.ready != 0;
	f->recovery_seen_s = m.recovery_seen_s;
	(void)snprintf(f->why, sizeof(f->why), "%.*s", (int)m.why.len,
	               (const char *)m.why.data);
	front_tell_status(f);
	return OK;
}

static err_t
on_key_held(struct front *f, const struct edge *from, struct bytes packet)
{
	struct wire_key_held m;

	TRY(wire_get_key_held(packet, &m));
	front_keyholders_key_held(f, from, &m);
	front_tell_status(f);
	return OK;
}

static err_t
on_key_lost(struct front *f, const struct edge *from, struct bytes packet)
{
	struct wire_key_lost m;

	TRY(wire_get_key_lost(packet, &m));
	front_keyholders_key_lost(f, from);
	return OK;
}

static err_t
on_key_vetoed(struct front *f, struct bytes packet)
{
	struct wire_key_vetoed m;

	TRY(wire_get_key_vetoed(packet, &m));
	if (m.index >= f->failover.n)
		return E_MALFORMED;
	front_keyholders_vetoed(f, m.index);
	return OK;
}

static err_t
on_rule(struct front *f, const struct edge *from, struct bytes packet)
{
	struct wire_workflow_rule m;

	TRY(wire_get_workflow_rule(packet, &m));
	if ((m.required & ~BINDING_ALL) != 0 ||
	    from->index >= RULES_VERIFIERS_MAX)
		return E_MALFORMED;

	if (m.withdrawn)
		rules_withdraw(&f->rules, from->index, m.workflow);
	else
		rules_say(&f->rules, from->index, m.workflow, m.required);
	front_tell_status(f);
	return OK;
}

/* With several verifiers, the list of the one that reported last. */
static err_t
on_revocation_known(struct front *f, struct bytes packet)
{
	struct wire_revocation_known m;

	TRY(wire_get_revocation_known(packet, &m));
	metrics_set(&f->metrics, METRIC_REVOCATION_FETCHED, m.fetched_s);
	metrics_set(&f->metrics, METRIC_REVOCATION_ENTRIES, m.entries);
	return OK;
}

/* With several verifiers, the policy of the one that reported last. */
static err_t
on_shadow_known(struct front *f, struct bytes packet)
{
	struct wire_shadow_known m;

	TRY(wire_get_shadow_known(packet, &m));
	metrics_set(&f->metrics, METRIC_SHADOW_VERSION, m.version);
	metrics_set(&f->metrics, METRIC_SHADOW_REFUSED, m.refused);
	return OK;
}

/* Likewise. */
static err_t
on_policy_known(struct front *f, struct bytes packet)
{
	struct wire_policy_known m;

	TRY(wire_get_policy_known(packet, &m));
	metrics_set(&f->metrics, METRIC_POLICY_VERSION, m.version);
	metrics_set(&f->metrics, METRIC_POLICY_REFUSED, m.refused);
	return OK;
}

static err_t
on_challenge_made(struct front *f, struct bytes packet)
{
	struct wire_challenge_made m;
	struct question q;

	TRY(wire_get_challenge_made(packet, &m));
	if (!question_of(f, m.request, &q))
		return OK;
	if (q.kind != QUESTION_CHALLENGE)
		return E_MALFORMED;
	api_challenge_on_made(&q, &m);
	return OK;
}

static bool
is_shadow_sane(const struct wire_result *m)
{
	return m->shadow_id.len == 0
	               ? m->shadow_reasons == 0
	               : shadows_id_valid(m->shadow_id) &&
	                         reason_set_valid(m->shadow_reasons);
}

/* Also if nobody waits any more: the challenge is spent and is not counted again. */
static void
count_shadow(struct front *f, const struct wire_result *m)
{
	if (m->shadow_id.len > 0)
		shadows_count(&f->metrics.shadows, m->shadow_id, m->reasons,
		              m->shadow_reasons);
}

static err_t
on_result(struct front *f, struct bytes packet)
{
	struct wire_result m;
	struct question q;

	TRY(wire_get_result(packet, &m));
	if (!reason_set_valid(m.reasons) || !is_shadow_sane(&m))
		return E_MALFORMED;
	count_shadow(f, &m);
	if (!question_of(f, m.request, &q))
		return OK;
	if (q.kind != QUESTION_RESULT)
		return E_MALFORMED;
	api_attestation_on_result(&q, &m);
	return OK;
}

/* The question stays open. */
static err_t
on_judge_again(struct front *f, struct bytes packet)
{
	struct wire_judge_again m;

	TRY(wire_get_judge_again(packet, &m));
	const struct question *q = pending_open(f->pending, m.request);
	if (!q) {
		metrics_add(&f->metrics, METRIC_VANISHED, 1);
		return OK;
	}
	if (q->kind != QUESTION_RESULT)
		return E_MALFORMED;
	api_attestation_on_judge_again(f, q->request, m.request);
	return OK;
}

static err_t
on_enrollment(struct front *f, struct bytes packet)
{
	struct wire_enrollment m;
	struct question q;

	TRY(wire_get_enrollment(packet, &m));
	if (!question_of(f, m.request, &q))
		return OK;
	if (q.kind != QUESTION_ENROLLMENT)
		return E_MALFORMED;
	api_enrollment_on_answer(&q, &m);
	return OK;
}

static err_t
on_enrollment_page(struct front *f, struct bytes packet)
{
	struct wire_enrollment_page m;
	struct question q;

	TRY(wire_get_enrollment_page(packet, &m));
	if (!question_of(f, m.request, &q))
		return OK;
	if (q.kind != QUESTION_ENROLLMENTS)
		return E_MALFORMED;
	return api_enrollments_on_page(&q, &m);
}

static err_t
on_stopped(struct front *f, struct bytes packet)
{
	struct wire_release_stopped m;
	struct question q;

	TRY(wire_get_release_stopped(packet, &m));
	if (!question_of(f, m.request, &q))
		return OK;
	if (q.kind != QUESTION_STOP)
		return E_MALFORMED;
	return api_release_on_stopped(&q, &m);
}

static err_t
on_preregistered(struct front *f, struct bytes packet)
{
	struct wire_preregistered m;
	struct question q;

	TRY(wire_get_preregistered(packet, &m));
	if (!question_of(f, m.request, &q))
		return OK;
	return q.kind == QUESTION_KNOWN ? api_preregistrations_on_added(&q, &m)
	                                : E_MALFORMED;
}

static err_t
on_preregistration_page(struct front *f, struct bytes packet)
{
	struct wire_preregistration_page m;
	struct question q;

	TRY(wire_get_preregistration_page(packet, &m));
	if (!question_of(f, m.request, &q))
		return OK;
	if (q.kind != QUESTION_KNOWN_PAGE)
		return E_MALFORMED;
	return api_preregistrations_on_page(&q, &m);
}

static err_t
on_preregistration_deleted(struct front *f, struct bytes packet)
{
	struct wire_preregistration_deleted m;
	struct question q;

	TRY(wire_get_preregistration_deleted(packet, &m));
	if (!question_of(f, m.request, &q))
		return OK;
	return q.kind == QUESTION_KNOWN ? api_preregistration_on_deleted(&q, &m)
	                                : E_MALFORMED;
}

static err_t
on_outcomes(struct front *f, struct bytes packet)
{
	struct wire_outcomes m;
	struct question q;

	TRY(wire_get_outcomes(packet, &m));
	if (!question_of(f, m.request, &q))
		return OK;
	if (q.kind != QUESTION_OUTCOMES)
		return E_MALFORMED;
	return api_outcomes_on_page(&q, &m);
}

static err_t
on_permits(struct front *f, struct bytes packet)
{
	struct wire_permits m;
	struct question q;

	TRY(wire_get_permits(packet, &m));
	if (!question_of(f, m.request, &q))
		return OK;
	if (q.kind != QUESTION_PERMITS)
		return E_MALFORMED;
	return api_permits_on_page(&q, &m);
}

static err_t
on_refused(struct front *f, struct bytes packet)
{
	struct wire_evidence_refused m;
	struct question q;

	TRY(wire_get_evidence_refused(packet, &m));
	if (!question_of(f, m.request, &q))
		return OK;
	if (!q.judged) /* no verifier was asked */
		return E_MALFORMED;
	request_problem(q.request,
	                q.kind == QUESTION_RESULT ? PROBLEM_EVIDENCE_INVALID
	                                          : PROBLEM_ENROLLMENT_REFUSED,
	                m.detail);
	return OK;
}

static err_t
on_unavailable(struct front *f, struct bytes packet)
{
	struct wire_unavailable m;
	struct question q;

	TRY(wire_get_unavailable(packet, &m));
	if (question_of(f, m.request, &q))
		request_problem(q.request, PROBLEM_UNAVAILABLE, m.why);
	return OK;
}

static err_t
on_tenant_attested(struct front *f, struct bytes packet)
{
	struct wire_tenant_attested m;

	TRY(wire_get_tenant_attested(packet, &m));
	for (size_t i = 0; i < f->config->n_tenants; i++)
		if (bytes_equal_str(m.tenant, f->tenants[i].config->name)) {
			f->tenants[i].attested_s = m.attested_s;
			f->tenants[i].overdue = m.overdue;
		}
	return OK;
}

static const struct {
	enum wire_id id;
	err_t (*take)(struct front *f, struct bytes packet);
} rows[] = {
	{ WIRE_ID_CHALLENGE_MADE, on_challenge_made },
	{ WIRE_ID_RESULT, on_result },
	{ WIRE_ID_JUDGE_AGAIN, on_judge_again },
	{ WIRE_ID_ENROLLMENT, on_enrollment },
	{ WIRE_ID_ENROLLMENT_PAGE, on_enrollment_page },
	{ WIRE_ID_OUTCOMES, on_outcomes },
	{ WIRE_ID_PERMITS, on_permits },
	{ WIRE_ID_RELEASE_STOPPED, on_stopped },
	{ WIRE_ID_PREREGISTERED, on_preregistered },
	{ WIRE_ID_PREREGISTRATION_PAGE, on_preregistration_page },
	{ WIRE_ID_PREREGISTRATION_DELETED, on_preregistration_deleted },
	{ WIRE_ID_EVIDENCE_REFUSED, on_refused },
	{ WIRE_ID_UNAVAILABLE, on_unavailable },
	{ WIRE_ID_KEY_VETOED, on_key_vetoed },
	{ WIRE_ID_REVOCATION_KNOWN, on_revocation_known },
	{ WIRE_ID_TENANT_ATTESTED, on_tenant_attested },
	{ WIRE_ID_SHADOW_KNOWN, on_shadow_known },
	{ WIRE_ID_POLICY_KNOWN, on_policy_known },
	{ WIRE_ID_HEALTH, on_health },
};

err_t
front_message(struct role *role, struct edge *from, struct bytes packet)
{
	struct front *f = role_user(role);
	uint16_t id = wire_packet_id(packet);

	f->role = role; /* HEALTH may come before front_prepare() */
	if (from->peer == WIRE_ROLE_KEYHOLDER)
		front_keyholders_heard(f, from);
	if (id == WIRE_ID_KEY_HELD)
		return on_key_held(f, from, packet);
	if (id == WIRE_ID_KEY_LOST)
		return on_key_lost(f, from, packet);
	if (id == WIRE_ID_WORKFLOW_RULE)
		return on_rule(f, from, packet);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].id == id)
			return rows[i].take(f, packet);
	return E_MALFORMED;
}
