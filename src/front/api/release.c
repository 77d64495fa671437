/*
 * release.c - POST /v1/releases/{release}/stop: an officer stops a release at
 * once.
 *
 * It needs the ledger alone, so it is also possible while the service is not
 * ready.  The answer comes after the stop is durable: no result of a challenge
 * that is redeemed after that is eligible for the release.
 */
#include "front/api/api.h"
#include "front/api/route.h"
#include "front/front.h"
#include "front/json/request.h"
#include "front/json/write.h"
#include "wire/terms.h"

void
api_release_stop(struct request *r)
{
	AUTO(buf_release) struct buf note = buf_of(LIMIT_REASON);
	struct json_fault fault = { .problem = PROBLEM_UNAVAILABLE };
	struct wire_release_stop m = {
		.release = r->tail,
		.who = bytes_of_str(r->client->config->san),
	};

	if (!release_name_valid(r->tail)) {
		request_problem(r, PROBLEM_PATH_UNKNOWN, bytes_of(NULL, 0));
		return;
	}
	if (order_reason_parse(buf_bytes(&r->body), &note, &fault) != OK) {
		request_problem(r, fault.problem, bytes_of_str(fault.detail));
		return;
	}
	m.note = buf_bytes(&note);
	if (!api_ask_ledger(r, QUESTION_STOP, &m.request))
		return;
	wire_put_release_stop(&r->front->packet, &m);
	(void)front_send(r, r->front->ledger); /* false: it has answered */
}

err_t
api_release_on_stopped(struct question *q, const struct wire_release_stopped *m)
{
	struct request *r = q->request;
	struct buf *text = &r->front->text;

	if (!bytes_equal(m->release, r->tail))
		return E_MALFORMED; /* it answers another request */
	buf_reset(text);
	buf_append_str(text, "{\"release\":");
	json_put_string(text, m->release);
	buf_append_str(text, ",\"stop\":");
	json_put_hex(text, bytes_of(m->stop, sizeof(m->stop)));
	buf_append_str(text, ",\"stopped_at\":");
	json_put_time(text, m->stopped_ms / 1000);
	buf_append_str(text, "}");
	api_respond_text(r, m->fresh ? 201 : 200, text);
	return OK;
}
