/*
 * attestation.c - POST /v1/attestations, and POST /v1/enrollments/<path> for a
 * format that enrols by evidence, which in addition enrols an eligible device, and
 * POST /v1/enrollments/{handle}/key, which gives an enrolled device another key.
 *
 * The evidence is not appraised here: it goes to a verifier with the tenant's
 * name and rights, and the signed result is returned.  When the trust bundle
 * changes in between, the ledger does not decide by the verdict, and the evidence
 * goes to a verifier once more, under the same id and deadline.
 */
#include <stdio.h>

#include "anchord/claims.h"
#include "base/clock.h"
#include "crypto/token/ear.h"
#include "front/api/api.h"
#include "front/front.h"
#include "front/json/request.h"
#include "front/json/write.h"
#include "proc/config.h"
#include "wire/reason.h"
#include "front/api/rights.h"
#include "front/api/route.h"

static bool
asks_to_enroll(const struct request *r)
{
	return r->route->handle == api_enrollment_evidence_post;
}

static enum wire_result_form
wanted_form(const struct request *r)
{
	return r->accepts == ACCEPT_EAT_CWT ? WIRE_RESULT_CWT : WIRE_RESULT_JWT;
}

static bool
asks_to_change_key(const struct request *r)
{
	return r->route->handle == api_enrollment_key_post;
}

/* Without a signature by the key before, an officer says so. */
static enum wire_key_change
order_of(const struct request *r, const struct attestation_order *o)
{
	if (!asks_to_change_key(r))
		return WIRE_KEY_CHANGE_NONE;
	return o->previous_key.len > 0 ? WIRE_KEY_CHANGE_BY_KEY
	                               : WIRE_KEY_CHANGE_BY_OFFICER;
}

/* An officer needs no workflow to change enrolments. */
static uint16_t
workflows_of(const struct request *r)
{
	const struct config_client *client = r->client->config;
	bool officer = client->roles & CLIENT_OFFICER;

	return asks_to_change_key(r) && officer
	               ? client->workflows | 1u << WORKFLOW_ENROLL
	               : client->workflows;
}

/* The client's name, for the outcome, which keeps no longer one. */
static struct bytes
client_shown(const struct config_client *client)
{
	struct bytes name = bytes_of_str(client->san);

	if (name.len > LIMIT_REASON)
		name.len = LIMIT_REASON;
	return name;
}

static err_t
parse_request(const struct request *r, struct attestation_order *o,
              struct json_fault *fault)
{
	return asks_to_change_key(r)
	               ? key_order_parse(buf_bytes(&r->body), o, fault)
	               : attestation_order_parse(buf_bytes(&r->body), o, fault);
}

static void
send_evidence(struct request *r, const struct attestation_order *o, uint64_t id,
              struct edge *verifier)
{
	struct front *f = r->front;
	const struct config_client *client = r->client->config;
	const struct wire_evidence m = {
		.request = id,
		.tenant = bytes_of_str(client->tenant),
		.workflows = workflows_of(r),
		.channels = bytes_of_str(client->channels),
		.challenge = buf_bytes(&o->challenge),
		.evidence = buf_bytes(&o->evidence),
		.observed = o->observed,
		.enroll = asks_to_enroll(r),
		.form = wanted_form(r),
		.change = order_of(r, o),
		.client = client_shown(client),
		.note = buf_bytes(&o->reason),
		.previous_key = buf_bytes(&o->previous_key),
		.previous_signature = buf_bytes(&o->previous_signature),
	};

	wire_put_evidence(&f->packet, &m);
	(void)front_send(r, verifier); /* false: it was answered */
}

/* Where officers govern, the body is kept: the evidence may have to be judged
 * again. */
static void
ask_verifier(struct request *r, const struct attestation_order *o)
{
	struct front *f = r->front;
	struct edge *verifier = role_edge_any(f->role, WIRE_ROLE_VERIFIER);
	struct question q = {
		.kind = QUESTION_RESULT,
		.edge = verifier,
		.needs = WIRE_ROLE_LEDGER,
		.judged = true,
	};
	uint64_t id = 0;

	r->keeps_body = config_has_officers(f->config);
	crowd_heard(&f->crowd, r->client, r->began_at);
	if (front_ask(r, &q, &id))
		send_evidence(r, o, id, verifier);
}

/* False: the request was answered. */
static bool
may_enroll(struct request *r, const struct attestation_order *o)
{
	if (!rights_workflow(r->client->config, WORKFLOW_ENROLL)) {
		request_problem(r, PROBLEM_WORKFLOW_DENIED,
		                bytes_of_str("enroll"));
		return false;
	}
	if (!bytes_equal_str(o->format, r->route->form.format)) {
		char detail[LIMIT_DETAIL];

		(void)snprintf(detail, sizeof(detail),
		               "evidence.format: must be %s",
		               r->route->form.format);
		request_problem(r, PROBLEM_EVIDENCE_INVALID,
		                bytes_of_str(detail));
		return false;
	}
	return true;
}

/* The device of the path must be that of the challenge, which the verifier sees:
 * the backend has observed this one.  False: the request was answered. */
static bool
may_change_key(struct request *r, const struct attestation_order *o)
{
	bool officer = r->client->config->roles & CLIENT_OFFICER;

	if (!bindings_have(&o->observed, BINDING_DEVICE) ||
	    !bytes_equal(o->observed.device_handle, r->tail)) {
		request_problem(r, PROBLEM_VALUE_INVALID,
		                bytes_of_str("observed.device_handle: must be "
		                             "that of the path"));
		return false;
	}
	if (!officer && o->previous_key.len == 0) {
		request_problem(r, PROBLEM_ROLE_DENIED,
		                bytes_of_str("without previous_key an officer "
		                             "must order it"));
		return false;
	}
	return true;
}

static void
post_evidence(struct request *r)
{
	AUTO(attestation_order_release) struct attestation_order order = { 0 };
	struct json_fault fault = { .problem = PROBLEM_UNAVAILABLE };
	const char *why = front_not_ready(r->front);

	if (why) {
		request_problem(r, PROBLEM_NOT_READY, bytes_of_str(why));
		return;
	}
	if (r->accepts == ACCEPT_TYPES) {
		request_problem(r, PROBLEM_NOT_ACCEPTABLE,
		                bytes_of_str(ACCEPT_JSON_MEDIA
		                             ", " ACCEPT_EAT_JWT_MEDIA
		                             " or " ANCHORD_RESULT_CWT_MEDIA));
		return;
	}
	if (parse_request(r, &order, &fault) != OK) {
		request_problem(r, fault.problem, bytes_of_str(fault.detail));
		return;
	}
	if (asks_to_change_key(r) ? may_change_key(r, &order)
	                          : !asks_to_enroll(r) || may_enroll(r, &order))
		ask_verifier(r, &order);
}

void
api_attestation_post(struct request *r)
{
	post_evidence(r);
}

void
api_enrollment_evidence_post(struct request *r)
{
	post_evidence(r);
}

void
api_enrollment_key_post(struct request *r)
{
	if (api_enrollment_may(r, true))
		post_evidence(r);
}

/* --- judged again --------------------------------------------------------- */

void
api_attestation_on_judge_again(struct front *f, struct request *r, uint64_t id)
{
	struct question ended;
	uint64_t at_ms = clock_mono_ms() + LIMIT_JUDGE_AGAIN_MS;

	if (r->keeps_body && r->n_again++ == 0 &&
	    pending_put_off(f->pending, id, at_ms) == OK) {
		metrics_add(&f->metrics, METRIC_JUDGED_AGAIN, 1);
		return;
	}
	(void)pending_answer(f->pending, id, &ended);
	request_problem(r, PROBLEM_UNAVAILABLE,
	                bytes_of_str("the trust bundle changes"));
}

static void
judge_again(struct question *q, uint64_t id)
{
	AUTO(attestation_order_release) struct attestation_order order = { 0 };
	struct json_fault fault = { .problem = PROBLEM_UNAVAILABLE };
	struct request *r = q->request;

	/* It was parsed before, so only memory can be short. */
	if (parse_request(r, &order, &fault) != OK) {
		request_problem(r, fault.problem, bytes_of_str(fault.detail));
		return;
	}
	struct edge *verifier =
	        role_edge_any(r->front->role, WIRE_ROLE_VERIFIER);
	q->edge = verifier;
	send_evidence(r, &order, id, verifier);
}

void
api_attestations_sweep(struct front *f, uint64_t now)
{
	struct question *q;
	uint64_t id = 0;

	while ((q = pending_due(f->pending, now, &id)) != NULL)
		judge_again(q, id);
}

/* --- results -------------------------------------------------------------- */

static void
put_reasons(struct buf *out, reason_set reasons)
{
	const char *before = "";

	buf_append_str(out, "[");
	for (enum reason i = reason_next(reasons, 0); i < REASON_COUNT;
	     i = reason_next(reasons, (unsigned)i + 1)) {
		buf_append_str(out, before);
		json_put_string(out, bytes_of_str(reason_code(i)));
		before = ",";
	}
	buf_append_str(out, "]");
}

/* It has the form that was asked for; and an enrolment by evidence enrols the
 * device if and only if it is eligible. */
static bool
result_fits_request(const struct request *r, const struct wire_result *m)
{
	bool pending = m->device == WIRE_DEVICE_PENDING;

	if (ear_form(m->jwt) != wanted_form(r))
		return false;
	if (!asks_to_enroll(r) || m->reasons != 0)
		return m->enrolled == WIRE_ENROLLED_NOT;
	return (m->enrolled == WIRE_ENROLLED_BEFORE ||
	        m->enrolled == WIRE_ENROLLED_NOW) &&
	       m->handle.len > 0 &&
	       (m->device == WIRE_DEVICE_ACTIVE ||
	        (pending && m->enrolled == WIRE_ENROLLED_NOW));
}

static void
put_key_change(struct buf *out, const struct request *r, bool changed)
{
	if (!asks_to_change_key(r))
		return;
	buf_append_str(out, "\"device_handle\":");
	json_put_string(out, r->tail);
	buf_printf(out, ",\"key_changed\":%s,", changed ? "true" : "false");
}

static void
put_enrolment(struct buf *out, const struct wire_result *m)
{
	if (m->enrolled == WIRE_ENROLLED_NOT)
		return;
	buf_append_str(out, "\"device_handle\":");
	json_put_string(out, m->handle);
	buf_printf(out, ",\"state\":\"%s\",\"device_state\":\"%s\",",
	           wire_enrolled_name(m->enrolled),
	           wire_device_state_name(m->device));
}

/* The document of the default: the JWT, and beside it what a client needs at
 * once.  False: no memory. */
static bool
put_document(struct buf *out, const struct request *r,
             const struct wire_result *m)
{
	buf_reset(out);
	buf_append_str(out, "{");
	put_enrolment(out, m);
	put_key_change(out, r, m->reasons == 0);
	buf_append_str(out, "\"result\":");
	json_put_string(out, m->jwt);
	buf_append_str(out, m->reasons == 0 ? ",\"eligible\":true"
	                                    : ",\"eligible\":false");
	buf_append_str(out, ",\"reasons\":");
	put_reasons(out, m->reasons);
	if (m->retry_after_s > 0) {
		buf_append_str(out, ",\"retry_after\":");
		json_put_number(out, m->retry_after_s);
	}
	buf_append_str(out, "}");
	return buf_status(out) == OK;
}

void
api_attestation_on_result(struct question *q, const struct wire_result *m)
{
	struct request *r = q->request;
	struct buf *text = &r->front->text;
	bool document = r->accepts == ACCEPT_JSON;

	if (!result_fits_request(r, m)) {
		request_problem(r, PROBLEM_INTERNAL, bytes_of(NULL, 0));
		return;
	}
	if (document && !put_document(text, r, m)) {
		request_problem(r, PROBLEM_UNAVAILABLE, bytes_of(NULL, 0));
		return;
	}
	metrics_add(&r->front->metrics,
	            m->reasons == 0 ? METRIC_RESULTS_ELIGIBLE
	                            : METRIC_RESULTS_REFUSED,
	            1);
	request_respond(
	        r,
	        &(struct response){
	                .status = m->enrolled == WIRE_ENROLLED_NOW ? 201 : 200,
	                .content_type = accept_media(r->accepts),
	                .body = document ? buf_bytes(text) : m->jwt,
	        });
}
