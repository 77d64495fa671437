/*
 * appraise.c - see appraise.h.
 *
 * Each step uses only claims that an earlier step has verified.  The nonce is
 * compared here and not by the formats, so that a new format cannot omit the
 * comparison, and evidence for another challenge is not judged.
 */
#include "evidence/appraise.h"

#include <string.h>

#include "crypto/digest.h"
#include "base/secret.h"

static bool
add_reason(struct appraisal *a, enum reason reason)
{
	a->reasons |= reason_bit(reason);
	return false;
}

/* Checks that the challenge parses, was signed by this service and was issued
 * to this tenant.  After that its claims may be used. */
static bool
believe_challenge(const struct appraise_request *request,
                  const struct keyring *ring, struct appraise_result *result)
{
	struct challenge challenge;

	if (challenge_open(request->challenge, &challenge) != OK)
		return add_reason(&result->appraisal,
		                  REASON_CHALLENGE_MALFORMED);
	if (challenge_verify(&challenge, ring) != OK ||
	    challenge_issued_by(&challenge, request->rules.iss) != OK)
		return add_reason(&result->appraisal, REASON_CHALLENGE_FORGED);
	if (!bytes_equal(challenge.claims.aud, request->tenant))
		return add_reason(&result->appraisal,
		                  REASON_CHALLENGE_AUDIENCE);
	result->challenge = challenge;
	result->redeemable = true;
	return true;
}

/* True if the comma-separated list contains the name. */
static bool
is_listed_name(struct bytes list, struct bytes name)
{
	for (size_t at = 0; at <= list.len;) {
		size_t end = at;

		while (end < list.len && list.data[end] != ',')
			end++;
		if (bytes_equal(bytes_of(list.data + at, end - at), name))
			return true;
		at = end + 1;
	}
	return false;
}

static bool
changes_key(const struct appraise_request *request)
{
	return request->change.order != WIRE_KEY_CHANGE_NONE;
}

static bool
channel_allowed(const struct appraise_request *request,
                const struct bindings *claimed)
{
	return request->channels.len == 0 ||
	       !(claimed->present & BINDING_BIT(CHANNEL)) ||
	       is_listed_name(request->channels, claimed->channel);
}

/* The policy may want it younger than its own lifetime says.  The ledger asks the
 * same by its own clock. */
static bool
is_challenge_old(const struct challenge_claims *claims,
                 const struct policy *policy, uint64_t now_s)
{
	uint32_t age_s = policy_challenge_age_s(policy, claims->workflow);

	return age_s != 0 && now_s > claims->iat_s &&
	       now_s - claims->iat_s >= age_s;
}

/* Checks the challenge's times, and that the tenant and the policy permit its
 * workflow and channel. */
static bool
permit_challenge(const struct appraise_request *request,
                 const struct policy *policy, struct appraise_result *result)
{
	const struct challenge_claims *claims = &result->challenge.claims;

	if (request->now_s >= claims->exp_s)
		return add_reason(&result->appraisal, REASON_CHALLENGE_EXPIRED);
	if (!challenge_times_valid(claims, request->rules.ttl_max_s,
	                           request->now_s))
		return add_reason(&result->appraisal, REASON_CHALLENGE_TIME);
	if (is_challenge_old(claims, policy, request->now_s))
		return add_reason(&result->appraisal, REASON_CHALLENGE_EXPIRED);
	if (!(request->workflows & (uint16_t)(1u << claims->workflow)) ||
	    ((request->enroll || changes_key(request)) &&
	     claims->workflow != WORKFLOW_ENROLL) ||
	    !policy_has_workflow(policy, claims->workflow))
		return add_reason(&result->appraisal, REASON_WORKFLOW_DENIED);
	if (!channel_allowed(request, &claims->bindings))
		return add_reason(&result->appraisal, REASON_CHANNEL_DENIED);
	return true;
}

/* The reason for each binding that does not match. */
static const enum reason binding_reasons[BINDING_COUNT] = {
	[BINDING_DEVICE] = REASON_BINDING_DEVICE,
	[BINDING_TRANSPORT] = REASON_BINDING_TRANSPORT,
	[BINDING_REQUEST] = REASON_BINDING_REQUEST,
	[BINDING_CHANNEL] = REASON_BINDING_CHANNEL,
	[BINDING_TRANSACTION] = REASON_BINDING_TRANSACTION,
	[BINDING_RELEASE] = REASON_BINDING_RELEASE,
	[BINDING_ACCOUNT] = REASON_BINDING_ACCOUNT,
};

/* A binding that the policy requires and the challenge lacks counts as a
 * mismatch: the policy may have changed after the challenge was issued. */
static void
compare_bindings(const struct appraise_request *request,
                 const struct policy *policy, struct appraise_result *result)
{
	const struct challenge_claims *claims = &result->challenge.claims;
	uint16_t wrong =
	        bindings_mismatch(&claims->bindings, &request->observed);

	uint16_t required = policy_required(policy, claims->workflow);

	/* Else the challenge could serve for any device of the tenant. */
	if (changes_key(request))
		required |= BINDING_BIT(DEVICE);
	wrong |= required & (uint16_t)~claims->bindings.present;
	for (unsigned b = 0; b < BINDING_COUNT; b++)
		if (wrong & 1u << b)
			add_reason(&result->appraisal, binding_reasons[b]);
}

/* Judges by the rules of the first device group that takes the device, or by the
 * policy's own when it has no groups. */
static err_t
judge_by_rules(struct evidence *evidence, const struct policy *policy,
               const struct policy_subject *subject, struct appraisal *a)
{
	const struct evidence_format *format = evidence->format;
	size_t n = policy ? policy_devices_count(policy) : 0;

	if (n == 0)
		return format->appraise(evidence->own, policy, a);
	size_t i = policy_select(policy, subject, bytes_of_str(format->name),
	                         evidence->own);
	TRY(format->appraise(evidence->own,
	                     i < n ? policy_devices_rules(policy, i) : NULL,
	                     a));
	if (i < n)
		a->group = policy_devices_name(policy, i);
	else
		add_reason(a, REASON_GROUP_DENIED);
	return OK;
}

/* Once, whichever policy comes first. */
static bool
evidence_parses(struct evidence *evidence)
{
	AUTO(buf_release) struct buf why = buf_of(1024);

	if (evidence->state == EVIDENCE_UNPARSED)
		evidence->state =
		        evidence->format->parse(evidence->own, &why) == OK
		                ? EVIDENCE_PARSED
		                : EVIDENCE_BROKEN;
	return evidence->state == EVIDENCE_PARSED;
}

void
appraise_device(struct evidence *evidence, struct bytes nonce,
                const struct policy *policy,
                const struct policy_subject *subject,
                struct appraisal *ret_appraisal)
{
	const struct evidence_format *format = evidence->format;
	struct appraisal a = { 0 };

	*ret_appraisal = a;
	if (!evidence_parses(evidence))
		add_reason(ret_appraisal, REASON_EVIDENCE_MALFORMED);
	else if (!secret_equal(format->nonce(evidence->own), nonce))
		add_reason(ret_appraisal, REASON_NONCE_MISMATCH);
	else if (judge_by_rules(evidence, policy, subject, &a) != OK)
		add_reason(ret_appraisal, REASON_EVIDENCE_MALFORMED);
	else
		*ret_appraisal = a;
}

void
appraise_evidence(struct evidence *evidence, struct bytes nonce,
                  const struct policy *policy, struct appraisal *ret_appraisal)
{
	static const struct policy_subject nobody = { { NULL, 0 }, NULL };

	appraise_device(evidence, nonce, policy, &nobody, ret_appraisal);
}

static void
vouch_for_evidence(const struct appraise_request *request,
                   struct evidence *evidence)
{
	const struct trust_anchors *anchors = request->anchors;
	const struct trust_context context = {
		.now_s = request->now_s,
		.roots = anchors ? anchors->roots[evidence->format->purpose]
		                 : NULL,
		.revocations = request->revocations,
		.limits = request->revocation_limits,
		.enroll = request->enroll || changes_key(request),
		.succeeds = request->change.order == WIRE_KEY_CHANGE_BY_KEY,
	};

	if (evidence->format->vouch && !evidence->vouched)
		evidence->format->vouch(evidence->own, &context);
	evidence->vouched = true;
}

/* A device gets only a key that could be enrolled; the key that it has can only say
 * so where such keys sign data from outside. */
static bool
format_changes_key(const struct appraise_request *request,
                   const struct evidence_format *format)
{
	return request->change.order == WIRE_KEY_CHANGE_BY_KEY
	               ? format->successors
	               : format->enrolls || format->enroll;
}

/* The policy's list of formats is not enough: a workflow may demand a key that
 * the format never has. */
static bool
format_permitted(const struct appraise_request *request,
                 const struct evidence_format *format,
                 const struct policy *policy, enum workflow w)
{
	return format && (!request->enroll || format->enrolls) &&
	       (!changes_key(request) || format_changes_key(request, format)) &&
	       policy_format_allowed(policy, w, bytes_of_str(format->name)) &&
	       (!policy_possession(policy, w) || format->confirms);
}

/* Good evidence of a key that confirms nothing is not supported in a workflow
 * that demands possession; nothing is wrong with the device.  A refusal, also
 * for a binding, has no key: it must not look confirmed. */
static void
judge_possession(const struct policy *policy, enum workflow w,
                 struct appraisal *a)
{
	if (a->reasons == 0 && a->confirmation.len == 0 &&
	    policy_possession(policy, w))
		add_reason(a, REASON_EVIDENCE_UNSUPPORTED);
	if (a->reasons != 0)
		a->confirmation.len = 0;
}

/* The workflow may be for some groups alone. */
static void
judge_group(const struct policy *policy, enum workflow w, struct appraisal *a)
{
	if (a->group &&
	    !policy_devices_permitted(policy,
	                              policy_devices_find(policy, a->group), w))
		add_reason(a, REASON_GROUP_DENIED);
}

/* Judges the evidence; the challenge has been verified. */
static void
judge_evidence(const struct appraise_request *request,
               struct evidence *evidence, const struct policy *policy,
               struct appraise_result *result)
{
	const struct challenge *challenge = &result->challenge;
	enum workflow workflow = challenge->claims.workflow;
	const struct policy_subject subject = {
		.tenant = request->tenant,
		.bindings = &challenge->claims.bindings,
	};
	struct appraisal found;

	if (!format_permitted(request, evidence->format, policy, workflow)) {
		add_reason(&result->appraisal, REASON_EVIDENCE_UNSUPPORTED);
		return;
	}
	vouch_for_evidence(request, evidence);
	appraise_device(evidence, bytes_of(challenge->nonce, HASH_SIZE), policy,
	                &subject, &found);
	judge_group(policy, workflow, &found);
	if (request->change.order == WIRE_KEY_CHANGE_BY_KEY)
		found.reasons |=
		        key_change_signed(&request->change, challenge->nonce,
		                          &found, result->previous);
	found.reasons |= result->appraisal.reasons;
	judge_possession(policy, workflow, &found);
	result->appraisal = found;
}

/* Steps 3 to 6. */
static void
judge_under(const struct appraise_request *request, struct evidence *evidence,
            const struct policy *policy, struct appraise_result *result)
{
	if (!permit_challenge(request, policy, result))
		return;
	compare_bindings(request, policy, result);
	judge_evidence(request, evidence, policy, result);
}

/* By a result of its own, of which only the reasons are kept: so no word of the
 * shadow policy gets into the result. */
static reason_set
judge_shadow(const struct appraise_request *request, struct evidence *evidence,
             const struct challenge *challenge)
{
	struct appraise_result own = { .challenge = *challenge };

	judge_under(request, evidence, request->shadow, &own);
	return own.appraisal.reasons;
}

err_t
appraise(const struct appraise_request *request, const struct keyring *ring,
         const struct policy *policy, struct buf *why,
         struct appraise_result *ret_result)
{
	AUTO(evidence_release) struct evidence evidence = { 0 };
	struct appraise_result result = { .format = "" };

	err_t err = evidence_open(request->evidence, why, &evidence);
	if (err != OK && err != E_NOT_FOUND)
		return err;
	if (evidence.format) {
		result.format = evidence.format->name;
		result.proved = evidence.format->self_proving;
	}
	digest_sha256(request->evidence, result.evidence_digest);

	bool ours = believe_challenge(request, ring, &result);
	if (ours)
		judge_under(request, &evidence, policy, &result);
	result.shadow_reasons =
	        ours && request->shadow
	                ? judge_shadow(request, &evidence, &result.challenge)
	                : result.appraisal.reasons;
	*ret_result = result;
	return OK;
}
