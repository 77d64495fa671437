/*
 * epoch.h - the data objects that hold the epoch in a PKCS#11 token; epoch.c
 * describes how a process takes a value.
 */
#ifndef HSM_PKCS11_EPOCH_H
#define HSM_PKCS11_EPOCH_H

#include "hsm/pkcs11/data.h"

#define P11_EPOCH_LABEL "anchord-epoch"
#define P11_EPOCH_MARK 16 /* random bytes that identify the owner */
#define P11_EPOCH_SIZE (4 + P11_EPOCH_MARK)
#define P11_EPOCH_OLD_SIZE 4 /* written by earlier versions, without mark */
#define P11_EPOCHS_MAX 64    /* objects; concurrent starts leave fewer */

struct p11_epoch {
	CK_OBJECT_HANDLE object;
	uint32_t value;
	uint8_t mark[P11_EPOCH_MARK]; /* zeros: none */
};

/* Reads value and mark of a private object with the label.  E_LATCHED: it is
 * not an epoch object.  E_CONFLICT: another process destroyed it meanwhile. */
MUST_CHECK err_t p11_epoch_read(struct p11 *p11, CK_OBJECT_HANDLE object,
                                struct p11_epoch *ret_epoch);

/* keygen: creates the first epoch object if there is none. */
MUST_CHECK err_t p11_epoch_prepare(struct p11 *p11);

#endif
