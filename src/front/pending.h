/*
 * pending.h - questions to other processes under way: id to waiting request.
 *
 * An id names a slot and one use of it; uses are counted from a random start,
 * so an answer that comes late, twice, or for a process that died before this
 * one finds nothing.  A request that goes away leaves its questions without
 * anybody who waits; they still count as its client's, until they are answered,
 * the deadline is over or the other side is gone: who asks and hangs up, a
 * thousand times a second, has no more under way than who waits.
 */
#ifndef FRONT_PENDING_H
#define FRONT_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "wire/wire.h"

struct edge;
struct pending;
struct request;

/* What a request without questions has in its two list heads. */
#define PENDING_NONE UINT32_MAX

/* What is asked, and with it which answers may come. */
enum question_kind {
	QUESTION_CHALLENGE = 1,
	QUESTION_RESULT,
	QUESTION_ENROLLMENT,
};

struct question {
	struct request *request;
	const struct edge *edge; /* it left through this one */
	uint64_t deadline_at; /* monotonic; never before an earlier asker's */
	uint32_t part;        /* which element of an array */
	uint8_t kind;         /* QUESTION_ */
	uint8_t needs;        /* WIRE_ROLE_ bits of all that work on it */
};

/* start is where ids begin: random.  E_NOMEM. */
MUST_CHECK err_t pending_new(uint64_t start, struct pending **ret_pending);
void pending_free(struct pending *p); /* accepts NULL */
DEFINE_AUTO(struct pending *, pending_free);

/* E_LIMIT: LIMIT_PENDING are under way, or LIMIT_CLIENT_PENDING of the
 * request's client. */
MUST_CHECK err_t pending_ask(struct pending *p, const struct question *q,
                             uint64_t *ret_id);

/* Ends a question and copies it out; false: nobody waits for that id. */
bool pending_answer(struct pending *p, uint64_t id, struct question *ret_q);

/* Nobody waits for the request's questions any more. */
void pending_forget(struct pending *p, struct request *r);

/* Takes them back: they will be asked of somebody else, and whoever was asked is
 * given up as silent or gone. */
void pending_withdraw(struct pending *p, struct request *r);

/* The request that has waited longest, when its deadline is over; or NULL. */
struct request *pending_overdue(struct pending *p, uint64_t now);

/* The requests whose question left through that edge, or needs one of those
 * roles; each once.  The list is good until the next call.  All questions of
 * one request leave through one edge. */
struct request *const *pending_lost(struct pending *p, const struct edge *e,
                                    unsigned roles, size_t *ret_count);

size_t pending_count(const struct pending *p);

#endif
