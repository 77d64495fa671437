/*
 * trust.h - what an offline appraisal trusts: keys and CA certificates.
 *
 * The service trusts an attestation key because it was enrolled; offline there
 * is no ledger, so files name the trust.  A key that is named is trusted as
 * it is.  A CA vouches through an AK certificate: chain, time and purpose are
 * checked, and the certificate's key must be the evidence's.
 */
#ifndef EVIDENCE_TPM_TRUST_H
#define EVIDENCE_TPM_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/reason.h"
#include "evidence/tpm/verify.h"

#define TPM_TRUST_KEYS_MAX 1024 /* keys of one appraisal */
#define TPM_CHAIN_MAX 8         /* certificates that evidence may carry */

struct tpm_trust;

/* at_s: the time for certificates. */
MUST_CHECK err_t tpm_trust_new(uint64_t at_s, struct tpm_trust **ret_trust);
void tpm_trust_free(struct tpm_trust *trust); /* accepts NULL */
DEFINE_AUTO(struct tpm_trust *, tpm_trust_free);

/* Adds what a file names: PEM or DER keys and certificates, TPM2B_PUBLIC,
 * TPMT_PUBLIC.  E_MALFORMED: something else.  E_DENIED: a key that nobody
 * should trust.  E_LIMIT. */
MUST_CHECK err_t tpm_trust_add(struct tpm_trust *trust, struct bytes file,
                               struct buf *why);

/* A chain, leaf first. */
struct tpm_certs {
	size_t n;
	struct bytes der[TPM_CHAIN_MAX];
};

/* The key of a certificate.  E_MALFORMED, E_DENIED. */
MUST_CHECK err_t tpm_key_of_certificate(struct bytes der,
                                        struct tpm_key **ret_key);

/* The i-th key that was named, by itself or by its certificate.  E_NOT_FOUND:
 * past the end; anything else: no key of a TPM.  It is trusted only when
 * tpm_trust_judge() says so. */
MUST_CHECK err_t tpm_trust_candidate(const struct tpm_trust *trust, size_t i,
                                     struct tpm_key **ret_key);

/* Why the key is not trusted: chain-untrusted, chain-expired,
 * chain-malformed; 0 when it is.  area: its TPMT_PUBLIC, empty when unknown.
 * *ret_proved: its attributes are proved, too, by the area that was named or
 * by a device-identity certificate; otherwise an area is the evidence's word. */
reason_set tpm_trust_judge(const struct tpm_trust *trust,
                           const struct tpm_key *key, struct bytes area,
                           const struct tpm_certs *certs, bool *ret_proved);

#endif
