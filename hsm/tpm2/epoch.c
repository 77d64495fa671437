/*
 * epoch.c - the epoch: an NV counter of the TPM, incremented once a run.
 *
 * Why no value is used twice: the counter is not orderly, so TPM2_NV_Increment
 * writes it before it responds, and a process that ends in between only leaves
 * a gap.  A counter that is deleted and defined again starts above every
 * counter that this TPM ever had (TPM 2.0 Part 1, on NV counters).  A TPM that
 * was cleared has another parent key, so its session cannot be opened.
 *
 * Why two processes do not get the same value, although TPM2_NV_Increment does
 * not return it: a process reads, increments and reads again, all in its salted
 * session.  If the difference is one, the increment was its own; otherwise it
 * tries again.  Before the first increment the counter has no value to read;
 * keygen makes that increment, or else the first process does and takes the
 * second value.
 */
#include "hsm/tpm2/key.h"

err_t
t2_epoch_advance(struct tpm2 *t)
{
	return T2_CALL(
	        t, NV_Increment,
	        (t->epoch, t->epoch, t->session, ESYS_TR_NONE, ESYS_TR_NONE));
}

err_t
t2_epoch_read(struct tpm2 *t, uint64_t *ret_value)
{
	AUTO(t2_free) void *owned = NULL;
	TPM2B_MAX_NV_BUFFER *data = NULL;

	TRY(T2_CALL(t, NV_Read,
	            (t->epoch, t->epoch, t->session, ESYS_TR_NONE, ESYS_TR_NONE,
	             sizeof(uint64_t), 0),
	            &data));
	owned = data;

	struct reader r = reader_of(bytes_of(data->buffer, data->size));
	uint64_t value = reader_u64(&r);
	if (!reader_done(&r))
		return t2_fail(t, E_DEVICE, "NV_Read: %u bytes", data->size);
	*ret_value = value;
	return OK;
}

err_t
t2_epoch_prove(struct tpm2 *t)
{
	uint64_t value = 0;

	if (t->epoch_written)
		return t2_epoch_read(t, &value);
	return t2_epoch_advance(t); /* two first processes would collide here */
}

/* One attempt.  E_CONFLICT: another process incremented the counter, too. */
static err_t
try_take_epoch_counter(struct tpm2 *t, uint64_t *ret_value)
{
	uint64_t before = 0;
	uint64_t after = 0;

	TRY(t2_epoch_read(t, &before));
	TRY(t2_epoch_advance(t));
	TRY(t2_epoch_read(t, &after));
	*ret_value = after;
	if (after <= before)
		return t2_fail(t, E_DEVICE,
		               "the epoch counter did not increase");
	return after == before + 1 ? OK : E_CONFLICT;
}

err_t
t2_epoch(void *own, uint32_t *ret_epoch)
{
	struct tpm2 *t = own;
	uint64_t value = 0;
	err_t err = E_CONFLICT;

	if (!t->epoch_written)
		TRY(t2_epoch_advance(t));
	t->epoch_written = true;
	for (unsigned try = 1; try <= HSM_EPOCH_TRIES && err == E_CONFLICT;
	     try++) {
		err = try_take_epoch_counter(t, &value);
		if (err == E_CONFLICT)
			hsm_epoch_pause(try);
	}
	if (err == E_CONFLICT)
		return t2_fail(t, E_DEVICE,
		               "other key holders increment the epoch counter "
		               "of this TPM all the time");
	TRY(err);
	if (value >= UINT32_MAX)
		return t2_fail(t, E_LATCHED,
		               "the epoch counter has reached its maximum");
	*ret_epoch = (uint32_t)value;
	return OK;
}
