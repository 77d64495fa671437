/*
 * readings.h - lets fronts read what is stored, beside the decisions: pages of
 * outcomes, of enrolments, of permits and of the devices that a tenant knows.
 *
 * Single use depends on this process, so a reader must never hold it up.  What
 * is asked for waits in a queue of its own, all kinds in the order of arrival. A
 * round first commits its works and sends the answers; then it reads one page at
 * most, outside of any transaction.  A page looks at as many rows as its kind
 * says at most, whatever it finds, in slices: after READINGS_PAGE_US no further
 * slice is begun, so that a disk that must be waited for is asked for some
 * twenty of its pages at a time.  After a page that took some time no other is
 * read for READINGS_REST times as long, so that all readers together take a
 * fifth of the time at most.
 *
 * The tenant is the front's word, as in every message: fronts own the rights.
 * A front that was taken over reads what is stored of all tenants; it changes
 * nothing, and delays no decision by more than a page (docs/threat-model.md).
 */
#ifndef LEDGER_READINGS_H
#define LEDGER_READINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ledger/reading_page.h"
#include "ledger/store/enrolments.h"
#include "ledger/store/outcomes.h"
#include "ledger/store/preregistrations.h"
#include "ledger/store/rollouts.h"

struct edge;
struct ledger;
struct reading;

/* Most rows of a page of outcomes, enrolments or permits, as in the front. */
#define READINGS_ROWS 100u

#define READINGS_REST 4u             /* the pause, in times of the last page */
#define READINGS_REST_MAX_US 900000u /* longest pause */
#define READINGS_PAGE_US 10000u      /* then a page has no further slice */

/* Pages that wait: of one front, and of all.  An honest front has one under way
 * for each client at most.  What is beyond is answered "busy". */
#define READINGS_FRONT_MAX 16u
#define READINGS_WAITING_MAX 64u

/* Rows that are looked at: in one go, and for one page.  A row of enrolments or
 * permits is found by an index and costs a search in another table; outcomes lie
 * side by side. */
#define OUTCOMES_SLICE 256u
#define OUTCOMES_SCAN 4096u
#define LISTING_SLICE 100u
#define LISTING_SCAN 1000u

/* The functions for one kind of page. */
struct reading_kind {
	uint16_t id; /* of the message that asks */
	const char
	        *unreadable; /* the line of the log when a row cannot be read */
	uint64_t rows;       /* most of a page; so many fit in a packet */
	uint64_t slice, scan; /* rows that are looked at */

	/* Checks the packet and sets request, limit and its member of the
	 * union, which keeps no view.  E_MALFORMED: no honest front says that. */
	err_t (*take)(struct bytes packet, struct reading *ret);

	/* Appends up to limit - p->n rows, of up to `slice`, moves the place
	 * where the reading goes on behind them, and sets more. */
	err_t (*read)(struct store *s, struct reading *r,
	              struct reading_page *p);

	void (*answer)(struct ledger *l, const struct reading *r,
	               struct bytes rows);
};

extern const struct reading_kind outcomes_kind, enrolments_kind, permits_kind,
        preregistrations_kind;

/* Of a tenant's enrolments. */
struct listing_place {
	struct store_small tenant, after, format, prefix;
	enum wire_device_state state;
	uint64_t since_s;
	uint64_t silent_before; /* a day; 0: any */
};

/* Of the permits of a release in a channel. */
struct permits_place {
	struct store_small tenant, release, channel, after;
	uint64_t finished;  /* those that are looked at now: 0, then 1 */
	uint64_t last;      /* the last value of it */
	bool held, expired; /* only those that count now, or do not */
};

/* Of the devices that a tenant knows before they enrol. */
struct known_place {
	struct store_small tenant;
	uint16_t after_kind; /* 0: from the first */
	store_hash after;
};

struct reading {
	const struct reading_kind *kind;
	uint16_t front;
	uint64_t request;
	uint64_t limit; /* most rows of the page */
	uint64_t now_s; /* the ledger's time when it is read */
	bool more;      /* there may be something behind the place */
	union {         /* where it goes on, and what is wanted */
		struct outcome_query outcomes;
		struct listing_place enrolments;
		struct permits_place permits;
		struct known_place known;
	};
};

struct readings {
	size_t n;         /* in the order of arrival */
	uint64_t pages;   /* that were read since the start */
	uint64_t page_us; /* READINGS_PAGE_US */
	uint64_t next_at; /* monotonic, microseconds: no page before */
	struct reading rows[READINGS_WAITING_MAX];
};

/* A message that asks for a page, or E_NOT_FOUND: it is none.  E_MALFORMED: no
 * honest front says that. */
MUST_CHECK err_t readings_ask(struct ledger *l, const struct edge *from,
                              struct bytes packet);

/* Reads and answers one page, if one waits and may be read now; to be called
 * after the round's transaction. */
void readings_turn(struct ledger *l);

/* Drops what a front waits for that is gone. */
void readings_forget(struct ledger *l, uint16_t front);

/* answer.c */
void answer_outcomes(struct ledger *l, uint16_t front,
                     const struct wire_outcomes *m);
void answer_enrollments(struct ledger *l, uint16_t front,
                        const struct wire_enrollment_page *m);
void answer_permits(struct ledger *l, uint16_t front,
                    const struct wire_permits *m);
void answer_preregistrations(struct ledger *l, uint16_t front,
                             const struct wire_preregistration_page *m);

#endif
