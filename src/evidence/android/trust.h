/*
 * trust.h - what an appraisal of Android evidence trusts, and its steps.
 */
#ifndef EVIDENCE_ANDROID_TRUST_H
#define EVIDENCE_ANDROID_TRUST_H

#include "evidence/android/android.h"
#include "evidence/revocation/revocation.h"
#include "crypto/x509/chain.h"

/* In the service the members are borrowed, offline they are owned. */
struct android_trust {
	uint64_t at_s;
	const struct x509_roots *roots; /* NULL: none */
	struct x509_roots *own_roots;
	const struct revocations *revocations;
	struct revocation_limits limits; /* max_age_s 0: no list is needed */
	bool batch_not_ca;
	bool ledger; /* the ledger compares with the enrolled key later */
	bool enroll; /* the key is to be enrolled by this */
};

DEFINE_AUTO(struct android_trust *, android_trust_free);

void android_chain_judge(const struct android_evidence *e,
                         const struct android_trust *trust, bool batch_not_ca,
                         struct android_chain *ret_chain);

/* Judges a device whose chain was judged by the policy's requirements. */
struct policy_android;
reason_set android_rules_judge(const struct android_evidence *e,
                               const struct android_chain *chain,
                               const struct policy_android *policy,
                               uint64_t at_s);

/* The certificate directly above the one whose key the hardware attests; its
 * subject names the security level.  NULL: none. */
const struct android_cert *android_batch(const struct android_evidence *e);

#endif
