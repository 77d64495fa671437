/*
 * quote.h - the evidence format "tpm2-quote", shared by its files; see
 * evidence.h.
 *
 *	quote_read.c     reads a request's JSON
 *	quote_files.c    reads files
 *	quote.c          parses and appraises
 *	quote_rules.c    holds it against a policy's rules
 *	quote_inspect.c  writes JSON
 */
#ifndef EVIDENCE_TPM_QUOTE_H
#define EVIDENCE_TPM_QUOTE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/auto.h"
#include "base/buf.h"
#include "evidence/evidence.h"
#include "evidence/tpm/attest.h"
#include "evidence/tpm/pcrs.h"
#include "evidence/tpm/public.h"
#include "evidence/tpm/signature.h"
#include "evidence/tpm/trust.h"
#include "evidence/tpm/verify.h"

#define TPM_QUOTE_PART_MAX (1024 * 1024) /* bytes of one member */

/* How the attestation key was given. */
enum ak_form {
	AK_NONE,
	AK_TPM2B, /* with attributes: the only form in the service */
	AK_TPMT,
	AK_SPKI, /* a bare key: attributes unknown, offline only */
};

/* The members as received, and their parsed form (views into them). */
struct tpm_quote {
	struct buf attest_bytes, signature_bytes, ak_bytes;
	struct buf event_log, ima_log;
	struct buf certs[TPM_CHAIN_MAX];
	size_t n_certs;
	enum ak_form ak_form;
	struct tpm_pcrs pcrs;

	struct tpm_attest attest;
	struct tpm_signature signature;
	struct tpm_public ak; /* AK_TPM2B, AK_TPMT */

	/* Offline */
	struct tpm_trust *trust;
	bool allow_sha1;

	/* Found by appraise() */
	bool key_trusted, signature_good;
	bool attributes_proved; /* by trust, not only stated by the evidence */

	/* The three above and key_reasons are already of this evidence and
	 * trust.  A policy has a say in them only by whether it allows the
	 * signature's algorithms, without which the signature is not verified:
	 * so a second policy is judged without verifying again. */
	enum { TPM_UNJUDGED, TPM_KEY_JUDGED, TPM_SIGNATURE_JUDGED } judged;
	reason_set key_reasons;
};

struct tpm_quote *tpm_quote_new(void); /* NULL: no memory */
void tpm_quote_free(void *own);        /* accepts NULL */
DEFINE_AUTO(struct tpm_quote *, tpm_quote_free);

MUST_CHECK err_t tpm_quote_read(const json_t *object, struct buf *why,
                                void **ret_own);
MUST_CHECK err_t tpm_quote_read_files(const struct bytes *files, size_t n,
                                      struct buf *why, void **ret_own);

/* Parses the public area in ak_bytes by its form.  E_MALFORMED. */
MUST_CHECK err_t tpm_quote_parse_ak(const struct tpm_quote *q, struct buf *why,
                                    struct tpm_public *ret_public);

/* quote.c; see struct evidence_format. */
extern const struct evidence_leniency tpm_quote_leniencies[];
MUST_CHECK err_t tpm_quote_enroll(struct bytes statement, struct buf *why,
                                  struct enrollee *ret_enrollee);
MUST_CHECK err_t tpm_quote_parse(void *own, struct buf *why);
struct bytes tpm_quote_nonce(const void *own);
MUST_CHECK err_t tpm_quote_offline(void *own,
                                   const struct evidence_offline *offline,
                                   struct buf *why);
MUST_CHECK err_t tpm_quote_appraise(void *own, const struct policy *policy,
                                    struct appraisal *ret_appraisal);

/* quote_rules.c.  True if the values that came along are the quote's and all
 * rules hold (NULL: there are none); *ret_state: the state that holds, a view
 * into the rules, or NULL.  The other: see struct policy_group. */
struct tpm_rules;
bool tpm_quote_pcrs_hold(const struct tpm_quote *q,
                         const struct tpm_rules *rules, const char **ret_state);
bool tpm_quote_matches(const void *match, const void *own);

json_t *tpm_quote_inspect(const void *own);
json_t *tpm_quote_claims(const void *own);
json_t *tpm_quote_not_appraised(const void *own);

#endif
