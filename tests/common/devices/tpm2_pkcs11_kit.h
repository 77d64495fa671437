/*
 * tpm2_pkcs11_kit.h - PKCS#11 on a TPM (libtpm2-pkcs11), on a TPM made of
 * software; and a second such TPM beside it.
 *
 * The module keeps its keys in a database of its own, as blobs under a key of
 * the TPM.  It has no HMAC keys that it makes itself, and what it calls a data
 * object is a row of that database: handle key and epoch are in the TPM
 * beside.  There are two TPMs, as swtpm talks to one client at a time; a
 * kernel with a resource manager shares one.
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

/* A token with a signing key of this algorithm.  False: there is no such
 * module or no swtpm here (the test is marked as skipped). */
bool tpm2_pkcs11_open(struct tpm2_pkcs11 *t, enum alg alg);
void tpm2_pkcs11_close(struct tpm2_pkcs11 *t);
DEFINE_AUTO_REF(struct tpm2_pkcs11, tpm2_pkcs11_close);

/* A token without a key; and one that is made in it, as keygen says. */
bool tpm2_pkcs11_open_empty(struct tpm2_pkcs11 *t);
MUST_CHECK err_t tpm2_pkcs11_key(struct tpm2_pkcs11 *t, enum alg alg,
                                 struct buf *why);

struct hsm_options tpm2_pkcs11_options(const struct tpm2_pkcs11 *t);

/* What a kernel's resource manager does for a process that is gone, and
 * firmware for a TPM that was started: the module does neither. */
void tpm2_pkcs11_tidy(const struct tpm2_pkcs11 *t);

#endif
