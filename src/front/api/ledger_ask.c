/*
 * ledger_ask.c - what the handlers share that ask the ledger alone and answer by
 * a document.
 */
#include "front/api/api.h"
#include "front/front.h"

bool
api_ask_ledger(struct request *r, enum question_kind kind, uint64_t *ret_id)
{
	struct question q = {
		.kind = kind,
		.edge = r->front->ledger,
		.needs = WIRE_ROLE_LEDGER,
	};

	return front_ask(r, &q, ret_id);
}

void
api_respond_text(struct request *r, unsigned status, const struct buf *text)
{
	if (buf_status(text) != OK)
		request_problem(r, PROBLEM_UNAVAILABLE, bytes_of(NULL, 0));
	else
		request_json(r, status, buf_bytes(text));
}
