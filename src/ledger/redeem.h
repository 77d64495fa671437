/*
 * redeem.h - the rules of single use: the outcome of a verdict.
 *
 * A challenge is redeemed once.  The insert in the store decides which request
 * does it, never a value that was read before.  A verdict on a redeemed
 * challenge is either an honest retry (same tenant, same evidence, same
 * observation), which gets the first outcome, or a replay.  Any other obstacle
 * (forged, expired, an epoch that the ledger does not know) is recorded and
 * signed without redeeming the challenge.
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

/* Seconds that a redemption is kept beyond RETRY_GRACE_S after the challenge's
 * expiry.  Not needed for safety, because the ledger's time never goes back and
 * a repair shuts all known lives; it is a margin. */
#define REDEEM_KEEP_S 60

struct config;
struct keys;
struct rollout;

struct redeem_terms {
	struct store *store;
	const struct keys *keys;       /* NULL: keys are not checked */
	const struct rollout *rollout; /* in force; NULL: none */
	const struct config *config; /* whose clients have settings; or NULL */
	uint64_t now_ms;             /* not before the store's latest time */
	uint64_t horizon_ms;   /* challenges issued until then do not count */
	uint32_t ttl_max_s;    /* longest lifetime of a challenge */
	uint64_t sequence;     /* for the next new outcome */
	uint64_t result_ttl_s; /* lifetime of a result */
	uint8_t jti[CTI_SIZE]; /* for the next new outcome */
	struct bytes handle;   /* for the device to be enrolled; or empty */
};

/* False: no honest verifier can have sent this verdict. */
bool redeem_verdict_valid(const struct wire_verdict *v);

/* The reasons why the challenge cannot be redeemed; 0: it can, unless it was.
 * epoch is that of the life that issued it; NULL: unknown, or not to be
 * served. */
reason_set redeem_obstacle(const struct wire_verdict *v,
                           const struct redeem_terms *t,
                           const struct store_epoch *epoch);

/* True if the verdict is an honest retry of the redemption with this outcome
 * and observation: tenant, nonce, evidence and observation are the same. */
bool redeem_is_retry(const struct wire_verdict *v, const struct outcome *first,
                     const store_hash observed);

/*
 * Applies the rules within the store's open transaction.  *ret_new: the outcome
 * was recorded now and has used sequence and jti; otherwise it is that of the
 * first redemption.  *spent is what is stored with it and needed to sign it: a
 * retry with the same finding is signed with its own tag, which is of this run
 * of the service, any other retry with the first one's.  spent->jwt is the
 * first result, if it is stored.  E_IO: the store failed.  E_BUG, E_NOMEM.
 */
MUST_CHECK err_t redeem(const struct redeem_terms *t,
                        const struct wire_verdict *v, struct redemption *spent,
                        struct outcome *ret_outcome, bool *ret_new);

/* *ret_needs: a handle must be made before redeem() can enrol the device. */
MUST_CHECK err_t redeem_needs_handle(const struct redeem_terms *t,
                                     const struct wire_verdict *v,
                                     bool *ret_needs);

/* The statement to sign, without its challenge; has views into both. */
struct wire_result_sign redeem_statement(const struct outcome *o,
                                         const struct redemption *spent);

#endif
