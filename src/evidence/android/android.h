/*
 * android.h - the evidence format "android-key", shared by its files; see
 * evidence.h.
 *
 *	read.c             reads a request's JSON
 *	files.c            reads files
 *	key.c              parses the certificates and finds their extensions
 *	key_description.c  parses the extension that attests a key
 *	provisioning.c     parses the extension of remotely provisioned keys
 *	json.c             writes JSON
 *	trust.c            the trusted roots
 *	chain.c            judges the chain
 *	rules.c            judges the device by the policy
 *	levels.c           versions and patch levels
 *	proof.c            verifies a signature by the enrolled key
 *	possession.c       decides whether the attested key may confirm a result
 *	appraise.c         the verdict
 *
 * Parsing trusts nothing that it finds.  chain.c decides which certificate may
 * have which extension and whether a trusted root leads to it.
 */
#ifndef EVIDENCE_ANDROID_ANDROID_H
#define EVIDENCE_ANDROID_ANDROID_H

#include <jansson.h>
#include <stdbool.h>

#include "evidence/android/chain.h"
#include "evidence/android/key_description.h"
#include "evidence/android/provisioning.h"
#include "base/auto.h"
#include "base/buf.h"
#include "evidence/evidence.h"
#include "crypto/x509/cert.h"

#define ANDROID_CHAIN_MAX 10           /* certificates */
#define ANDROID_CERT_MAX X509_CERT_MAX /* bytes of one */
#define ANDROID_PROOF_MAX 1024         /* bytes of proof, of proof_key */
#define ANDROID_NO_TARGET SIZE_MAX

#define ANDROID_OID_KEY_DESCRIPTION "1.3.6.1.4.1.11129.2.1.17"
#define ANDROID_OID_PROVISIONING "1.3.6.1.4.1.11129.2.1.30"

struct android_trust; /* trust.h */

/* One certificate of the chain.  Extensions are counted, because a second one
 * is an attack; the first one is parsed. */
struct android_cert {
	struct buf der;
	struct x509_cert *x509; /* NULL: it does not parse */
	size_t n_descriptions;
	struct key_description *description; /* NULL: none, or malformed */
	size_t n_provisioning;
	struct android_provisioning provisioning;
};

struct android_evidence {
	size_t n;
	struct android_cert certs[ANDROID_CHAIN_MAX]; /* leaf first */

	/* Members "proof" and "proof_key": a signature by the enrolled key
	 * over the nonce, and that key as a DER SubjectPublicKeyInfo; empty
	 * when absent. */
	struct buf proof;
	struct buf proof_key;

	/* android_examine() sets the members from here to vouched.
	 * malformed: a line for each certificate or extension that does not
	 * parse; parse() then fails.
	 * misordered: by their names, the certificates are not leaf first.
	 * second: index at which a second chain begins; 0: there is none.
	 * parse() accepts the latter two, so that the verdict names them. */
	struct buf malformed;
	bool misordered;
	size_t second;

	/* Indices of certificates with a KeyDescription.  target: the nearest
	 * to the leaf, whose challenge is the nonce.  vouched: the nearest to
	 * the root.  They differ if an attest key signed the target, or if an
	 * attacker extended the chain.  ANDROID_NO_TARGET: no certificate has
	 * a KeyDescription; parse() then fails. */
	size_t target;
	size_t vouched;

	struct android_trust *trust; /* NULL: nothing is trusted */
	struct android_chain chain;  /* set by appraise() */
	bool proof_good;             /* set by appraise() */

	/* chain and proof_good are already of this trust.  No policy has a say
	 * in them but for the leniency, so a second one is judged without
	 * verifying again. */
	enum { ANDROID_UNJUDGED, ANDROID_STRICT, ANDROID_LENIENT } judged;
	struct confirmation confirmation; /* set by appraise() */
};

struct android_evidence *android_new(void); /* NULL: no memory */
void android_free(void *own);               /* accepts NULL */
DEFINE_AUTO(struct android_evidence *, android_free);

MUST_CHECK err_t android_read(const json_t *object, struct buf *why,
                              void **ret_own);
MUST_CHECK err_t android_read_files(const struct bytes *files, size_t n,
                                    struct buf *why, void **ret_own);
struct bytes android_nonce(const void *own);

/* Parses the certificates; called once, after the last android_add().
 * Malformed certificates are not an error here.  E_NOMEM. */
MUST_CHECK err_t android_examine(struct android_evidence *e);

/* Adds a certificate.  E_LIMIT: too many, or too long. */
MUST_CHECK err_t android_add(struct android_evidence *e, struct bytes der);

/* The target's KeyDescription; NULL: there is none, or it is malformed. */
const struct key_description *android_target(const struct android_evidence *e);

/* The certificate directly above e->vouched, whose key signed the attestation
 * and whose subject names the security level.  NULL: there is none. */
const struct android_cert *android_batch(const struct android_evidence *e);

/* formed: there is no proof, or its encoding is that of a signature by a key of
 * proof_key's type.  holds: it is a valid signature over the nonce.  is_own:
 * proof_key is the attested key. */
bool android_proof_formed(const struct android_evidence *e);
bool android_proof_holds(const struct android_evidence *e);
bool android_proof_is_own(const struct android_evidence *e);

/* The attested key, if its hardware signs with it what it is given; only of
 * evidence that has no reason against it. */
struct confirmation android_possession(const struct android_evidence *e);

json_t *android_inspect(const void *own);

/* Adds "provisioning_info" from the certificate nearest to the leaf that has
 * the extension. */
void android_set_provisioning(json_t *o, const struct android_evidence *e);

/* appraise.c; see struct evidence_format. */
extern const struct evidence_leniency android_leniencies[];
MUST_CHECK err_t android_offline(void *own,
                                 const struct evidence_offline *offline,
                                 struct buf *why);
void android_vouch(void *own, const struct trust_context *context);
void android_roots_drop_software(struct x509_roots *roots);
MUST_CHECK err_t android_appraise(void *own, const struct policy *policy,
                                  struct appraisal *ret_appraisal);
json_t *android_claims(const void *own);
json_t *android_not_appraised(const void *own);
void android_trust_free(struct android_trust *trust); /* accepts NULL */

#endif
