/*
 * public.h - TPMT_PUBLIC: the public area of a TPM key, its Name and
 * attributes.
 *
 * The Name (nameAlg and the digest of the area) covers every attribute, so a
 * key with other attributes has another Name (TPM 2.0 Library, Part 1,
 * "Names").
 */
#ifndef EVIDENCE_TPM_PUBLIC_H
#define EVIDENCE_TPM_PUBLIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define TPM_PUBLIC_MAX 1024 /* bytes of a TPM2B_PUBLIC */

/*   NAME                  bit         text */
#define TPM_ATTRIBUTES(A)                                      \
	A(FIXED_TPM, 0x00000002, "fixedTPM")                   \
	A(ST_CLEAR, 0x00000004, "stClear")                     \
	A(FIXED_PARENT, 0x00000010, "fixedParent")             \
	A(SENSITIVE_ORIGIN, 0x00000020, "sensitiveDataOrigin") \
	A(USER_WITH_AUTH, 0x00000040, "userWithAuth")          \
	A(ADMIN_WITH_POLICY, 0x00000080, "adminWithPolicy")    \
	A(FIRMWARE_LIMITED, 0x00000100, "firmwareLimited")     \
	A(SVN_LIMITED, 0x00000200, "svnLimited")               \
	A(NO_DA, 0x00000400, "noDA")                           \
	A(ENCRYPTED_DUP, 0x00000800, "encryptedDuplication")   \
	A(RESTRICTED, 0x00010000, "restricted")                \
	A(DECRYPT, 0x00020000, "decrypt")                      \
	A(SIGN, 0x00040000, "sign")                            \
	A(X509_SIGN, 0x00080000, "x509sign")

enum tpm_attribute {
#define TPM_ATTRIBUTE_ENUM(name, bit, text) TPM_ATTRIBUTE_##name = (bit),
	TPM_ATTRIBUTES(TPM_ATTRIBUTE_ENUM)
#undef TPM_ATTRIBUTE_ENUM
};

struct tpm_curve {
	uint16_t id;         /* TPM_ECC_CURVE */
	const char *name;    /* "P-256" */
	const char *openssl; /* "P-256"; NULL: not supported */
	size_t size;         /* bytes of a coordinate */
};

/* Views point into the input. */
struct tpm_public {
	struct bytes area; /* all of TPMT_PUBLIC */
	uint16_t type;     /* TPM_ALG_RSA or TPM_ALG_ECC */
	uint16_t name_alg;
	uint32_t attributes;
	struct bytes auth_policy;
	uint16_t symmetric; /* TPM_ALG_NULL: no cipher, as in a signing key */
	uint16_t scheme;    /* TPM_ALG_NULL: the key may use any scheme */
	uint16_t scheme_hash;

	/* RSA */
	uint16_t bits;
	uint32_t exponent; /* 65537 if the area has 0, its default */
	struct bytes modulus;

	/* ECC */
	const struct tpm_curve *curve;
	struct bytes x, y;
};

/* Parses the whole input strictly; the first function expects a u16 size before
 * the area.  E_MALFORMED: it does not parse, or is neither RSA nor ECC; why has
 * the cause. */
MUST_CHECK err_t tpm2b_public_parse(struct bytes in, struct buf *why,
                                    struct tpm_public *ret_public);
MUST_CHECK err_t tpmt_public_parse(struct bytes in, struct buf *why,
                                   struct tpm_public *ret_public);

/* Checks that it is an attestation key: created in its TPM, not exportable,
 * restricted to sign only what the TPM has produced, and strong enough.
 * E_DENIED: why names the attribute or parameter that is not as required. */
MUST_CHECK err_t tpm_public_check_ak(const struct tpm_public *p,
                                     struct buf *why);

#endif
