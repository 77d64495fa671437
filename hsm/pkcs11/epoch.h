/*
 * epoch.h - the objects that keep the epoch in a PKCS#11 token; how a
 * life takes one is in epoch.c.
 */
#ifndef HSM_PKCS11_EPOCH_H
#define HSM_PKCS11_EPOCH_H

#include "hsm/pkcs11/int.h"

#define P11_EPOCH_LABEL "anchord-epoch"
#define P11_EPOCH_MARK 16 /* bytes, random: whose it is */
#define P11_EPOCH_SIZE (4 + P11_EPOCH_MARK)
#define P11_EPOCH_OLD_SIZE 4 /* of versions before: no mark */
#define P11_EPOCHS_MAX 64    /* objects; more are not explained by any race */

struct p11_epoch {
	CK_OBJECT_HANDLE object;
	uint32_t value;
	uint8_t mark[P11_EPOCH_MARK]; /* zeros: none */
};

/* Value and mark of a private object of the label.  E_LATCHED: it is none of
 * ours.  E_CONFLICT: somebody destroyed it meanwhile. */
MUST_CHECK err_t p11_epoch_read(struct p11 *p11, CK_OBJECT_HANDLE object,
                                struct p11_epoch *ret_epoch);

/* keygen: the object that the first life begins with, when there is none. */
MUST_CHECK err_t p11_epoch_prepare(struct p11 *p11);

#endif
