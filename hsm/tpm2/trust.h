/*
 * trust.h - the NV indexes that hold trust in a TPM; see hsm/core/trust.h.
 *
 *	trust counter   8 bytes; only TPM2_NV_Increment changes it, and after it
 *	                is deleted and defined again, or the TPM is cleared, it
 *	                begins above all values that it had (Part 1, 37.2.4.3)
 *	trust head      40 bytes: version, big-endian, and digest
 *
 * The owner writes them and anybody reads them, without the service's PIN: so the
 * key holder's PIN moves neither, and no read is counted as a wrong PIN.  The owner
 * may delete the head and define another; it is evidence, and the counter is what
 * prevents a rollback.  Certificates and genesis are too large for a TPM, or gain
 * nothing there: they lie beside.
 */
#ifndef HSM_TPM2_TRUST_H
#define HSM_TPM2_TRUST_H

#include "hsm/core/trust.h"
#include "hsm/tpm2/int.h"

#define T2_TRUST_ATTRIBUTES \
	(TPMA_NV_OWNERWRITE | TPMA_NV_AUTHREAD | TPMA_NV_NO_DA)
#define T2_TRUST_COUNTER_ATTRIBUTES \
	(T2_TRUST_ATTRIBUTES |      \
	 ((uint32_t)TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT))
#define T2_TRUST_HEAD_SIZE (8 + HASH_SIZE)

struct t2_trust_row {
	TPMA_NV attributes;
	uint16_t size;
};
extern const struct t2_trust_row t2_trust_counter, t2_trust_head;

/* An index that was looked for under the session; set also after a failure. */
struct t2_trust_index {
	ESYS_TR object; /* ESYS_TR_NONE: there is none; see t2_trust_leave() */
	bool fits;      /* it is such an index, and no other's */
	bool written;
};
MUST_CHECK err_t t2_trust_find(struct tpm2 *t, uint32_t handle,
                               const struct t2_trust_row *row,
                               struct t2_trust_index *ret_index);
/* Makes ESYS forget the index, whose name another process may change. */
void t2_trust_leave(struct tpm2 *t, struct t2_trust_index *index);

/* Of an index that is written. */
MUST_CHECK err_t t2_trust_read_counter(struct tpm2 *t, ESYS_TR index,
                                       uint64_t *ret_value);
MUST_CHECK err_t t2_trust_read_head(struct tpm2 *t, ESYS_TR index,
                                    struct hsm_trust_head *ret_head);

MUST_CHECK err_t t2_trust_list(void *own, struct hsm_trust *ret_trust);

#endif
