/*
 * verifier.h - the verifier's state: the service's keys, the policy, one
 * packet.
 *
 * The verifier keeps no data of a request after its answer was sent.  Its state
 * is files that can be replaced: the pinned public keys of the service, the trust
 * anchors, the revocation list, the live policy and the shadow policy.
 */
#ifndef VERIFIER_VERIFIER_H
#define VERIFIER_VERIFIER_H

#include "base/bytes.h"
#include "base/err.h"
#include "evidence/evidence.h"
#include "governance/in_force.h"
#include "crypto/keys/keyring.h"
#include "crypto/pins/pins.h"
#include "policy/policy.h"
#include "verifier/bundle_anchors.h"
#include "verifier/live.h"
#include "verifier/shadow.h"
#include "evidence/revocation/revocation.h"
#include "proc/config.h"
#include "proc/role.h"
#include "crypto/x509/chain.h"

#define VERIFIER_NO_LEDGER "verifier: no ledger"

/* One file of trust.anchors. */
struct anchor_file {
	struct x509_roots *roots; /* in force; NULL: it was never valid */
	/* Valid, but too many beside those of the other files: tried again
	 * when one of these changes. */
	struct x509_roots *waiting;
	char fault[512]; /* path and cause; counts while roots is NULL */
};

/* The trust anchors.  A file of them may be replaced: the others stay. */
struct verifier_trust {
	struct trust_anchors anchors; /* of all files that are in force; with
	                               * officers, of all tenants */
	struct anchor_file files[CONFIG_ANCHORS_MAX];
};

struct verifier {
	struct keyring *ring;
	struct live live;
	struct shadow shadow;
	struct verifier_trust trust;
	struct bundle_anchors bundle_anchors;
	struct in_force in_force;
	struct pins *pins; /* NULL: none yet */
	bool has_keys;
	struct secret *tag_key;          /* generated at each start */
	struct revocations *revocations; /* NULL: there is no list */
	enum revocation_age age;         /* as logged last */
	struct buf packet;               /* the answer being written */
};

/* Handles EVIDENCE from a front: appraises it and sends VERDICT to the ledger,
 * or EVIDENCE_REFUSED or UNAVAILABLE to the front.  E_MALFORMED. */
MUST_CHECK err_t verifier_evidence(struct role *r, struct edge *front,
                                   struct bytes packet);

/* Handles ENROLL_ASK from a front: sends ENROLL to the ledger, or a refusal to
 * the front.  E_MALFORMED. */
MUST_CHECK err_t verifier_enroll(struct role *r, struct edge *front,
                                 struct bytes packet);

/* Reads what is in force (in_force.h), at the start and whenever it was replaced. */
void verifier_read_pins(struct role *r);

/* trust.c: reads all files of trust anchors, at the start. */
void verifier_read_trust(struct role *r);

/* Reads that file again, if it is one of them. */
void verifier_trust_changed(struct role *r, const char *name);

/* Which file of trust anchors was never valid, and why; "": each is in force. */
const char *verifier_trust_fault(struct role *r);
void verifier_trust_release(struct verifier_trust *t);

/* Reads the file "revocation" likewise.  A stale list leads to refusals but
 * does not stop the verifier, because only Android evidence needs a list. */
void verifier_read_revocations(struct role *r);

/* The list in use, unless the trust bundle forbids one as old as that; NULL: there
 * is none. */
const struct revocations *verifier_revocations(const struct verifier *v);

/* Tells a front which list is in use. */
void verifier_tell_revocations(struct role *r, struct edge *front);
struct revocation_limits verifier_revocation_limits(const struct role *r);

/* Logs a change of the list's age class. */
void verifier_watch_age(struct role *r);

/* "" when a request can be appraised; otherwise what is missing. */
const char *verifier_lacks(struct role *r);

/* Sends v->packet to a front.  A packet that is lost is logged: the front is
 * down, or does not read. */
void verifier_send_front(struct verifier *v, struct edge *front);

/* Calls tell() for each front that is up. */
typedef void verifier_tell_fn(struct role *r, struct edge *front);
void verifier_tell_fronts(struct role *r, verifier_tell_fn *tell);

/* Answers UNAVAILABLE. */
void verifier_unavailable(struct role *r, struct edge *front, uint64_t request,
                          const char *why);

#endif
