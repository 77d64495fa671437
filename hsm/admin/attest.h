/*
 * attest.h - has a TPM certify what it holds, by an attestation key of its own:
 * the signing key (TPM2_Certify), the trust counter and the trust head
 * (TPM2_NV_Certify, with their contents).
 *
 * The attestation key is made for that, in the endorsement hierarchy, where the
 * same seed makes the same key each time.  It is restricted: it signs nothing
 * that the TPM did not make itself.  What it proves, and what not, is in
 * docs/ceremonies.md.  Errors are those of admin.h.
 */
#ifndef HSM_ADMIN_ATTEST_H
#define HSM_ADMIN_ATTEST_H

#include "hsm/admin/admin.h"

/* The structures of TPM 2.0 Part 2, as the TPM has them.  Views are valid during
 * the call alone. */
struct hsm_attested {
	const char *what;       /* "ak" (public alone), "key", "trust-counter",
	                   * "trust-head" */
	uint32_t handle;        /* 0: ak, or a key in a file */
	struct bytes public;    /* TPMT_PUBLIC, or TPMS_NV_PUBLIC */
	struct bytes attest;    /* TPMS_ATTEST */
	struct bytes signature; /* TPMT_SIGNATURE */
};

struct hsm_attest_ops {
	void (*attested)(void *arg, const struct hsm_attested *attested);
	void *arg;
};

/* The attestation key comes first.  An index that is not there, or has no value
 * yet, is left out.  pin is that of the signing key.  E_LATCHED: no such key, or
 * the PIN was refused or not tried.  E_DENIED: the endorsement hierarchy has an
 * authorisation value. */
MUST_CHECK err_t hsm_token_attest(const struct hsm_token_name *name,
                                  const struct secret *pin,
                                  const uint8_t nonce[static HASH_SIZE],
                                  const struct hsm_attest_ops *ops,
                                  struct buf *why);

#endif
