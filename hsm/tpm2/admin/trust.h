/*
 * trust.h - what an officer does with the trust indexes of a TPM; see
 * hsm/admin/trust.h.
 */
#ifndef HSM_TPM2_ADMIN_TRUST_H
#define HSM_TPM2_ADMIN_TRUST_H

#include "hsm/admin/trust.h"
#include "hsm/tpm2/admin/admin.h"
#include "hsm/tpm2/trust.h"

/* What table.c makes a struct hsm_admin of. */
MUST_CHECK err_t t2_token_trust(const struct hsm_token_name *name,
                                const struct secret *pin,
                                const struct hsm_token_trust_ops *ops,
                                struct buf *why);
MUST_CHECK err_t t2_move_head(const struct hsm_token_name *name,
                              const struct hsm_trust_officer *who,
                              const struct hsm_trust_head *head,
                              struct buf *why);
MUST_CHECK err_t t2_raise_counter(const struct hsm_token_name *name,
                                  const struct hsm_trust_officer *who,
                                  uint64_t value, struct buf *why,
                                  uint64_t *ret_value);

#endif
