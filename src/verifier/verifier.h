/*
 * verifier.h - the verifier's own: keys of the service, policy, one packet.
 *
 * The role keeps nothing of a request after its answer left: what it knows is
 * the policy, given at the start, the pinned public keys of the service, and
 * for Android the pinned roots and the list of revocations, which change.
 */
#ifndef VERIFIER_VERIFIER_H
#define VERIFIER_VERIFIER_H

#include "base/bytes.h"
#include "base/err.h"
#include "evidence/evidence.h"
#include "crypto/keys/keyring.h"
#include "crypto/pins/pins.h"
#include "policy/policy.h"
#include "evidence/revocation/revocation.h"
#include "proc/role.h"
#include "crypto/x509/chain.h"

#define VERIFIER_NO_LEDGER "verifier: no ledger"

struct verifier {
	struct keyring *ring;
	struct policy *policy; /* NULL: did not parse, policy_why says why */
	struct buf policy_why;
	struct x509_roots *roots; /* NULL: no chain ends at any */
	struct buf trust_why;     /* the file of roots is there, and bad */
	struct pins *pins;        /* NULL: none yet */
	bool has_keys;
	struct secret *tag_key;          /* of this life of the service */
	struct revocations *revocations; /* NULL: there is no list */
	enum revocation_age age;         /* what the log said last */
	struct buf packet;               /* the answer being written */
};

/* One EVIDENCE from a front: appraised, then VERDICT to the ledger, or
 * EVIDENCE_REFUSED or UNAVAILABLE to the front.  E_MALFORMED. */
MUST_CHECK err_t verifier_evidence(struct role *r, struct edge *front,
                                   struct bytes packet);

/* One AK_ENROLL from a front: ENROLL to the ledger, or a refusal.
 * E_MALFORMED. */
MUST_CHECK err_t verifier_enroll(struct role *r, struct edge *front,
                                 struct bytes packet);

/* Reads the file "pins", at the start and whenever it came again. */
void verifier_read_pins(struct role *r);

/* Reads the file "trust", at the start and whenever it came again. */
void verifier_read_trust(struct role *r);

/* The same for the file "revocation".  An old list is a reason to refuse and
 * not to stop: other formats need none. */
void verifier_read_revocations(struct role *r);

/* Tells a front which list is in use; NULL: all fronts. */
void verifier_tell_revocations(struct role *r, struct edge *front);
struct revocation_limits verifier_revocation_limits(const struct role *r);

/* Says in the log how old the list is, when that changed. */
void verifier_watch_age(struct role *r);

/* "" when a request can be judged; otherwise what is missing. */
const char *verifier_lacks(struct role *r);

/* Answers UNAVAILABLE. */
void verifier_unavailable(struct role *r, struct edge *front, uint64_t request,
                          const char *why);

#endif
