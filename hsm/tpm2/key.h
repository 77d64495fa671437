/*
 * key.h - finds, checks, holds and releases the service's keys and its counter
 * in a TPM.
 */
#ifndef HSM_TPM2_KEY_H
#define HSM_TPM2_KEY_H

#include "hsm/tpm2/int.h"

/* Attributes that every key of the service must have, and exactly those of its
 * counter; t2_lockout_judge() decides about noDA. */
#define T2_KEY_MUST                                                   \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |             \
	 TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | \
	 TPMA_OBJECT_SIGN_ENCRYPT)
#define T2_EPOCH_ATTRIBUTES                     \
	(TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | \
	 ((uint32_t)TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT))

/* find.c: finds a key by its handle, or loads it from its file; what names the
 * key in messages.  The caller must not hold another object for the same
 * handle, because ESYS returns the same object for a handle each time.
 * E_LATCHED: there is no key.  E_CONFIG: the file is missing or malformed. */
MUST_CHECK err_t t2_find_key(struct tpm2 *t, const struct t2_place *place,
                             const char *what, struct t2_key *ret_key);
MUST_CHECK err_t t2_read_public(struct tpm2 *t, ESYS_TR key,
                                TPMT_PUBLIC *ret_public);
/* Finds the key and checks that the service may use it: E_LATCHED if it could
 * leave the TPM or can do more than sign.  The caller releases *ret_key by
 * t2_let_go() also after a failure. */
MUST_CHECK err_t t2_find_signing(struct tpm2 *t, const struct t2_place *place,
                                 struct t2_key *ret_key,
                                 struct hsm_found *ret_found);
/* The same for the handle key (t->mac) and for the counter (t->epoch). */
MUST_CHECK err_t t2_find_mac(struct tpm2 *t, const struct t2_place *place);
MUST_CHECK err_t t2_find_epoch(struct tpm2 *t, uint32_t handle);

/* epoch.c: increments the counter that was found; reads its value. */
MUST_CHECK err_t t2_epoch_advance(struct tpm2 *t);
MUST_CHECK err_t t2_epoch_read(struct tpm2 *t, uint64_t *ret_value);
/* Uses the counter once with the PIN; the first use gives it a value. */
MUST_CHECK err_t t2_epoch_prove(struct tpm2 *t);

/* keys.c: further signing keys; see backend.h. */
MUST_CHECK err_t t2_add(void *own, const char *uri,
                        const uint8_t spki_sha256[static HASH_SIZE],
                        unsigned key, struct hsm_found *ret_found);
void t2_use(void *own, unsigned key);
void t2_drop(void *own, unsigned key);
/* Releases a key.  A failure is ignored: the next process flushes what is
 * left. */
void t2_let_go(struct tpm2 *t, struct t2_key *key);

#endif
