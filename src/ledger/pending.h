/*
 * pending.h - open requests to the key holder, and the fronts that wait for
 * them.
 *
 * A signature in progress is found by its request id and by the sequence number
 * of its outcome and the form of the result, so that an honest retry joins it
 * instead of requesting it again.  A signed result stays here until the store has it.
 */
#ifndef LEDGER_PENDING_H
#define LEDGER_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/reason.h"
#include "wire/wire.h"

#include "ledger/store/enrolments.h"

#define PENDING_MAX 8192u      /* a power of two; further ones are "busy" */
#define PENDING_WAITERS_MAX 64 /* retries of one request at a time */

enum pending_kind { PENDING_FREE, PENDING_SIGN, PENDING_HANDLE };

struct waiter {
	struct waiter *next;
	uint16_t front;
	uint64_t request; /* the front's request id */
};

struct pending {
	enum pending_kind kind;
	uint64_t request;    /* our request id, unique in this process */
	uint64_t started_at; /* monotonic */
	struct waiter *waiters;
	size_t n_waiters;
	uint16_t keyholder; /* the key holder that was asked */
	bool again;         /* another key holder was asked before */
	struct buf asked;   /* the request, if another could be asked */

	/* PENDING_SIGN */
	struct pending *same; /* next in the hash chain */
	uint64_t sequence;
	enum wire_result_form form;
	store_id cti;
	bool redeemed;
	reason_set reasons;
	enum wire_enrolled enrolled;
	enum wire_device_state device; /* when enrolled */
	struct store_small handle;     /* when enrolled */
	uint64_t retry_after_s;
	struct store_small shadow_id; /* empty, or the one to be counted */
	reason_set shadow_reasons;
	struct buf jwt; /* empty until signed */
	struct pending *next_signed;

	/* PENDING_HANDLE */
	struct buf held; /* the VERDICT or ENROLL that waits for it */
};

struct pendings {
	uint64_t count; /* requests ever made */
	size_t n;
	size_t n_signed; /* results that the store does not have yet */
	struct pending *first_signed;
	struct pending *rows; /* PENDING_MAX */
	struct pending *by_sequence[PENDING_MAX];
};

MUST_CHECK err_t pendings_init(struct pendings *ps); /* E_NOMEM */
void pendings_release(struct pendings *ps);

/* Adds a request of kind PENDING_HANDLE, or PENDING_SIGN for the outcome with
 * that sequence number.  E_LIMIT: there are PENDING_MAX already. */
MUST_CHECK err_t pending_add(struct pendings *ps, enum pending_kind kind,
                             uint64_t sequence, struct pending **ret);
/* Finds a request by its id, or the signature of an outcome in this form; NULL:
 * none. */
struct pending *pending_find(struct pendings *ps, uint64_t request);
struct pending *pending_of(struct pendings *ps, uint64_t sequence,
                           enum wire_result_form form);
void pending_drop(struct pendings *ps, struct pending *p);

/* Adds a front's request that waits for p.  E_LIMIT, E_NOMEM. */
MUST_CHECK err_t pending_wait(struct pending *p, uint16_t front,
                              uint64_t request);
void pending_unwait(struct pending *p); /* removes all waiters */

/* Keeps the signed result until pendings_drop_signed().  E_NOMEM, E_LIMIT. */
MUST_CHECK err_t pending_sign(struct pendings *ps, struct pending *p,
                              struct bytes jwt);
void pendings_drop_signed(struct pendings *ps);

/* Removes a front that is gone, so that its successor gets no answer meant for
 * it. */
void pendings_forget(struct pendings *ps, uint16_t front);

#endif
