/*
 * appraise.h - the framework around the formats: freshness and bindings first.
 *
 * The verifier and `anchorctl appraise` run this same code.  Order, fixed
 * here and nowhere else: challenge parses, receipt verifies, issuer, audience,
 * expiry, the other times, workflow, bindings, evidence parses, nonce, and only then the
 * format's own checks under the policy.  All reasons of the binding step and
 * of the format's step are collected; an earlier failure ends the appraisal.
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
#include "crypto/keys/keyring.h"
#include "policy/policy.h"
#include "wire/reason.h"
#include "wire/terms.h"

struct appraise_request {
	struct bytes tenant;
	uint16_t workflows; /* bits of enum workflow that the tenant may use */
	struct bytes channels; /* comma-separated; empty: any */
	struct bytes challenge;
	struct bytes evidence; /* JSON object */
	struct bindings observed;
	struct challenge_rules rules;
	uint64_t now_s;
	bool enroll; /* the key is to be enrolled by this */

	/* For formats whose chains end at a root; both may be NULL. */
	const struct trust_anchors *anchors;
	const struct revocations *revocations;
	struct revocation_limits revocation_limits;
};

struct appraise_result {
	/* The receipt verified and the audience fits: claims may be believed
	 * and the challenge be redeemed.  Otherwise challenge is all zero. */
	bool redeemable;
	struct challenge challenge;
	struct appraisal appraisal;
	const char *format;                 /* a row's name, "" when none */
	bool proved;                        /* the row's self_proving */
	uint8_t evidence_digest[HASH_SIZE]; /* SHA-256 of request.evidence */
};

/* Never fails on bad evidence: reasons say so.  E_MALFORMED: the request
 * itself is malformed (evidence_open), why says where; nothing was appraised. */
MUST_CHECK err_t appraise(const struct appraise_request *request,
                          const struct keyring *ring,
                          const struct policy *policy, struct buf *why,
                          struct appraise_result *ret_result);

/* The second half alone: evidence against a nonce that the caller vouches
 * for.  policy may be NULL: authenticity and freshness only. */
void appraise_evidence(struct evidence *evidence, struct bytes nonce,
                       const struct policy *policy,
                       struct appraisal *ret_appraisal);

#endif
