/*
 * verdict.c - appraises an EVIDENCE message and sends the VERDICT.
 */
#include <string.h>

#include "evidence/appraise.h"
#include "base/clock.h"
#include "proc/config.h"
#include "crypto/digest.h"
#include "base/log.h"
#include "crypto/token/verdict_tag.h"
#include "verifier/anchors.h"
#include "verifier/verifier.h"

/* Bytes of a key and of a signature, as in the front: RSA of 4096 bits fits.  Of the
 * reason for a change: as a row of the ledger has. */
#define PREVIOUS_MAX 600
#define NOTE_MAX 128

#define NO_MEMORY "verifier: no memory"

/*
 * SHA-256 over the backend's observation, by which the ledger distinguishes an
 * honest retry from another request.  It covers every member with its length, so
 * no two observations have the same encoding.  A request to enrol the device, or to
 * change its key, counts as a different one, each by another byte at the end.
 *
 * Release and account are covered only if they are present, which the first
 * field says: the digest of an observation without them is that of before them,
 * and a retry finds its result after an upgrade, too.
 */
static err_t
observed_digest(const struct wire_evidence *in, uint8_t out[static HASH_SIZE])
{
	const struct bindings *b = &in->observed;
	const struct bytes texts[] = { b->device_handle, b->channel,
		                       b->transaction };
	AUTO(buf_release) struct buf text = buf_of(4096);

	buf_u16(&text, b->present);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		buf_u16(&text, (uint16_t)texts[i].len);
		buf_append(&text, texts[i]);
	}
	buf_append(&text, bytes_of(b->transport, HASH_SIZE));
	buf_append(&text, bytes_of(b->request, HASH_SIZE));
	if (bindings_have(b, BINDING_RELEASE)) {
		buf_u16(&text, (uint16_t)b->release.len);
		buf_append(&text, b->release);
	}
	if (bindings_have(b, BINDING_ACCOUNT))
		buf_append(&text, bytes_of(b->account, HASH_SIZE));
	if (in->enroll)
		buf_u8(&text, 1);
	if (in->change != WIRE_KEY_CHANGE_NONE) {
		buf_u16(&text, (uint16_t)in->previous_key.len);
		buf_append(&text, in->previous_key);
		buf_u16(&text, (uint16_t)in->previous_signature.len);
		buf_append(&text, in->previous_signature);
		buf_u8(&text, (uint8_t)(1 + in->change));
	}
	TRY(buf_status(&text));
	digest_sha256(buf_bytes(&text), out);
	return OK;
}

static void
fill_challenge(struct wire_verdict *m, const struct appraise_result *result)
{
	const struct challenge *c = &result->challenge;

	if (!result->redeemable)
		return; /* no claim may be believed */
	m->redeemable = 1;
	cti_encode(&c->claims.cti, m->cti);
	memcpy(m->life, c->claims.salt, sizeof(m->life));
	m->issued_s = c->claims.iat_s;
	m->expires_s = c->claims.exp_s;
	m->challenge_kid = c->head.kid;
	memcpy(m->nonce, c->nonce, HASH_SIZE);
	m->workflow = c->claims.workflow;
	m->bindings = c->claims.bindings;
}

static void
fill_appraisal(struct wire_verdict *m, const struct appraise_result *result)
{
	const struct appraisal *a = &result->appraisal;

	m->reasons = a->reasons;
	memcpy(m->vector, a->vector, sizeof(m->vector));
	m->format = bytes_of_str(result->format);
	m->proved = result->proved;
	if (a->identified)
		memcpy(m->identity, a->identity, HASH_SIZE);
	memcpy(m->evidence, result->evidence_digest, HASH_SIZE);
	m->chain_end_s = a->chain_end_s;
	m->facts = a->facts;
	m->confirmation = confirmation_spki(&a->confirmation);
	if ((m->enroll || m->change != WIRE_KEY_CHANGE_NONE) && a->reasons == 0)
		m->chain = bytes_of(a->chain, a->n_chain * HASH_SIZE);
	if (a->group)
		m->policy_group = bytes_of_str(a->group);
	if (a->state)
		m->policy_state = bytes_of_str(a->state);
}

static void
fill_policy(struct wire_verdict *m, const struct policy *policy)
{
	m->policy_id = bytes_of_str(policy_id(policy));
	m->policy_version = policy_version(policy);
	memcpy(m->policy_digest, policy_digest(policy), HASH_SIZE);
	if (m->enroll && policy_approval(policy))
		m->approval = WIRE_FLAG_YES;
	if (!m->redeemable)
		return; /* the workflow is not known */
	m->result_ttl_s = policy_result_ttl_s(policy, m->workflow);
	m->challenge_age_s = policy_challenge_age_s(policy, m->workflow);
}

static void
fill_trust(struct wire_verdict *m, const struct in_force *in_force)
{
	const struct in_force_name name = in_force_name(in_force);

	m->trust_version = name.version;
	memcpy(m->trust_digest, name.digest, HASH_SIZE);
}

/* The ledger stores the tag but cannot make one, and the key holder signs
 * nothing without it.  The challenge is sent along so that the key holder can
 * verify it. */
static err_t
seal_verdict(const struct verifier *v, struct wire_verdict *m)
{
	AUTO(buf_release) struct buf text = buf_of(WIRE_PACKET_MAX);
	const struct wire_finding finding = wire_finding_of(m);

	wire_put_finding(&text, &finding);
	TRY(buf_status(&text));
	verdict_tag(v->tag_key, buf_bytes(&text), m->tag);
	return OK;
}

/* The ledger's edge may have ended since the request came. */
static void
send_verdict(struct role *r, struct edge *front, const struct wire_verdict *m)
{
	struct verifier *v = role_user(r);

	buf_reset(&v->packet);
	wire_put_verdict(&v->packet, m);
	err_t err = edge_send(role_edge(r, WIRE_ROLE_LEDGER, 0), &v->packet);
	if (err == OK)
		return;
	log_event(LOG_WARN, "verdict-lost", LOG_ERR(err));
	verifier_unavailable(r, front, m->request, VERIFIER_NO_LEDGER);
}

static void
refuse_question(struct role *r, struct edge *front, uint64_t request,
                struct buf *why)
{
	struct verifier *v = role_user(r);
	const struct wire_evidence_refused m = {
		.request = request,
		.detail = bytes_of_str(buf_str(why)),
	};

	buf_reset(&v->packet);
	wire_put_evidence_refused(&v->packet, &m);
	verifier_send_front(v, front);
}

/* The bundle's anchors are not complete, and the evidence ends at none that is
 * there. */
static bool
is_anchor_on_its_way(struct role *r, const struct appraise_result *result)
{
	return bundle_anchors_wait(r) &&
	       (result->appraisal.reasons &
	        reason_bit(REASON_CHAIN_UNTRUSTED)) != 0;
}

/* What the front asks for; the rest is to be found. */
static struct wire_verdict
verdict_for(const struct edge *front, const struct wire_evidence *in)
{
	return (struct wire_verdict){ .front = front->index,
		                      .request = in->request,
		                      .form = in->form,
		                      .tenant = in->tenant,
		                      .enroll = in->enroll,
		                      .change = in->change,
		                      .client = in->client,
		                      .note = in->note };
}

static void
judge_evidence_message(struct role *r, struct edge *front,
                       const struct wire_evidence *in)
{
	AUTO(anchors_release) struct trust_anchors own = { { NULL } };
	const struct verifier *v = role_user(r);
	AUTO(buf_release) struct buf why = buf_of(512);
	struct wire_verdict out = verdict_for(front, in);
	const struct appraise_request request = {
		.tenant = in->tenant,
		.workflows = in->workflows,
		.channels = in->channels,
		.challenge = in->challenge,
		.evidence = in->evidence,
		.observed = in->observed,
		.rules = { .iss = bytes_of_str(role_config(r)->issuer),
		           .ttl_max_s = role_config(r)->ttl_max_s },
		.now_s = clock_wall_ms() / 1000,
		.enroll = in->enroll != 0,
		.shadow = v->shadow.policy,
		.change = { .order = in->change,
		            .previous_key = in->previous_key,
		            .previous_signature = in->previous_signature },
		.anchors = bundle_anchors_for(r, in->tenant, &own),
		.revocations = verifier_revocations(v),
		.revocation_limits = verifier_revocation_limits(r),
	};
	struct appraise_result result;

	if (!request.anchors) {
		verifier_unavailable(r, front, in->request, NO_MEMORY);
		return;
	}
	err_t err = appraise(&request, v->ring, v->live.policy, &why, &result);
	if (err == E_MALFORMED) {
		refuse_question(r, front, in->request, &why);
		return;
	}
	if (err == OK)
		err = observed_digest(in, out.observed);
	if (err != OK) {
		verifier_unavailable(r, front, in->request, NO_MEMORY);
		return;
	}
	if (is_anchor_on_its_way(r, &result)) {
		verifier_unavailable(r, front, in->request,
		                     "verifier: certificates are missing");
		return;
	}
	fill_challenge(&out, &result);
	fill_appraisal(&out, &result);
	memcpy(out.previous, result.previous, HASH_SIZE);
	fill_policy(&out, v->live.policy);
	shadow_fill(&v->shadow, result.shadow_reasons, &out);
	fill_trust(&out, &v->in_force);
	out.challenge = out.redeemable ? in->challenge : bytes_of(NULL, 0);
	if (seal_verdict(v, &out) == OK)
		send_verdict(r, front, &out);
	else
		verifier_unavailable(r, front, in->request, NO_MEMORY);
}

/* A front asks for one thing at a time, in words that the ledger takes; and has a
 * key's signature exactly when the key changes itself. */
static bool
is_order(const struct wire_evidence *in)
{
	bool by_key = in->change == WIRE_KEY_CHANGE_BY_KEY;

	return !(in->enroll && in->change != WIRE_KEY_CHANGE_NONE) &&
	       in->note.len <= NOTE_MAX &&
	       by_key == (in->previous_key.len > 0) &&
	       by_key == (in->previous_signature.len > 0) &&
	       in->previous_key.len <= PREVIOUS_MAX &&
	       in->previous_signature.len <= PREVIOUS_MAX;
}

err_t
verifier_evidence(struct role *r, struct edge *front, struct bytes packet)
{
	struct wire_evidence in;

	TRY(wire_get_evidence(packet, &in));
	if (!tenant_name_valid(in.tenant) || !is_order(&in))
		return E_MALFORMED;
	const char *lacks = verifier_lacks(r);
	if (lacks[0] != '\0')
		verifier_unavailable(r, front, in.request, lacks);
	else
		judge_evidence_message(r, front, &in);
	return OK;
}

static void
enroll_ak(struct role *r, struct edge *front, const struct wire_enroll_ask *in)
{
	struct verifier *v = role_user(r);
	AUTO(buf_release) struct buf why = buf_of(512);
	struct enrollee e;

	err_t err = evidence_find(in->format)->enroll(in->statement, &why, &e);
	if (err == E_NOMEM) {
		verifier_unavailable(r, front, in->request, NO_MEMORY);
		return;
	}
	if (err != OK) {
		refuse_question(r, front, in->request, &why);
		return;
	}

	struct wire_enroll m = {
		.front = front->index,
		.request = in->request,
		.tenant = in->tenant,
		.format = in->format,
		.approval = policy_approval(v->live.policy) ? WIRE_FLAG_YES
		                                            : WIRE_FLAG_NO,
		.facts = e.facts,
	};
	memcpy(m.identity, e.identity, HASH_SIZE);
	buf_reset(&v->packet);
	wire_put_enroll(&v->packet, &m);
	err = edge_send(role_edge(r, WIRE_ROLE_LEDGER, 0), &v->packet);
	if (err != OK)
		verifier_unavailable(r, front, in->request, VERIFIER_NO_LEDGER);
}

/* Needs no key of the service, only the policy and the ledger. */
err_t
verifier_enroll(struct role *r, struct edge *front, struct bytes packet)
{
	struct wire_enroll_ask in;

	TRY(wire_get_enroll_ask(packet, &in));
	if (!tenant_name_valid(in.tenant)) /* or the ledger would end for it */
		return E_MALFORMED;
	/* A front offers the formats that this program was made with. */
	const struct evidence_format *format = evidence_find(in.format);
	if (!format || !format->enroll)
		return E_MALFORMED;
	const struct verifier *v = role_user(r);
	if (!v->live.policy) /* which says whether the device needs an approval */
		verifier_unavailable(r, front, in.request,
		                     "verifier: no policy");
	else if (role_edge(r, WIRE_ROLE_LEDGER, 0))
		enroll_ak(r, front, &in);
	else
		verifier_unavailable(r, front, in.request, VERIFIER_NO_LEDGER);
	return OK;
}
