/*
 * trust.h - the trust of an appraisal of Android evidence, and its steps.
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
	bool ledger;   /* the ledger will compare with the enrolled key */
	bool enroll;   /* a good verdict enrols the key */
	bool succeeds; /* and the device's key has signed it */
};

DEFINE_AUTO(struct android_trust *, android_trust_free);

void android_chain_judge(const struct android_evidence *e,
                         const struct android_trust *trust, bool batch_not_ca,
                         struct android_chain *ret_chain);

/* Judges the device by the policy's requirements; chain is the result of
 * android_chain_judge(). */
struct policy_android;
reason_set android_rules_judge(const struct android_evidence *e,
                               const struct android_chain *chain,
                               const struct policy_android *policy,
                               uint64_t at_s);

/* The state that the device is in, a view into the policy; NULL: none. */
const char *android_rules_state(const struct policy_android *policy,
                                const struct android_list *hardware);

#endif
