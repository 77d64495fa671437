/*
 * admin.h - shared by the files of this directory; see hsm/admin/admin.h.
 */
#ifndef HSM_TPM2_ADMIN_ADMIN_H
#define HSM_TPM2_ADMIN_ADMIN_H

#include "hsm/admin/attest.h"
#include "hsm/admin/list.h"
#include "hsm/admin/ownership.h"
#include "hsm/admin/rotate.h"
#include "hsm/tpm2/key.h"
#include "hsm/tpm2/told.h"

/* The functions of the struct hsm_admin in table.c; see hsm/admin/int.h. */
MUST_CHECK err_t t2_token_list(const struct hsm_token_name *name,
                               const struct secret *pin,
                               const struct hsm_list_ops *ops, struct buf *why);
MUST_CHECK err_t t2_token_own(const struct hsm_token_name *name,
                              const struct hsm_ownership_wanted *wanted,
                              struct buf *why, struct hsm_token *ret_token);
MUST_CHECK err_t t2_token_attest(const struct hsm_token_name *name,
                                 const struct secret *pin,
                                 const uint8_t nonce[static HASH_SIZE],
                                 const struct hsm_attest_ops *ops,
                                 struct buf *why);
MUST_CHECK err_t t2_token_keygen(const struct hsm_token_name *name,
                                 const struct secret *pin,
                                 const struct hsm_keygen *wanted,
                                 struct buf *why,
                                 struct hsm_keygen_result *ret_result);
MUST_CHECK err_t t2_key_public(const struct hsm_key_name *name,
                               const struct secret *pin, struct buf *why,
                               struct hsm_public *ret_public);
MUST_CHECK err_t t2_key_place(const char *uri, struct buf *why,
                              struct hsm_key_place *ret_place);
MUST_CHECK err_t t2_key_next(const struct hsm_key_pinned *old,
                             const struct secret *pin,
                             const struct hsm_keygen *wanted, struct buf *why,
                             struct hsm_keygen_result *ret_result);
MUST_CHECK err_t t2_key_prove(const struct hsm_key_pinned *key,
                              const struct secret *pin, struct buf *why);
MUST_CHECK err_t t2_key_left(const struct hsm_key_pinned *key,
                             const struct secret *pin, struct buf *why,
                             struct hsm_key_left *ret_left);
MUST_CHECK err_t t2_key_destroy(const struct hsm_key_pinned *key,
                                const struct secret *pin, struct buf *why);

/* Reads manufacturer, model and firmware version, which are not authenticated,
 * and decides whether the TPM is known to be software. */
MUST_CHECK err_t t2_facts(struct tpm2 *t, struct hsm_token *ret_token);

/* Checks that nothing is at a handle or path.  E_CONFLICT: an object or a file
 * is there.  E_IO: the path cannot be examined. */
MUST_CHECK err_t t2_look(struct tpm2 *t, const struct t2_place *place);

/* Creates a signing key below t->parent in a place that t2_look() found empty,
 * reads it back and checks a signature of it.  A key that fails the check stays
 * in its place.  E_DENIED: a TPM does not have this algorithm. */
MUST_CHECK err_t t2_make_signing(struct tpm2 *t, const struct t2_place *place,
                                 enum alg alg, const TPM2B_AUTH *auth,
                                 struct hsm_keygen_result *out);

/* prove.c */
/* E_DENIED: the value is too weak: the TPM may not count wrong ones, or forgets
 * them with time. */
MUST_CHECK err_t t2_refuse_weak(struct tpm2 *t, struct bytes pin);
/* Checks that the handle key and the counter, existing or new, have this PIN;
 * out receives the handle key's check value. E_LATCHED: one has another PIN. */
MUST_CHECK err_t t2_prove_kept(struct tpm2 *t, const struct secret *pin,
                               struct hsm_keygen_result *out);
/* Makes a signature with this key and this PIN and verifies it in software.
 * E_DEVICE: it fails. */
MUST_CHECK err_t t2_prove_signing(struct tpm2 *t, const struct t2_key *key,
                                  const struct hsm_found *found,
                                  const TPM2B_AUTH *auth);

/* owner.c: gives ESYS the authorisation value of a hierarchy; NULL: it is
 * empty. */
MUST_CHECK err_t t2_tell_owner(struct tpm2 *t, const struct secret *owner);
MUST_CHECK err_t t2_tell_hierarchy(struct tpm2 *t, ESYS_TR hierarchy,
                                   const struct secret *value);
/* Judges the result of the last command: has the TPM refused a value, and for
 * the owner's command E_DENIED with a text. */
bool t2_auth_refused(const struct tpm2 *t, err_t err);
err_t t2_judge_owner(struct tpm2 *t, const char *call, err_t err);

/* owned.c: reads the state; proved: in the session. */
MUST_CHECK err_t t2_read_ownership(struct tpm2 *t, bool proved,
                                   struct hsm_ownership *ret_owner);

/* parent.c: starts a session that is salted with a key of this TPM, which is
 * made for that and nothing identifies.  Makes the parent; owned: the owner's
 * value is not empty. */
MUST_CHECK err_t t2_open_unpinned(struct tpm2 *t);
MUST_CHECK err_t t2_make_parent(struct tpm2 *t, uint32_t handle, bool owned);

/* Makes a loaded object persistent at a handle, or evicts the one there, and
 * checks the result by a query.  E_DENIED: the owner has another authorisation
 * value.  E_DEVICE: the query contradicts the TPM's response. */
MUST_CHECK err_t t2_keep(struct tpm2 *t, ESYS_TR object, uint32_t handle);
MUST_CHECK err_t t2_take_away(struct tpm2 *t, ESYS_TR object, uint32_t handle);

/* Appends the cause in t to why and returns err. */
err_t t2_tell(const struct tpm2 *t, struct buf *why, err_t err);

/* Fills in class, type, attributes and public half, but not the label. */
void t2_describe(const TPMT_PUBLIC *public, struct hsm_object *out);

#endif
