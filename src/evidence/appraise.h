/*
 * appraise.h - the appraisal of evidence against a challenge, common to all
 * formats.
 *
 * The verifier calls appraise(), `anchorctl appraise` appraise_evidence().  The
 * steps are, in this order:
 *
 *	1. the request's evidence object is read
 *	2. the challenge parses, its receipt verifies, issuer, audience
 *	3. expiry, other times, workflow, channel
 *	4. bindings
 *	5. the evidence parses, its nonce is the challenge's
 *	6. the device group of the policy (policy/select.h), and the format's
 *	   checks under its rules
 *
 * A failure in step 2, 3 or 5 ends the appraisal with one reason.  The reasons
 * of step 4 and of steps 5 and 6 are all in the result.
 *
 * A shadow policy judges the same challenge and evidence by steps 3 to 6, after the
 * live one.  What it says is a member of the result of its own, and nothing else of
 * the result depends on it.
 *
 * Pure: the time is an argument.
 */
#ifndef EVIDENCE_APPRAISE_H
#define EVIDENCE_APPRAISE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "crypto/token/challenge.h"
#include "base/err.h"
#include "evidence/evidence.h"
#include "evidence/key_change.h"
#include "crypto/keys/keyring.h"
#include "policy/policy.h"
#include "policy/select.h"
#include "wire/reason.h"
#include "wire/terms.h"

struct appraise_request {
	struct bytes tenant;
	uint16_t workflows;    /* bits of enum workflow: the tenant's */
	struct bytes channels; /* the tenant's, comma-separated; empty: any */
	struct bytes challenge;
	struct bytes evidence; /* JSON object */
	struct bindings observed;
	struct challenge_rules rules;
	uint64_t now_s;
	bool enroll;                 /* a good verdict enrols the key */
	struct key_change change;    /* or gives it to an enrolled device */
	const struct policy *shadow; /* or NULL */

	/* For formats with certificate chains; both may be NULL. */
	const struct trust_anchors *anchors;
	const struct revocations *revocations;
	struct revocation_limits revocation_limits;
};

struct appraise_result {
	/* Step 2 succeeded: the claims may be used, and the ledger may redeem
	 * the challenge.  Otherwise challenge is all zero. */
	bool redeemable;
	struct challenge challenge;
	struct appraisal appraisal;
	const char *format;                 /* its name; "": unknown format */
	bool proved;                        /* the format's self_proving */
	uint8_t evidence_digest[HASH_SIZE]; /* SHA-256 of request.evidence */
	uint8_t previous[HASH_SIZE];        /* key_change_signed(), or zero */

	/* What the shadow policy refuses the evidence for.  Where no policy had
	 * a say (step 2), the reasons of the appraisal. */
	reason_set shadow_reasons;
};

/* Bad evidence is not an error: the result has the reasons.  E_MALFORMED: the
 * request itself is malformed (step 1) and why has the cause; nothing was
 * appraised.  E_NOMEM. */
MUST_CHECK err_t appraise(const struct appraise_request *request,
                          const struct keyring *ring,
                          const struct policy *policy, struct buf *why,
                          struct appraise_result *ret_result);

/* Steps 5 and 6 alone, with a nonce that the caller trusts.  policy NULL:
 * judges authenticity and freshness only. */
void appraise_evidence(struct evidence *evidence, struct bytes nonce,
                       const struct policy *policy,
                       struct appraisal *ret_appraisal);

/* The same of a device of which the challenge says something, for a policy with
 * device groups: the first one that takes the device judges it.  When none does,
 * only authenticity is judged, and group-denied is added.  appraise_evidence()
 * knows nothing of the device but its evidence. */
void appraise_device(struct evidence *evidence, struct bytes nonce,
                     const struct policy *policy,
                     const struct policy_subject *subject,
                     struct appraisal *ret_appraisal);

#endif
