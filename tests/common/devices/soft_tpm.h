/*
 * soft_tpm.h - an attester in software that can make thousands of quotes.
 *
 * It composes the structures of TPM 2.0 part 2 (TPM2B_PUBLIC, TPMS_ATTEST,
 * TPMT_SIGNATURE) with an OpenSSL key.  Every field can be set, so that a test
 * can make quotes that no TPM would make; soft_quote_of() and soft_tpm_new()
 * give valid ones.  The tests with swtpm cover the behaviour of a real TPM.
 */
#ifndef COMMON_DEVICES_SOFT_TPM_H
#define COMMON_DEVICES_SOFT_TPM_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* TCG Algorithm Registry. */
enum soft_alg {
	SOFT_RSA = 0x0001,
	SOFT_SHA256 = 0x000b,
	SOFT_SHA384 = 0x000c,
	SOFT_NULL = 0x0010,
	SOFT_RSASSA = 0x0014,
	SOFT_RSAPSS = 0x0016,
	SOFT_ECDSA = 0x0018,
	SOFT_ECC = 0x0023,
};

/* fixedTPM fixedParent sensitiveDataOrigin userWithAuth restricted sign */
#define SOFT_AK_ATTRIBUTES 0x00050072u
#define SOFT_ATTEST_MAGIC 0xff544347u
#define SOFT_ATTEST_QUOTE 0x8018u
#define SOFT_PCRS 24

/* An attestation key.  A test may change what soft_tpm_new() has set. */
struct soft_tpm {
	EVP_PKEY *key;
	uint16_t type; /* SOFT_ECC or SOFT_RSA */
	uint16_t name_alg;
	uint32_t attributes;
	uint16_t scheme, hash; /* of signatures, also in the public area */
	uint16_t sig_scheme;   /* in TPMT_SIGNATURE; normally like scheme */
};

/* Creates a key: P-256 with ECDSA, or RSA-2048 with RSASSA; both with
 * SHA-256. */
MUST_CHECK err_t soft_tpm_new(enum soft_alg type, struct soft_tpm **ret_tpm);
void soft_tpm_free(struct soft_tpm *tpm); /* accepts NULL */
DEFINE_AUTO(struct soft_tpm *, soft_tpm_free);

/* Appends the TPM2B_PUBLIC. */
void soft_tpm_public(const struct soft_tpm *tpm, struct buf *out);

/* The content of a quote, with the PCR values of one SHA-256 bank. */
struct soft_quote {
	uint32_t magic;
	uint16_t type;
	struct bytes signer; /* qualified signer's name */
	struct bytes nonce;  /* qualifying data */
	uint64_t clock;
	uint32_t resets, restarts;
	uint8_t safe;
	uint64_t firmware;
	uint16_t bank;
	uint32_t selected; /* bit i: PCR i */
	uint8_t pcrs[SOFT_PCRS][HASH_SIZE];
	struct bytes digest;  /* replaces that of the PCRs, unless empty */
	struct bytes trailer; /* bytes after the last field */
};

/* A valid quote over PCRs 0 and 7, see soft_pcr().  nonce is borrowed. */
struct soft_quote soft_quote_of(struct bytes nonce);

/* The value of a PCR of this TPM, which policies for it must list. */
void soft_pcr(unsigned index, uint8_t out[static HASH_SIZE]);

/* Appends the TPMS_ATTEST. */
void soft_quote_put(const struct soft_quote *q, struct buf *out);

/* Appends the TPMT_SIGNATURE over msg.  E_BUG: OpenSSL refused. */
MUST_CHECK err_t soft_tpm_sign(const struct soft_tpm *tpm, struct bytes msg,
                               struct buf *out);

/* Appends the JSON object of the format tpm2-quote: quote, signature, public
 * area and PCR values.  E_BUG, E_NOMEM. */
MUST_CHECK err_t soft_tpm_evidence(const struct soft_tpm *tpm,
                                   const struct soft_quote *q, struct buf *out);

#endif
