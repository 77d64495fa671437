/*
 * admin.h - what the tpm2_admin_*.c files share; see hsm/admin/admin.h.
 */
#ifndef HSM_TPM2_ADMIN_ADMIN_H
#define HSM_TPM2_ADMIN_ADMIN_H

#include "hsm/admin/list.h"
#include "hsm/tpm2/key.h"
#include "hsm/tpm2/told.h"

/* Maker and model, and whether it is a TPM made of software. */
MUST_CHECK err_t t2_facts(struct tpm2 *t, struct hsm_token *ret_token);

/* OK: nothing is in this place.  E_CONFLICT. */
MUST_CHECK err_t t2_look(struct tpm2 *t, const struct t2_place *place);

/* Makes a signing key in a place where nothing is, below t->parent, and reads
 * it back. */
MUST_CHECK err_t t2_make_signing(struct tpm2 *t, const struct t2_place *place,
                                 enum alg alg, const TPM2B_AUTH *auth,
                                 struct hsm_keygen_result *out);

/* prove.c */
/* E_DENIED: no PIN for keys of which a TPM counts no wrong proofs. */
MUST_CHECK err_t t2_refuse_weak(struct tpm2 *t, struct bytes pin);
/* The handle key and the counter that were found or made have this PIN; out gets
 * the handle key's check value. */
MUST_CHECK err_t t2_prove_kept(struct tpm2 *t, const struct secret *pin,
                               struct hsm_keygen_result *out);
MUST_CHECK err_t t2_prove_signing(struct tpm2 *t, const struct t2_key *key,
                                  const struct hsm_found *found,
                                  const TPM2B_AUTH *auth);

/* Keeps a loaded object at a persistent handle, or takes the one that is there
 * away; and the TPM is asked whether it is there, or gone.  E_DENIED: the owner
 * has an authorisation.  E_DEVICE: it is not as the TPM said. */
MUST_CHECK err_t t2_keep(struct tpm2 *t, ESYS_TR object, uint32_t handle);
MUST_CHECK err_t t2_take_away(struct tpm2 *t, ESYS_TR object, uint32_t handle);

/* A key in the words of a listing, all but its label. */
void t2_describe(const TPMT_PUBLIC *public, struct hsm_object *out);

#endif
