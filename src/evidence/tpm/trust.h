/*
 * trust.h - the keys and CA certificates that an offline appraisal trusts.
 *
 * The service trusts an attestation key because it was enrolled.  Offline there
 * is no ledger, so files name the trusted keys.  A named key is trusted as it
 * is.  A CA endorses a key through an AK certificate: chain, time and purpose
 * are checked, and the certificate's key must be the evidence's.
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

/* at_s: the time at which certificates must be valid. */
MUST_CHECK err_t tpm_trust_new(uint64_t at_s, struct tpm_trust **ret_trust);
void tpm_trust_free(struct tpm_trust *trust); /* accepts NULL */
DEFINE_AUTO(struct tpm_trust *, tpm_trust_free);

/* Adds the content of a file: keys and certificates in PEM or DER,
 * TPM2B_PUBLIC, TPMT_PUBLIC.  On failure it adds nothing, and why has the
 * cause.  E_MALFORMED: anything else.  E_DENIED: a public area that is not an
 * attestation key's, or a weak key.  E_LIMIT: too many keys. */
MUST_CHECK err_t tpm_trust_add(struct tpm_trust *trust, struct bytes file,
                               struct buf *why);

/* A chain, leaf first. */
struct tpm_certs {
	size_t n;
	struct bytes der[TPM_CHAIN_MAX];
};

/* The key of a certificate in DER.  E_MALFORMED: not a certificate.  E_DENIED:
 * see tpm_key_of_spki(). */
MUST_CHECK err_t tpm_key_of_certificate(struct bytes der,
                                        struct tpm_key **ret_key);

/* The i-th of the named keys and of the keys of named certificates, for
 * evidence that does not contain its key.  E_NOT_FOUND: past the last one; any
 * other error: this one cannot be a TPM's key.  The caller must still ask
 * tpm_trust_judge() whether the key is trusted. */
MUST_CHECK err_t tpm_trust_candidate(const struct tpm_trust *trust, size_t i,
                                     struct tpm_key **ret_key);

/* Why the key is not trusted: chain-untrusted, chain-expired, chain-malformed;
 * 0: it is trusted.  area: its TPMT_PUBLIC, empty if unknown.  *ret_proved is
 * true if its attributes are proved as well, by a named area or by an IAK
 * certificate (ak_cert.h); otherwise only the evidence states them. */
reason_set tpm_trust_judge(const struct tpm_trust *trust,
                           const struct tpm_key *key, struct bytes area,
                           const struct tpm_certs *certs, bool *ret_proved);

#endif
