/*
 * admit.h - decides whether a device that is not enrolled may be.
 *
 * Where the configuration says so of a tenant (clients.enrollment), only devices on
 * its list enrol.  The ledger reads that itself, so neither a front nor a verifier
 * can leave it out.
 */
#ifndef LEDGER_ADMIT_H
#define LEDGER_ADMIT_H

#include "base/bytes.h"
#include "base/err.h"

#include "ledger/redeem.h"
#include "ledger/store/preregistrations.h"

/* The device, by what its evidence or its statement proves. */
struct admit_device {
	struct bytes tenant;
	const uint8_t *identity; /* HASH_SIZE */
	struct bytes chain;      /* as in VERDICT; empty: by a statement */
};

enum admit_answer {
	ADMIT_YES,
	ADMIT_NOT_LISTED, /* the tenant has no entry for it that is free */
	ADMIT_REPLACED,   /* a device had this key, and has another one now */
};

struct admission {
	enum admit_answer answer;
	bool listed; /* by this entry */
	struct known_name by;
};

/* Within the transaction that enrols it, or before its handle is asked for. */
MUST_CHECK err_t admit_judge(const struct redeem_terms *t,
                             const struct admit_device *d,
                             struct admission *ret);

/* The device was enrolled under that handle: its entry is used. */
MUST_CHECK err_t admit_done(const struct redeem_terms *t, struct bytes tenant,
                            const struct admission *a, struct bytes handle);

/* The device of a verdict. */
struct admit_device admit_of_verdict(const struct wire_verdict *v);

#endif
