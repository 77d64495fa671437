/*
 * pending.h - what the key holder was asked, and who waits for its answer.
 *
 * A signature that is under way is known by its request and by its outcome's
 * sequence, so that an honest retry joins it instead of asking twice.  A
 * signed result stays here until the store has it.
 */
#ifndef LEDGER_PENDING_H
#define LEDGER_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/reason.h"
#include "wire/wire.h"

#include "ledger/store/enrolments.h"

#define PENDING_MAX 8192u      /* a power of two; more are told "busy" */
#define PENDING_WAITERS_MAX 64 /* retries of one request that wait at once */

enum pending_kind { PENDING_FREE, PENDING_SIGN, PENDING_HANDLE };

struct waiter {
	struct waiter *next;
	uint16_t front;
	uint64_t request; /* the front's */
};

struct pending {
	enum pending_kind kind;
	uint64_t request;    /* ours, unique in this process's life */
	uint64_t started_at; /* monotonic */
	struct waiter *waiters;
	size_t n_waiters;
	uint16_t holder;  /* the key holder that was asked */
	bool again;       /* and another before it */
	struct buf asked; /* the question, when another could be asked */

	/* PENDING_SIGN */
	struct pending *same; /* sequence, by its hash */
	uint64_t sequence;
	store_id cti;
	bool redeemed;
	reason_set reasons;
	uint8_t enrolled;          /* enum redeem_enrolled */
	struct store_small handle; /* when enrolled */
	struct buf jwt;            /* empty until signed */
	struct pending *next_signed;

	/* PENDING_HANDLE */
	struct enrolment enrolment; /* but for its handle */
	struct buf held; /* the verdict that waits for it; or empty */
};

struct pendings {
	uint64_t count; /* requests ever made */
	size_t n;
	size_t n_signed; /* results that the store does not have yet */
	struct pending *first_signed;
	struct pending *rows; /* PENDING_MAX */
	struct pending *by_sequence[PENDING_MAX];
};

MUST_CHECK err_t pendings_init(struct pendings *ps);
void pendings_release(struct pendings *ps);

/* A new row, of the kind PENDING_HANDLE or PENDING_SIGN.  E_LIMIT. */
MUST_CHECK err_t pending_add(struct pendings *ps, enum pending_kind kind,
                             uint64_t sequence, struct pending **ret);
struct pending *pending_find(struct pendings *ps, uint64_t request);
struct pending *pending_of(struct pendings *ps, uint64_t sequence);
void pending_drop(struct pendings *ps, struct pending *p);

MUST_CHECK err_t pending_wait(struct pending *p, uint16_t front,
                              uint64_t request);
void pending_unwait(struct pending *p); /* forgets all waiters */

/* Keeps the signed result until pendings_drop_signed().  E_NOMEM, E_LIMIT. */
MUST_CHECK err_t pending_sign(struct pendings *ps, struct pending *p,
                              struct bytes jwt);
void pendings_drop_signed(struct pendings *ps);

/* A front is gone: nobody may be answered in its successor's place. */
void pendings_forget(struct pendings *ps, uint16_t front);

#endif
