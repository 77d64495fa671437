/*
 * find.h - the keys of a URI in the open token.
 *
 * The two halves of a key have the same CKA_ID; PKCS#11 says so, and modules
 * keep to it.  Their labels may differ: OpenSC calls those of a PIV card
 * "SIGN key" and "SIGN pubkey".  So a URI names the private half by label and
 * id, and the public half by the same label and id or else by the id alone.
 */
#ifndef HSM_PKCS11_FIND_H
#define HSM_PKCS11_FIND_H

#include "hsm/pkcs11/int.h"

/* Finds private objects only; others can be created without the PIN. */
MUST_CHECK err_t p11_find_private(struct p11 *p11, const struct p11_uri *uri,
                                  CK_OBJECT_HANDLE *ret_key);
/* Finds the pinned public key, whatever else has its label and id.  Without it,
 * returns another one only if it is the only one, which hsm.c then refuses. */
MUST_CHECK err_t p11_find_public(struct p11 *p11, const struct p11_uri *uri,
                                 const uint8_t spki_sha256[static HASH_SIZE],
                                 CK_OBJECT_HANDLE *ret_key,
                                 struct hsm_found *ret_found);
/* Finds both halves and checks that the service may use the key. */
MUST_CHECK err_t p11_find_signing(struct p11 *p11, const struct p11_uri *uri,
                                  const uint8_t spki_sha256[static HASH_SIZE],
                                  CK_OBJECT_HANDLE *ret_key,
                                  struct hsm_found *ret_found);
MUST_CHECK err_t p11_find_handle(struct p11 *p11, const char *label);

/* All that may be the public half, for a caller who knows how to choose: at most
 * *in_out_n objects.  Needs no PIN, and every process that can load the module
 * may have created one. */
MUST_CHECK err_t p11_find_publics(struct p11 *p11, const struct p11_uri *uri,
                                  CK_OBJECT_HANDLE *found, CK_ULONG *in_out_n);

#endif
