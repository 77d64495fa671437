/*
 * redeem.h - the rules of single use: what one verdict becomes.
 *
 * A challenge is spent once.  Who spends it is decided by the store's insert
 * and by nothing that was read before.  A verdict on a spent challenge is an
 * honest retry (same tenant, same evidence, same observation) and gets the
 * first one's outcome, or it is a replay.  Everything else that stands in the
 * way (forged, expired, an epoch that the ledger does not know) is recorded
 * and signed without spending anything.
 */
#ifndef LEDGER_REDEEM_H
#define LEDGER_REDEEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/reason.h"
#include "wire/wire.h"

#include "ledger/store/enrolments.h"
#include "ledger/store/epochs.h"

/* Seconds that a redemption is kept beyond RETRY_GRACE_S, by the expiry that the challenge
 * claims.  Time never goes back for the ledger, and a repair shuts all lives
 * that it has heard of, so none are needed; they are for the reader. */
#define REDEEM_KEEP_S 60

struct keys;

struct redeem_terms {
	struct store *store;
	const struct keys *keys; /* NULL: nobody asks for keys */
	uint64_t now_ms;         /* never before what the store has seen */
	uint64_t horizon_ms;     /* what was issued up to then is too old */
	uint32_t ttl_max_s;      /* what challenges may live at most */
	uint64_t sequence;       /* for the next new outcome */
	uint64_t result_ttl_s;   /* how long a result lives */
	uint8_t jti[CTI_SIZE];   /* for the next new outcome */
	struct bytes handle;     /* made for the device to enrol; or empty */
};

/* outcome.enrolled, and ENROLLMENT's and RESULT's word for the same. */
enum redeem_enrolled {
	REDEEM_NOT_ENROLLED = 0, /* nobody asked, or it was refused */
	REDEEM_ENROLLED_BEFORE = 1,
	REDEEM_ENROLLED_NOW = 2,
};

/* False when a verifier that is ours could not have said this. */
bool redeem_verdict_valid(const struct wire_verdict *v);

/* Why the challenge cannot be spent; 0 when it can, if nobody has.  epoch: of
 * the life that issued it; NULL: unknown, or not to be served. */
reason_set redeem_obstacle(const struct wire_verdict *v,
                           const struct redeem_terms *t,
                           const struct store_epoch *epoch);

/* What the enrolment adds; e is NULL when the tenant has none such.  The one
 * that the challenge names, or when the device is to be enrolled that of its
 * key. */
reason_set redeem_device(const struct wire_verdict *v,
                         const struct enrolment *e);

bool redeem_is_retry(const struct wire_verdict *v, const struct outcome *first,
                     const store_hash observed);

/*
 * Applies all of it within the store's open transaction.  *ret_new: the outcome
 * was recorded now and used up sequence and jti; otherwise it is that of the
 * first redemption.  *spent is what is kept with it, by which it is signed: a
 * retry whose finding is the first one's is signed by its own tag, which is of
 * this life of the service; any other by the first one's.  spent->jwt is the
 * first result, when it is stored.
 */
MUST_CHECK err_t redeem(const struct redeem_terms *t,
                        const struct wire_verdict *v, struct redemption *spent,
                        struct outcome *ret_outcome, bool *ret_new);

/* Must a handle be made before redeem() can enrol the device? */
MUST_CHECK err_t redeem_needs_handle(const struct redeem_terms *t,
                                     const struct wire_verdict *v,
                                     bool *ret_needs);

/* The statement to sign, but for its challenge; views into both. */
struct wire_result_sign redeem_statement(const struct outcome *o,
                                         const struct redemption *spent);

#endif
