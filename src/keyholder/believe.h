/*
 * believe.h - the checks of a result before the key holder signs it for a
 * ledger.
 *
 * A result is a statement about a challenge and about evidence, and the ledger
 * is trusted for neither.  The challenge must have been signed by one of our
 * key holders, and the finding about the evidence must carry a verifier's tag
 * (verdict_tag.h).  Tenant, workflow, bindings, nonce, id and times of the
 * challenge are taken from the challenge; format, digests and policy from the
 * finding.  A result about a challenge that is not ours repeats none of its
 * claims.
 *
 * The ledger decides on redemption, enrolment, and the result's sequence and
 * times.  It may add reasons to the finding but not remove any, and it may
 * state that nothing is known about a key's hardware.
 *
 * A finding by another trust bundle than the one in force is refused, because
 * what was trusted then may be so no more.  For the time of one request the
 * bundle before counts, too: the ledger may have decided just before the change.
 *
 * The functions do not read the clock; the time is an argument.
 */
#ifndef KEYHOLDER_BELIEVE_H
#define KEYHOLDER_BELIEVE_H

#include <stdint.h>

#include "crypto/token/challenge.h"
#include "base/clock.h"
#include "crypto/token/ear.h"
#include "base/err.h"
#include "crypto/keys/keyring.h"
#include "base/secret.h"
#include "wire/wire.h"

#include "governance/in_force.h"
#include "keyholder/roots.h"

/* Accepted difference in seconds between the ledger's clock and ours.  The
 * ledger's time never goes back, so it is ahead after a clock was set back; one
 * second is added for the rounding of both. */
#define BELIEVE_SKEW_S (CLOCK_SKEW_S + 1)

struct believe_terms {
	const struct secret *tag_key;
	const struct roots *roots;
	const struct keyring *ring; /* all keys of the service */
	uint64_t now_s;
	uint64_t result_ttl_s; /* longest lifetime of a result */
	const struct in_force *in_force;
	uint64_t now_ms;      /* monotonic */
	uint64_t deadline_ms; /* a request lasts no longer */
};

/* The result of believe(); finding and challenge have views into the
 * message. */
struct believed {
	struct wire_finding finding;
	struct challenge challenge;
	struct ear_fields fields; /* for ear_compose() */
};

/*
 * Checks the message and fills in the fields to sign.  E_MALFORMED: no honest
 * ledger sends it.  E_DENIED: refused, and *ret_why has the cause; this can
 * follow from a restart of the service (the tag is from before), from clocks,
 * or from a lying verifier.  In both cases nothing is signed.
 */
MUST_CHECK err_t believe(const struct believe_terms *t,
                         const struct wire_result_sign *m, struct believed *ret,
                         const char **ret_why);

#endif
