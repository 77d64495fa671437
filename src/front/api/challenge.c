/*
 * challenge.c - POST /v1/challenges.
 *
 * An array succeeds or fails as a whole until the first question is sent: every
 * element is parsed, checked and charged before that.
 */
#include <stdio.h>
#include <stdlib.h>

#include "front/api/api.h"
#include "crypto/token/challenge.h"
#include "front/front.h"
#include "front/json/request.h"
#include "front/json/write.h"
#include "front/api/rights.h"
#include "front/tenant.h"

/* Bytes of one challenge in JSON: base64url and the other members. */
#define PART_MAX (CHALLENGE_MAX * 2 + 1024)

/* Each repetition may cost failover.patience_ms. */
#define AGAIN_MAX (CONFIG_TOKENS_MAX - 1)

static void
refuse_order(struct request *r, const struct json_fault *fault)
{
	request_problem(r, fault->problem, bytes_of_str(fault->detail));
}

/* Names the first binding that the policy requires and the order lacks. */
static void
lacks_binding(uint16_t lacking, const char *where, struct json_fault *fault)
{
	for (unsigned b = 0; b < BINDING_COUNT; b++)
		if (lacking & (1u << b)) {
			char text[64];

			(void)snprintf(text, sizeof(text),
			               "the workflow requires the binding %s",
			               binding_name((enum binding)b));
			json_fault_set(fault, PROBLEM_BINDING_REQUIRED, where,
			               text);
			return;
		}
}

/* By a rollout file a release that is in one channel only is judged by that one
 * when none is named, so a client with a list of channels must name it. */
static bool
hides_channel(const struct request *r, const struct bindings *b)
{
	const char *file = r->front->config->rollout_file;
	const char *channels = r->client->config->channels;

	return file && *file && channels && *channels &&
	       (b->present & BINDING_BIT(RELEASE)) &&
	       !(b->present & BINDING_BIT(CHANNEL));
}

/* Checks the client's rights to this order; otherwise sets the fault. */
static bool
is_order_permitted(const struct request *r, const struct challenge_order *o,
                   const char *where, struct json_fault *fault)
{
	const struct config_client *client = r->client->config;
	const struct front *f = r->front;
	const struct bindings *b = &o->bindings;
	uint16_t required = 0;

	if (!rights_workflow(client, o->workflow)) {
		json_fault_set(fault, PROBLEM_WORKFLOW_DENIED, where,
		               workflow_name(o->workflow));
		return false;
	}
	if (!rules_required(&f->rules, o->workflow, &required)) {
		json_fault_set(fault, PROBLEM_WORKFLOW_DENIED, where,
		               "the policy has no entry for the workflow");
		return false;
	}
	if ((b->present & BINDING_BIT(CHANNEL)) &&
	    !rights_channel(client, b->channel)) {
		json_fault_set(fault, PROBLEM_CHANNEL_DENIED, where, "");
		return false;
	}
	if (hides_channel(r, b)) {
		json_fault_set(fault, PROBLEM_CHANNEL_DENIED, where,
		               "a release needs its channel");
		return false;
	}

	uint16_t lacking = required & (uint16_t)~b->present;
	if (lacking != 0)
		lacks_binding(lacking, where, fault);
	return lacking == 0;
}

static bool
all_permitted(const struct request *r, const struct challenge_orders *all,
              struct json_fault *fault)
{
	for (size_t i = 0; i < all->count; i++) {
		char where[32] = "";

		if (all->array)
			(void)snprintf(where, sizeof(where), "[%zu]", i);
		if (!is_order_permitted(r, &all->orders[i], where, fault))
			return false;
	}
	return true;
}

static bool
make_parts(struct request *r, uint32_t count)
{
	r->parts = calloc(count, sizeof(*r->parts));
	if (!r->parts) {
		request_problem(r, PROBLEM_UNAVAILABLE, bytes_of(NULL, 0));
		return false;
	}
	for (size_t i = 0; i < count; i++)
		r->parts[i] = buf_of(PART_MAX);
	r->n_parts = r->n_missing = count;
	return true;
}

static bool
ask_keyholder(struct request *r, const struct challenge_order *o, uint32_t part)
{
	struct front *f = r->front;
	struct question q = {
		.kind = QUESTION_CHALLENGE,
		.part = part,
		.edge = f->keyholder,
		.needs = WIRE_ROLE_KEYHOLDER,
	};
	struct wire_challenge_make m = {
		.tenant = bytes_of_str(r->client->config->tenant),
		.workflow = (uint8_t)o->workflow,
		.ttl_s = o->ttl_s,
		.bindings = o->bindings,
	};

	if (!front_ask(r, &q, &m.request))
		return false;
	wire_put_challenge_make(&f->packet, &m);
	front_keyholders_asked(f);
	return front_send(r, f->keyholder);
}

static void
ask_all(struct request *r, const struct challenge_orders *all)
{
	for (size_t i = 0; i < all->count; i++) {
		if (r->parts && r->parts[i].len > 0)
			continue; /* was answered before */
		if (!ask_keyholder(r, &all->orders[i], (uint32_t)i))
			return; /* answered, and its questions were removed */
	}
}

/* Of the client's quota and its tenant's; 0: there is none. */
static uint32_t
least_burst(const struct client *c)
{
	uint32_t burst = c->quota.burst;
	uint32_t other = c->tenant ? c->tenant->quota.burst : 0;

	return other > 0 && other < burst ? other : burst;
}

static err_t
parse_orders(struct request *r, struct challenge_orders *all,
             struct json_fault *fault)
{
	const struct config *c = r->front->config;
	uint32_t burst = least_burst(r->client);
	const struct challenge_limits limits = {
		.ttl_s = c->ttl_s,
		.ttl_max_s = c->ttl_max_s,
		/* more than the burst could never be granted */
		.array_max = burst > 0 && burst < c->array_max ? burst
		                                               : c->array_max,
	};

	return challenge_orders_parse(buf_bytes(&r->body), &limits, all, fault);
}

void
api_challenge_post(struct request *r)
{
	AUTO(challenge_orders_release) struct challenge_orders all = { 0 };
	struct json_fault fault = { .problem = PROBLEM_UNAVAILABLE };
	const char *why = front_not_ready(r->front);

	if (why) {
		request_problem(r, PROBLEM_NOT_READY, bytes_of_str(why));
		return;
	}
	if (parse_orders(r, &all, &fault) != OK ||
	    !all_permitted(r, &all, &fault)) {
		refuse_order(r, &fault);
		return;
	}
	r->keeps_body = r->front->failover.n > 1;
	if (front_pay(r, (uint32_t)all.count - 1) &&
	    (!all.array || make_parts(r, (uint32_t)all.count)) &&
	    front_issue(r, &all))
		ask_all(r, &all);
}

/* A challenge that no client has received has no effect, so it may be issued
 * again. */
bool
api_challenge_again(struct request *r)
{
	AUTO(challenge_orders_release) struct challenge_orders all = { 0 };
	struct json_fault fault = { .problem = PROBLEM_UNAVAILABLE };

	if (r->n_again++ == AGAIN_MAX || parse_orders(r, &all, &fault) != OK)
		return false;
	pending_withdraw(r->front->pending, r);
	ask_all(r, &all);
	return true;
}

static void
put_challenge(struct buf *out, const struct wire_challenge_made *m)
{
	buf_append_str(out, "{\"challenge\":");
	json_put_base64url(out, m->challenge);
	buf_append_str(out, ",\"nonce\":");
	json_put_base64url(out, bytes_of(m->nonce, sizeof(m->nonce)));
	buf_append_str(out, ",\"expires_at\":");
	json_put_time(out, m->expires_s);
	buf_append_str(out, ",\"key_id\":");
	json_put_string(out, m->kid);
	buf_append_str(out, "}");
}

static void
respond_challenges(struct request *r, struct buf *text, size_t count)
{
	if (buf_status(text) != OK) {
		request_problem(r, PROBLEM_UNAVAILABLE, bytes_of(NULL, 0));
		return;
	}
	metrics_add(&r->front->metrics, METRIC_CHALLENGES, count);
	request_json(r, 201, buf_bytes(text));
}

/* Composes the array in the order of the request. */
static void
respond_array(struct request *r)
{
	struct buf *text = &r->front->text;

	buf_reset(text);
	for (size_t i = 0; i < r->n_parts; i++) {
		buf_append_str(text, i == 0 ? "[" : ",");
		buf_append(text, buf_bytes(&r->parts[i]));
	}
	buf_append_str(text, "]");
	respond_challenges(r, text, r->n_parts);
}

void
api_challenge_on_made(struct question *q, const struct wire_challenge_made *m)
{
	struct request *r = q->request;

	if (!r->parts) {
		struct buf *text = &r->front->text;

		buf_reset(text);
		put_challenge(text, m);
		respond_challenges(r, text, 1);
		return;
	}

	struct buf *part = &r->parts[q->part];
	put_challenge(part, m);
	if (buf_status(part) != OK)
		request_problem(r, PROBLEM_UNAVAILABLE, bytes_of(NULL, 0));
	else if (--r->n_missing == 0)
		respond_array(r);
}
