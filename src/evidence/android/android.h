/*
 * android.h - the evidence "android-key" between its files; see evidence.h.
 *
 *	read.c             from a request's JSON
 *	files.c            from files
 *	key.c              parse, nonce: what the chain holds
 *	key_description.c  the extension that attests a key
 *	provisioning.c     the extension of remotely provisioned keys
 *	json.c             inspect
 *	trust.c            whose roots count
 *	chain.c            the rules for the chain
 *	rules.c            what a policy asks
 *	levels.c           versions and patch levels
 *	proof.c            a signature by the enrolled key
 *	appraise.c         the judgement
 *
 * Parsing finds what is there and believes none of it.  Which certificate may
 * say what, and who vouches for it, is the judgement's to decide.
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
#define ANDROID_PROOF_MAX 1024         /* bytes: RSA-4096 and to spare */
#define ANDROID_NO_TARGET SIZE_MAX

#define ANDROID_OID_KEY_DESCRIPTION "1.3.6.1.4.1.11129.2.1.17"
#define ANDROID_OID_PROVISIONING "1.3.6.1.4.1.11129.2.1.30"

struct android_trust; /* appraise.c's: what a person trusts */

/* One certificate, leaf first.  Extensions are counted, because one twice is
 * an attack; parsed is the first. */
struct android_cert {
	struct buf der;
	struct x509_cert *x509;
	size_t n_descriptions;
	struct key_description *description; /* NULL: none, or malformed */
	size_t n_provisioning;
	struct android_provisioning provisioning;
};

struct android_evidence {
	size_t n;
	struct android_cert certs[ANDROID_CHAIN_MAX];

	/* Members "proof" and "proof_key": a signature by the enrolled key
	 * over the nonce, and that key; empty when absent. */
	struct buf proof;
	struct buf proof_key;

	/* All below is found when the evidence is read.  malformed: one line
	 * for each certificate or extension that does not parse; parse() then
	 * fails.  misordered: by the names, the certificates are not leaf
	 * first; second: where a second chain begins behind the first, 0 for
	 * none.  parse() lets both pass, so that the judgement can name it. */
	struct buf malformed;
	bool misordered;
	size_t second;

	/* target: the certificate with a KeyDescription that
	 * is nearest to the leaf; the nonce is its challenge.  vouched: the one
	 * nearest to the root.  They differ when an attest key signs (or when
	 * somebody extended the chain); ANDROID_NO_TARGET when there is none:
	 * then parse() fails. */
	size_t target;
	size_t vouched;

	struct android_trust *trust; /* NULL: nothing is trusted */
	struct android_chain chain;  /* the last appraise() found this */
	bool proof_good;             /* and this */
};

struct android_evidence *android_new(void); /* NULL: no memory */
void android_free(void *own);               /* accepts NULL */
DEFINE_AUTO(struct android_evidence *, android_free);

MUST_CHECK err_t android_read(const json_t *object, struct buf *why,
                              void **ret_own);
MUST_CHECK err_t android_read_files(const struct bytes *files, size_t n,
                                    struct buf *why, void **ret_own);
struct bytes android_nonce(const void *own);

/* Fills in what the certificates hold; called once, when all are there. */
MUST_CHECK err_t android_examine(struct android_evidence *e);

/* Adds a certificate.  E_LIMIT: too many, or too long. */
MUST_CHECK err_t android_add(struct android_evidence *e, struct bytes der);

/* The target's description; NULL when there is none. */
const struct key_description *android_target(const struct android_evidence *e);

/* The proof can be one by proof_key; true without one.  Does it hold over the
 * nonce, and is proof_key the key that hardware vouches for? */
bool android_proof_formed(const struct android_evidence *e);
bool android_proof_holds(const struct android_evidence *e);
bool android_proof_is_own(const struct android_evidence *e);

json_t *android_inspect(const void *own);

/* Adds "provisioning_info" of the certificate nearest to the leaf. */
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
