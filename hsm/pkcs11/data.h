/*
 * data.h - the data objects of the service in a PKCS#11 token (epoch.h, trust.h).
 */
#ifndef HSM_PKCS11_DATA_H
#define HSM_PKCS11_DATA_H

#include "hsm/pkcs11/int.h"

#define P11_APPLICATION "anchord" /* their CKA_APPLICATION */

/* Creates one that needs the PIN, so that nobody without it makes another.  The
 * user must be logged in. */
MUST_CHECK err_t p11_create_private_data(struct p11 *p11, const char *label,
                                         struct bytes value,
                                         CK_OBJECT_HANDLE *ret_object);

#endif
