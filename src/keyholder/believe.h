/*
 * believe.h - what a key holder believes of what a ledger wants signed.
 *
 * A result speaks about a challenge and about evidence.  Neither is the
 * ledger's to say: the challenge must be one that a key holder of ours signed,
 * and what was found of the evidence must carry a verifier's tag
 * (verdict_tag.h).  Tenant, workflow, bindings, nonce, id and times of the
 * challenge are taken from it; format, digests and policy from the finding.  Of
 * a challenge that cannot be believed the result says nothing.
 *
 * The ledger's own are the spending, the device's enrolment, sequence and times
 * of the result: it may add reasons to those of the finding, never take one
 * away, and say that nothing is known of a key's hardware.
 *
 * Pure: the time is an argument.
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

#include "keyholder/roots.h"

/* Seconds by which the ledger's clock may be ahead of or behind ours: its time
 * never goes back, so it is ahead after a clock was set back; and a part of a
 * second, of each. */
#define BELIEVE_SKEW_S (CLOCK_SKEW_S + 1)

struct believe_terms {
	const struct secret *tag_key;
	const struct roots *roots;
	const struct keyring *ring; /* all keys of the service */
	uint64_t now_s;
	uint64_t result_ttl_s; /* a result lives no longer */
};

/* Two of these are views into the message. */
struct believed {
	struct wire_finding finding;
	struct challenge challenge;
	struct ear_fields fields; /* for ear_compose() */
};

/*
 * E_MALFORMED: no ledger of ours asks for that.  E_DENIED: it is not signed, and
 * *ret_why says why; that may come of another life of the service (a tag of
 * before), of a clock, or of a verifier that lies.  In both cases nothing may be
 * signed.
 */
MUST_CHECK err_t believe(const struct believe_terms *t,
                         const struct wire_result_sign *m, struct believed *ret,
                         const char **ret_why);

#endif
