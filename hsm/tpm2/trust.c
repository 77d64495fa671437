/*
 * trust.c - reads the trust counter and the trust head of a TPM; see trust.h.
 *
 * All of it travels in the salted session: whoever sits between us and the TPM
 * shows us no older value.
 */
#include "hsm/tpm2/trust.h"

#include <stdio.h>
#include <string.h>

#include "hsm/tpm2/told.h"

const struct t2_trust_row t2_trust_counter = { T2_TRUST_COUNTER_ATTRIBUTES,
	                                       sizeof(uint64_t) };
const struct t2_trust_row t2_trust_head = { T2_TRUST_ATTRIBUTES,
	                                    T2_TRUST_HEAD_SIZE };

void
t2_trust_leave(struct tpm2 *t, struct t2_trust_index *index)
{
	if (index->object != ESYS_TR_NONE)
		(void)!Esys_TR_Close(t->esys, &index->object);
	index->object = ESYS_TR_NONE;
}

/* "There is none" is believed by the session's word alone. */
err_t
t2_trust_find(struct tpm2 *t, uint32_t handle, const struct t2_trust_row *row,
              struct t2_trust_index *ret_index)
{
	AUTO(t2_free) void *owned = NULL;
	TPM2B_NV_PUBLIC *public = NULL;
	bool there = false;

	*ret_index = (struct t2_trust_index){ .object = ESYS_TR_NONE };
	TRY(t2_is_there(t, handle, &there));
	if (!there)
		return OK;
	TRY(t2_refer(t, handle, &ret_index->object));
	TRY(T2_CALL(t, NV_ReadPublic,
	            (ret_index->object, t->session, ESYS_TR_NONE, ESYS_TR_NONE),
	            &public, NULL));
	owned = public;
	TPMA_NV is = public->nvPublic.attributes;
	ret_index->written = is & TPMA_NV_WRITTEN;
	ret_index->fits = (is & ~TPMA_NV_WRITTEN) == row->attributes &&
	                  public->nvPublic.dataSize == row->size &&
	                  public->nvPublic.authPolicy.size == 0;
	return OK;
}

static err_t
read_trust_index(struct tpm2 *t, ESYS_TR index, size_t size, struct buf *out)
{
	AUTO(t2_free) void *owned = NULL;
	TPM2B_MAX_NV_BUFFER *data = NULL;

	TRY(T2_CALL(t, NV_Read,
	            (index, index, t->session, ESYS_TR_NONE, ESYS_TR_NONE,
	             (uint16_t)size, 0),
	            &data));
	owned = data;
	buf_append(out, bytes_of(data->buffer, data->size));
	if (buf_status(out) == E_NOMEM)
		return E_NOMEM;
	return out->len == size
	               ? OK
	               : t2_fail(t, E_DEVICE, "NV_Read: %u bytes", data->size);
}

err_t
t2_trust_read_counter(struct tpm2 *t, ESYS_TR index, uint64_t *ret_value)
{
	AUTO(buf_release) struct buf data = buf_of(sizeof(*ret_value));

	TRY(read_trust_index(t, index, sizeof(*ret_value), &data));
	struct reader r = reader_of(buf_bytes(&data));
	*ret_value = reader_u64(&r);
	return OK;
}

err_t
t2_trust_read_head(struct tpm2 *t, ESYS_TR index,
                   struct hsm_trust_head *ret_head)
{
	AUTO(buf_release) struct buf data = buf_of(T2_TRUST_HEAD_SIZE);

	TRY(read_trust_index(t, index, T2_TRUST_HEAD_SIZE, &data));
	struct reader r = reader_of(buf_bytes(&data));
	ret_head->version = reader_u64(&r);
	reader_copy(&r, ret_head->digest, sizeof(ret_head->digest));
	return OK;
}

/* Whether it has a value that counts. */
static bool
note_trust_index(const struct t2_trust_index *index, struct hsm_trust *out)
{
	out->n_odd += index->object != ESYS_TR_NONE && !index->fits;
	return index->fits && index->written;
}

/* The parent's name is an algorithm and the digest of its public area; the session
 * has proved that this TPM holds that key. */
static void
tell_place(const struct tpm2 *t, struct hsm_trust_place *out)
{
	(void)snprintf(out->counter, sizeof(out->counter),
	               "tpm2:trust-counter=0x%08x;trust-head=0x%08x",
	               t->trust_counter, t->trust_head);
	memcpy(out->tpm, t->parent_name + T2_NAME_SIZE - HASH_SIZE, HASH_SIZE);
}

err_t
t2_trust_list(void *own, struct hsm_trust *ret_trust)
{
	struct tpm2 *t = own;
	struct t2_trust_index index;

	tell_place(t, &ret_trust->place);
	err_t err =
	        t2_trust_find(t, t->trust_counter, &t2_trust_counter, &index);
	if (err == OK && note_trust_index(&index, ret_trust)) {
		ret_trust->n_counters = 1;
		err = t2_trust_read_counter(t, index.object,
		                            &ret_trust->counter);
	}
	t2_trust_leave(t, &index);
	TRY(err);
	err = t2_trust_find(t, t->trust_head, &t2_trust_head, &index);
	if (err == OK && note_trust_index(&index, ret_trust)) {
		ret_trust->n_heads = 1;
		err = t2_trust_read_head(t, index.object, &ret_trust->head);
	}
	t2_trust_leave(t, &index);
	return err;
}
