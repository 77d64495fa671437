/*
 * enrollment.c - /v1/enrollments: creates, shows, changes and deletes a tenant's
 * enrolments.
 *
 * A backend needs the tenant's right to the workflow "enroll" for all but
 * showing.  Approving and resuming are for the tenant's officers alone, by the
 * table of routes.  The ledger searches under the tenant's name only, so another
 * tenant's handle does not exist for it.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "front/api/api.h"
#include "front/front.h"
#include "front/json/request.h"
#include "front/json/write.h"
#include "front/api/rights.h"
#include "front/api/route.h"

static bool
is_officer(const struct request *r)
{
	return (r->client->config->roles & CLIENT_OFFICER) != 0;
}

bool
api_enrollment_may(struct request *r, bool changes)
{
	const struct config_client *client = r->client->config;
	const char *why = front_not_ready(r->front);

	if (why) {
		request_problem(r, PROBLEM_NOT_READY, bytes_of_str(why));
		return false;
	}
	if (!client->tenant) { /* an officer of the service alone */
		request_problem(r, PROBLEM_ROLE_DENIED,
		                bytes_of_str("the client has no tenant"));
		return false;
	}
	if (changes && !is_officer(r) &&
	    !rights_workflow(client, WORKFLOW_ENROLL)) {
		request_problem(r, PROBLEM_WORKFLOW_DENIED,
		                bytes_of_str("enroll"));
		return false;
	}
	return true;
}

void
api_enrollment_post(struct request *r)
{
	AUTO(buf_release) struct buf statement = buf_of(LIMIT_STATEMENT);
	const struct route_form *form = &r->route->form;
	struct json_fault fault = { .problem = PROBLEM_UNAVAILABLE };
	struct front *f = r->front;

	if (!api_enrollment_may(r, true))
		return;
	if (enrollment_order_parse(buf_bytes(&r->body), form->member,
	                           &statement, &fault) != OK) {
		request_problem(r, fault.problem, bytes_of_str(fault.detail));
		return;
	}

	struct edge *verifier = role_edge_any(f->role, WIRE_ROLE_VERIFIER);
	struct question q = {
		.kind = QUESTION_ENROLLMENT,
		.edge = verifier,
		.needs = WIRE_ROLE_LEDGER,
		.judged = true,
	};
	struct wire_enroll_ask m = {
		.tenant = bytes_of_str(r->client->config->tenant),
		.format = bytes_of_str(form->format),
		.statement = buf_bytes(&statement),
	};
	crowd_heard(&f->crowd, r->client, r->began_at);
	if (!front_ask(r, &q, &m.request))
		return;
	wire_put_enroll_ask(&f->packet, &m);
	(void)front_send(r, verifier); /* false: it has answered */
}

/* The path's last segment as a handle; false: no handle has this form. */
static bool
is_handle(struct bytes v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] <= ' ' || v.data[i] >= 0x7f)
			return false;
	return v.len > 0 && v.len <= DEVICE_HANDLE_MAX;
}

/* Registers the question about a handle; false: it was answered. */
static bool
ask_ledger(struct request *r, uint64_t *ret_id)
{
	if (!is_handle(r->tail)) {
		request_problem(r, PROBLEM_ENROLLMENT_UNKNOWN,
		                bytes_of(NULL, 0));
		return false;
	}
	return api_ask_ledger(r, QUESTION_ENROLLMENT, ret_id);
}

void
api_enrollment_get(struct request *r)
{
	struct wire_enrollment_get m = {
		.tenant = bytes_of_str(r->client->config->tenant),
		.handle = r->tail,
	};

	if (!api_enrollment_may(r, false) || !ask_ledger(r, &m.request))
		return;
	wire_put_enrollment_get(&r->front->packet, &m);
	(void)front_send(r, r->front->ledger); /* false: it has answered */
}

void
api_enrollment_delete(struct request *r)
{
	const struct config_client *client = r->client->config;
	struct wire_enrollment_delete m = {
		.tenant = bytes_of_str(client->tenant),
		.handle = r->tail,
		.officer = is_officer(r) ? WIRE_FLAG_YES : WIRE_FLAG_NO,
		.client = bytes_of_str(client->san),
	};

	if (!api_enrollment_may(r, true) || !ask_ledger(r, &m.request))
		return;
	wire_put_enrollment_delete(&r->front->packet, &m);
	(void)front_send(r, r->front->ledger); /* false: it has answered */
}

/* --- changes -------------------------------------------------------------- */

static void
change_enrollment(struct request *r, enum wire_device_order order)
{
	AUTO(buf_release) struct buf note = buf_of(LIMIT_REASON);
	struct json_fault fault = { .problem = PROBLEM_UNAVAILABLE };
	const struct config_client *client = r->client->config;

	if (!api_enrollment_may(r, true))
		return;
	if (order_reason_parse(buf_bytes(&r->body), &note, &fault) != OK) {
		request_problem(r, fault.problem, bytes_of_str(fault.detail));
		return;
	}

	struct wire_enrollment_change m = {
		.tenant = bytes_of_str(client->tenant),
		.handle = r->tail,
		.order = order,
		.note = buf_bytes(&note),
		.client = bytes_of_str(client->san),
	};
	if (!ask_ledger(r, &m.request))
		return;
	wire_put_enrollment_change(&r->front->packet, &m);
	(void)front_send(r, r->front->ledger); /* false: it has answered */
}

void
api_enrollment_suspend(struct request *r)
{
	change_enrollment(r, WIRE_ORDER_SUSPEND);
}

void
api_enrollment_retire(struct request *r)
{
	change_enrollment(r, WIRE_ORDER_RETIRE);
}

void
api_enrollment_resume(struct request *r)
{
	change_enrollment(r, WIRE_ORDER_RESUME);
}

void
api_enrollment_approve(struct request *r)
{
	change_enrollment(r, WIRE_ORDER_APPROVE);
}

/* --- answers -------------------------------------------------------------- */

/* Writes a JSON member for each fact; the format defines the names. */
static void
put_facts_json(struct buf *out, const struct facts *facts)
{
	for (size_t i = 0; i < facts->n; i++) {
		const struct fact *f = &facts->rows[i];

		buf_append_str(out, ",");
		json_put_string(out, fact_name(f));
		buf_append_str(out, ":");
		if (fact_rule_counts(f->rule))
			json_put_number(out, f->number);
		else
			json_put_hex(out, fact_bytes(f));
	}
}

static void
put_life_json(struct buf *out, const struct wire_enrollment *m)
{
	buf_printf(out, ",\"state\":\"%s\"", wire_device_state_name(m->device));
	if (m->changed_ms == 0)
		return;
	buf_append_str(out, ",\"changed_at\":");
	json_put_time(out, m->changed_ms / 1000);
	if (m->note.len == 0)
		return;
	buf_append_str(out, ",\"reason\":");
	json_put_string(out, m->note);
}

/* A day as RFC 3339 full-date: the beginning of that of its first second. */
static void
put_attested_json(struct buf *out, uint64_t day)
{
	char text[CLOCK_TEXT_SIZE];

	if (day == 0)
		return;
	clock_format(day * 86400 * 1000, text);
	text[strlen("2026-11-30")] = '\0';
	buf_append_str(out, ",\"last_attested\":");
	json_put_string(out, bytes_of_str(text));
}

void
api_enrollment_put(struct buf *out, const struct wire_enrollment *m)
{
	buf_append_str(out, "{\"device_handle\":");
	json_put_string(out, m->handle);
	buf_append_str(out, ",\"format\":");
	json_put_string(out, m->format);
	put_facts_json(out, &m->facts);
	buf_append_str(out, ",\"enrolled_at\":");
	json_put_time(out, m->enrolled_s);
	if (m->keyed_s > 0) {
		buf_append_str(out, ",\"key_changed_at\":");
		json_put_time(out, m->keyed_s);
	}
	put_life_json(out, m);
	put_attested_json(out, m->attested_day);
	buf_append_str(out, "}");
}

static void
respond_found(struct request *r, unsigned status,
              const struct wire_enrollment *m)
{
	struct buf *text = &r->front->text;

	buf_reset(text);
	api_enrollment_put(text, m);
	api_respond_text(r, status, text);
}

/* The state does not allow the change; or only to an officer, if the enrolment
 * is to be deleted. */
static void
respond_refused(struct request *r, const struct wire_enrollment *m)
{
	bool deletes = r->route->method == METHOD_DELETE;
	char detail[LIMIT_DETAIL];

	(void)snprintf(detail, sizeof(detail), "the enrolment is %s%s",
	               wire_device_state_name(m->device),
	               deletes ? ": an officer must delete it" : "");
	request_problem(r, PROBLEM_ENROLLMENT_STATE, bytes_of_str(detail));
}

void
api_enrollment_on_answer(struct question *q, const struct wire_enrollment *m)
{
	struct request *r = q->request;
	enum method method = r->route->method;
	bool enrolls = r->route->form.format != NULL;

	if (m->state == WIRE_ENROLMENT_NOT_FOUND && !enrolls)
		request_problem(r, PROBLEM_ENROLLMENT_UNKNOWN,
		                bytes_of(NULL, 0));
	else if (m->state == WIRE_ENROLMENT_DELETED && method == METHOD_DELETE)
		request_respond(r, &(struct response){ .status = 204 });
	else if (m->state == WIRE_ENROLMENT_EXISTING && method != METHOD_DELETE)
		respond_found(r, 200, m);
	else if (m->state == WIRE_ENROLMENT_NOT_LISTED && enrolls)
		request_problem(r, PROBLEM_DEVICE_NOT_LISTED,
		                bytes_of(NULL, 0));
	else if (m->state == WIRE_ENROLMENT_REPLACED && enrolls)
		request_problem(r, PROBLEM_ENROLLMENT_STATE,
		                bytes_of_str("a device had this key before, "
		                             "and has another one now"));
	else if (m->state == WIRE_ENROLMENT_NEW && enrolls)
		respond_found(r, 201, m);
	else if (m->state == WIRE_ENROLMENT_REFUSED && !enrolls &&
	         method != METHOD_GET)
		respond_refused(r, m);
	else
		request_problem(r, PROBLEM_INTERNAL, bytes_of(NULL, 0));
}
