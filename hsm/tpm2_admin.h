/*
 * tpm2_admin.h - what the tpm2_admin_*.c files share; see hsm_admin.h.
 */
#ifndef TPM2_ADMIN_H
#define TPM2_ADMIN_H

#include "hsm_list.h"
#include "tpm2_key.h"

/* Maker and model, and whether it is a TPM made of software. */
MUST_CHECK err_t t2_facts(struct tpm2 *t, struct hsm_token *ret_token);

/* OK: nothing is in this place.  E_CONFLICT. */
MUST_CHECK err_t t2_look(struct tpm2 *t, const struct t2_place *place);

/* Makes a signing key in a place where nothing is, below t->parent, and reads
 * it back. */
MUST_CHECK err_t t2_make_signing(struct tpm2 *t, const struct t2_place *place,
                                 enum alg alg, const TPM2B_AUTH *auth,
                                 struct hsm_keygen_result *out);

/* Keeps a loaded object at a persistent handle. */
MUST_CHECK err_t t2_keep(struct tpm2 *t, ESYS_TR object, uint32_t handle);

/* One of TPM_PT_*; 0 when the TPM has it not. */
MUST_CHECK err_t t2_property(struct tpm2 *t, uint32_t which,
                             uint32_t *ret_value);

/* A key in the words of a listing, all but its label. */
void t2_describe(const TPMT_PUBLIC *public, struct hsm_object *out);

#endif
