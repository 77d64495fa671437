/*
 * tpm2_pkcs11_kit.h - the PKCS#11 module libtpm2-pkcs11 with a software TPM,
 * and a second software TPM beside it.
 *
 * The module stores its keys in its own database, as blobs under a key of the
 * TPM.  It generates no HMAC keys, and its data objects are rows of that
 * database.  So the handle key and the epoch are in the second TPM.  Two are
 * needed because swtpm serves one client at a time; a kernel's resource manager
 * could share one.
 */
#ifndef COMMON_DEVICES_TPM2_PKCS11_KIT_H
#define COMMON_DEVICES_TPM2_PKCS11_KIT_H

#include "base/auto.h"
#include "hsm/core/hsm.h"
#include "tests/common/devices/swtpm_kit.h"

#define TPM2_PKCS11_LABEL "anchord-test"

struct tpm2_pkcs11 {
	struct swtpm tpm, beside;
	const char *module;
	char uri[512];
	uint8_t public_sha256[HASH_SIZE];
};

/* Creates a token with a signing key of this algorithm.  False: the module or
 * swtpm is not available, and the test was marked as skipped. */
bool tpm2_pkcs11_open(struct tpm2_pkcs11 *t, enum alg alg);
void tpm2_pkcs11_close(struct tpm2_pkcs11 *t);
DEFINE_AUTO_REF(struct tpm2_pkcs11, tpm2_pkcs11_close);

/* Creates a token without a key; creates a key in it like keygen. */
bool tpm2_pkcs11_open_empty(struct tpm2_pkcs11 *t);
MUST_CHECK err_t tpm2_pkcs11_key(struct tpm2_pkcs11 *t, enum alg alg,
                                 struct buf *why);

struct hsm_options tpm2_pkcs11_options(const struct tpm2_pkcs11 *t);

/* Does what the kernel's resource manager does after a process has ended, and
 * what firmware does after the start of a TPM; the module does neither. */
void tpm2_pkcs11_tidy(const struct tpm2_pkcs11 *t);

#endif
