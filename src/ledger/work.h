/*
 * work.h - a message that needs the store, from its arrival to its answer.
 */
#ifndef LEDGER_WORK_H
#define LEDGER_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "wire/wire.h"

#include "ledger/redeem.h"
#include "ledger/store/enrolments.h"
#include "ledger/store/rollouts.h"
#include "ledger/store/store.h"

struct edge;

/* Works in one round; further requests are answered "busy".  Memory is bounded
 * by this number times some kilobytes for each verdict. */
#define WORKS_MAX 8192u

struct ledger;
struct work;

/* The functions for one type of message that needs the store. */
struct work_kind {
	uint16_t id;

	/* At arrival: checks the packet and sets front and request.
	 * E_MALFORMED ends the process.  E_NOT_FOUND: no request waits for the
	 * answer any more. */
	err_t (*accept)(struct ledger *l, const struct edge *from,
	                struct work *w);

	/* Within the transaction; a failure fails the whole group. */
	err_t (*run)(struct ledger *l, struct redeem_terms *t, struct work *w);

	/* After the commit. */
	void (*finish)(struct ledger *l, struct work *w);
};

#define WORK_NO_FRONT UINT16_MAX /* its front has ended: no answer */

/* Why a work is not answered with the outcome of its transaction. */
enum work_lacks {
	WORK_LACKS_NOTHING,
	WORK_NEEDS_HANDLE, /* the key holder must make one first */
	WORK_CONFLICT,     /* the handle exists for another device */
	WORK_OTHER_BUNDLE, /* it was judged by a bundle that is not ours */
	WORK_NO_ROLLOUT,   /* a rollout file must judge it, and none can */
};

struct work {
	struct work *next;
	const struct work_kind *kind;
	uint16_t front;
	uint64_t request;

	/* verdicts.c: the outcome, and in which form its result is wanted. */
	enum wire_result_form form;
	struct outcome outcome;
	bool recorded;           /* the outcome is a new one */
	struct redemption spent; /* stored with the outcome */

	/* stops.c: the stop that is in force; recorded: it is a new one. */
	struct stop stop;

	/* known.c: what a batch added, and what was there. */
	struct {
		uint32_t added, known;
	} known;

	/* enrolments.c: the answer; for a verdict, its device's handle. */
	enum work_lacks lacks;
	enum wire_enrolment_answer state;
	struct enrolment enrolment;
	enum wire_device_state before; /* the state before a change of it */
	struct buf held;               /* the packet that waited for a handle */

	size_t len;
	uint8_t packet[];
};

void ledger_work_free(struct work *w); /* accepts NULL */
DEFINE_AUTO(struct work *, ledger_work_free);

/* verdicts.c, enrolments.c, handles.c, lifecycle.c, stops.c */
extern const struct work_kind verdict_kind, enroll_kind, handle_made_kind,
        enrollment_get_kind, enrollment_delete_kind, enrollment_change_kind,
        release_stop_kind;

/* known.c */
extern const struct work_kind preregister_kind, preregistration_delete_kind;

#endif
