/*
 * tpm_trust.h - what an offline appraisal trusts: keys and CA certificates.
 *
 * The service trusts an attestation key because it was enrolled; offline there
 * is no ledger, so files name the trust.  A key that is named is trusted as
 * it is.  A CA vouches through an AK certificate: chain, time and purpose are
 * checked, and the certificate's key must be the evidence's.
 */
#ifndef TPM_TRUST_H
#define TPM_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include "auto.h"
#include "buf.h"
#include "bytes.h"
#include "err.h"
#include "reason.h"
#include "tpm_verify.h"

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

/* The i-th key that was named, NULL past the end. */
const struct tpm_key *tpm_trust_key_at(const struct tpm_trust *trust, size_t i);

/* Why the key is not trusted: chain-untrusted, chain-expired,
 * chain-malformed; 0 when it is.  area: its TPMT_PUBLIC, empty when unknown.
 * certs: the evidence's, leaf first. */
reason_set tpm_trust_judge(const struct tpm_trust *trust,
                           const struct tpm_key *key, struct bytes area,
                           const struct bytes *certs, size_t n);

#endif
