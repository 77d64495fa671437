/*
 * pending.h - open questions to other processes: maps an id to a waiting
 * request.
 *
 * An id names a slot and one use of it.  Uses are counted from a random start,
 * so that an answer that comes late or twice, or was meant for a process that
 * died before this one, finds nothing.  When a request ends, its questions have
 * nobody who waits but still count for its client until they are answered,
 * their deadline passes, or the other process ends.  A client that asks and
 * disconnects a thousand times a second thus has no more open questions than
 * one that waits.
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

/* The list heads of a request without questions. */
#define PENDING_NONE UINT32_MAX

/* The kind of question, which fixes the answers that may come. */
enum question_kind {
	QUESTION_CHALLENGE = 1,
	QUESTION_RESULT,
	QUESTION_ENROLLMENT,
	QUESTION_ENROLLMENTS,
	QUESTION_OUTCOMES,
	QUESTION_STOP,
	QUESTION_PERMITS,
	QUESTION_KNOWN,
	QUESTION_KNOWN_PAGE,
};

/* True for the kinds that read a page of what the ledger has. */
static inline bool
question_reads(uint8_t kind)
{
	return kind == QUESTION_OUTCOMES || kind == QUESTION_ENROLLMENTS ||
	       kind == QUESTION_PERMITS || kind == QUESTION_KNOWN_PAGE;
}

struct question {
	struct request *request;
	const struct edge *edge; /* the edge that it was sent to */
	uint64_t deadline_at;    /* monotonic; not before an earlier one's */
	uint32_t part;           /* index in an array */
	uint8_t kind;            /* QUESTION_ */
	uint8_t needs;           /* WIRE_ROLE_ bits of all roles involved */
	bool judged; /* a verifier passes it on: it counts in a window (crowd.h) */
};

/* start is the first id, random.  E_NOMEM. */
MUST_CHECK err_t pending_new(uint64_t start, struct pending **ret_pending);
void pending_free(struct pending *p); /* accepts NULL */
DEFINE_AUTO(struct pending *, pending_free);

/* Adds a question.  E_LIMIT: LIMIT_PENDING are open, or LIMIT_CLIENT_PENDING of
 * the request's client, or LIMIT_CLIENT_READINGS of them read a page. */
MUST_CHECK err_t pending_ask(struct pending *p, const struct question *q,
                             uint64_t *ret_id);

/* Ends a question and copies it; false: nobody waits for that id. */
bool pending_answer(struct pending *p, uint64_t id, struct question *ret_q);

/* An open question for which somebody waits; NULL: there is none. */
struct question *pending_open(struct pending *p, uint64_t id);

/* Puts such a question off until at_ms, not before those that were put off earlier.
 * Until then it waits for no process in particular; its id and its deadline stay.
 * E_LIMIT: LIMIT_PUT_OFF are. */
MUST_CHECK err_t pending_put_off(struct pending *p, uint64_t id,
                                 uint64_t at_ms);

/* The next question whose time has come, to be sent again under its id; NULL:
 * none. */
struct question *pending_due(struct pending *p, uint64_t now, uint64_t *ret_id);

/* The request has ended, so nobody waits for its questions. */
void pending_forget(struct pending *p, struct request *r);

/* Removes the request's questions, because they will be asked again of another
 * process and the first one is regarded as silent or gone. */
void pending_withdraw(struct pending *p, struct request *r);

/* The request that has waited longest, if its deadline has passed; or NULL. */
struct request *pending_overdue(struct pending *p, uint64_t now);

/* The requests with a question that was sent to that edge or needs one of those
 * roles, each once.  The list is valid until the next call.  All questions of
 * one request go to one edge. */
struct request *const *pending_lost(struct pending *p, const struct edge *e,
                                    unsigned roles, size_t *ret_count);

size_t pending_count(const struct pending *p);

#endif
