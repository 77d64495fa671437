/*
 * tpm2_epoch.c - the epoch: an NV counter of the TPM, incremented and then
 * read, once a life.
 *
 * Why no value comes twice: the counter is not orderly, so TPM2_NV_Increment
 * has written it before it answers, and a life that ends in between only
 * leaves a gap.  A counter that is deleted and made anew starts above every
 * counter that this TPM ever had (part 1, 37.2.4.3); a TPM that was cleared
 * has another parent key and does not open at all.
 */
#include "tpm2_int.h"

err_t
t2_epoch(void *own, uint32_t *ret_epoch)
{
	struct tpm2 *t = own;
	AUTO(t2_free) void *owned = NULL;
	TPM2B_MAX_NV_BUFFER *data = NULL;

	TRY(T2_CALL(
	        t, NV_Increment,
	        (t->epoch, t->epoch, t->session, ESYS_TR_NONE, ESYS_TR_NONE)));
	TRY(T2_CALL(t, NV_Read,
	            (t->epoch, t->epoch, t->session, ESYS_TR_NONE, ESYS_TR_NONE,
	             sizeof(uint64_t), 0),
	            &data));
	owned = data;

	struct reader r = reader_of(bytes_of(data->buffer, data->size));
	uint64_t value = reader_u64(&r);
	if (!reader_done(&r))
		return t2_fail(t, E_DEVICE, "NV_Read: %u bytes", data->size);
	if (value == 0 || value >= UINT32_MAX)
		return t2_fail(t, E_LATCHED,
		               "the epoch's counter is at its end");
	*ret_epoch = (uint32_t)value;
	return OK;
}
