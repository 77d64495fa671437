/*
 * outcomes.h - lets fronts read stored outcomes, beside the decisions.
 *
 * Single use depends on this process, so a reader must never hold it up.  What
 * is asked for waits in a queue of its own.  A round first commits its works and
 * sends the answers; then it reads one page at most.  A page looks at
 * OUTCOMES_SCAN outcomes at most, whatever it finds, in slices: after
 * OUTCOMES_PAGE_US no further slice is begun, so that a disk that must be waited
 * for is asked for some twenty of its pages at a time.  After a page that took
 * some time no other is read for OUTCOMES_REST times as long, so that all
 * readers together take a fifth of the time at most.
 *
 * The tenant is the front's word, as in every message: fronts own the rights.
 * A front that was taken over reads the outcomes of all tenants; it changes
 * none, and delays no decision by more than a page (docs/threat-model.md).
 */
#ifndef LEDGER_OUTCOMES_H
#define LEDGER_OUTCOMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "ledger/store/outcomes.h"

struct edge;
struct ledger;

#define OUTCOMES_ROWS 100u  /* most outcomes of a page; they fit in a packet */
#define OUTCOMES_SCAN 4096u /* most outcomes that a page looks at */
#define OUTCOMES_REST 4u    /* the pause, in times of the last page */
#define OUTCOMES_REST_MAX_US 900000u /* longest pause */
#define OUTCOMES_SLICE 256u          /* looked at in one go */
#define OUTCOMES_PAGE_US 10000u      /* then a page has no further slice */

/* Pages that wait: of one front, and of all.  An honest front has one under way
 * for each client at most.  What is beyond is answered "busy". */
#define OUTCOMES_FRONT_MAX 16u
#define OUTCOMES_WAITING_MAX 64u

struct reading {
	uint16_t front;
	uint64_t request;
	struct outcome_query query;
};

struct readings {
	size_t n;         /* in the order of arrival */
	uint64_t page_us; /* OUTCOMES_PAGE_US */
	uint64_t next_at; /* monotonic, microseconds: no page before */
	struct reading rows[OUTCOMES_WAITING_MAX];
};

/* OUTCOMES_ASK.  E_MALFORMED: no honest front says that. */
MUST_CHECK err_t outcomes_ask(struct ledger *l, const struct edge *from,
                              struct bytes packet);

/* Reads and answers one page, if one waits and may be read now; to be called
 * after the round's transaction. */
void outcomes_turn(struct ledger *l);

/* answer.c */
void answer_outcomes(struct ledger *l, uint16_t front,
                     const struct wire_outcomes *m);

/* Drops what a front waits for that is gone. */
void outcomes_forget(struct ledger *l, uint16_t front);

#endif
