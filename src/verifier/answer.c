/*
 * answer.c - what the verifier lacks, what it sends to fronts, and its answer
 * UNAVAILABLE.
 */
#include "base/log.h"
#include "verifier/verifier.h"

const char *
verifier_lacks(struct role *r)
{
	struct verifier *v = role_user(r);
	const char *fault = verifier_trust_fault(r);

	if (!v->live.policy)
		return v->live.fault;
	if (!in_force_policy(&v->in_force, policy_id(v->live.policy),
	                     policy_digest(v->live.policy)))
		return "trust-policy: the trust bundle does not name the "
		       "policy in policy.file";
	if (fault[0] == '\0')
		fault = bundle_anchors_fault(r);
	if (fault[0] != '\0')
		return fault;
	if (!role_edge(r, WIRE_ROLE_LEDGER, 0))
		return VERIFIER_NO_LEDGER;
	if (!v->has_keys)
		return "verifier: no pinned keys of the service";
	return "";
}

void
verifier_send_front(struct verifier *v, struct edge *front)
{
	err_t err = edge_send(front, &v->packet);

	if (err != OK)
		log_event(LOG_WARN, "answer-lost", LOG_ERR(err));
}

void
verifier_tell_fronts(struct role *r, verifier_tell_fn *tell)
{
	for (uint16_t i = 0; i < role_config(r)->fronts; i++) {
		struct edge *front = role_edge(r, WIRE_ROLE_FRONT, i);

		if (front)
			tell(r, front);
	}
}

void
verifier_unavailable(struct role *r, struct edge *front, uint64_t request,
                     const char *why)
{
	struct verifier *v = role_user(r);
	const struct wire_unavailable m = { .request = request,
		                            .why = bytes_of_str(why) };

	buf_reset(&v->packet);
	wire_put_unavailable(&v->packet, &m);
	verifier_send_front(v, front);
}
