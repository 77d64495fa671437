/*
 * trust.c - reads the trust indexes of a TPM, moves its head and raises its
 * counter; see hsm/tpm2/trust.h.
 *
 * The owner does it, by the session: his authorisation value is proved by its HMAC
 * and is not sent.  A missing index is made.  TPM2_NV_Write of the head is one
 * command, so there is no moment with two heads or none.
 */
#include <string.h>

#include "hsm/tpm2/admin/trust.h"

static err_t
open_tpm(const char *text, struct buf *why, struct tpm2 **ret_tpm2)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	const struct hsm_options options = { .uri = text };
	struct t2_uri uri;

	TRY(t2_uri_parse_named(text, why, &uri));
	TRY(t2_connect(uri.tcti, &options, why, &t));
	TRY(t2_tell(t, why, t2_open_session(t, &uri)));
	*ret_tpm2 = TAKE(t);
	return OK;
}

err_t
t2_token_trust(const struct hsm_token_name *name, const struct secret *pin,
               const struct hsm_token_trust_ops *ops, struct buf *why)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	struct hsm_token token;
	struct hsm_trust trust;

	(void)pin; /* anybody may read them */
	TRY(open_tpm(name->uri, why, &t));
	TRY(t2_tell(t, why, t2_facts(t, &token)));
	ops->token(ops->read.arg, &token);
	TRY(t2_tell(t, why, hsm_trust_list_of(&hsm_tpm2, t, &trust)));
	return hsm_trust_read_of(&hsm_tpm2, t, &trust, &ops->read);
}

/* --- the owner's commands ------------------------------------------------- */

static err_t
define_trust_index(struct tpm2 *t, uint32_t handle,
                   const struct t2_trust_row *row)
{
	const TPM2B_AUTH none = { .size = 0 };
	const TPM2B_NV_PUBLIC public = {
		.nvPublic = { .nvIndex = handle,
		              .nameAlg = TPM2_ALG_SHA256,
		              .attributes = row->attributes,
		              .dataSize = row->size },
	};
	ESYS_TR made = ESYS_TR_NONE;

	err_t err = T2_CALL(t, NV_DefineSpace,
	                    (ESYS_TR_RH_OWNER, t->session, ESYS_TR_NONE,
	                     ESYS_TR_NONE, &none, &public),
	                    &made);
	if (made != ESYS_TR_NONE)
		(void)!Esys_TR_Close(t->esys, &made);
	return t2_judge_owner(t, "NV_DefineSpace", err);
}

/* The index as it is or newly made. */
static err_t
ensure_trust_index(struct tpm2 *t, uint32_t handle,
                   const struct t2_trust_row *row,
                   struct t2_trust_index *ret_index)
{
	TRY(t2_trust_find(t, handle, row, ret_index));
	if (ret_index->object == ESYS_TR_NONE) {
		TRY(define_trust_index(t, handle, row));
		TRY(t2_trust_find(t, handle, row, ret_index));
	}
	return ret_index->fits
	               ? OK
	               : t2_fail(t, E_CONFLICT,
	                         "0x%08x is another index, not ours", handle);
}

/* --- the head ------------------------------------------------------------- */

static err_t
write_head(struct tpm2 *t, ESYS_TR index, const struct hsm_trust_head *head)
{
	TPM2B_MAX_NV_BUFFER data = { .size = T2_TRUST_HEAD_SIZE };
	AUTO(buf_release) struct buf value = buf_of(T2_TRUST_HEAD_SIZE);

	buf_u64(&value, head->version);
	buf_append(&value, bytes_of(head->digest, HASH_SIZE));
	TRY(buf_status(&value));
	memcpy(data.buffer, value.data, value.len);
	err_t err = T2_CALL(t, NV_Write,
	                    (ESYS_TR_RH_OWNER, index, t->session, ESYS_TR_NONE,
	                     ESYS_TR_NONE, &data, 0));
	return t2_judge_owner(t, "NV_Write", err);
}

static err_t
move_head_at(struct tpm2 *t, struct t2_trust_index *index,
             const struct hsm_trust_head *next)
{
	struct hsm_trust_head last = { .version = 0 };

	TRY(ensure_trust_index(t, t->trust_head, &t2_trust_head, index));
	if (index->written)
		TRY(t2_trust_read_head(t, index->object, &last));
	const char *no = hsm_trust_head_conflict(&last, next);
	if (no)
		return t2_fail(t, E_CONFLICT, "the head is %llu %s",
		               (unsigned long long)last.version, no);
	if (last.version == next->version)
		return OK;
	TRY(write_head(t, index->object, next));
	TRY(t2_trust_read_head(t, index->object, &last));
	return last.version == next->version &&
	                       memcmp(last.digest, next->digest, HASH_SIZE) == 0
	               ? OK
	               : t2_fail(t, E_DEVICE, "the head keeps its old value");
}

err_t
t2_move_head(const struct hsm_token_name *name,
             const struct hsm_trust_officer *who,
             const struct hsm_trust_head *head, struct buf *why)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	struct t2_trust_index index = { .object = ESYS_TR_NONE };

	TRY(open_tpm(name->uri, why, &t));
	err_t err = t2_tell_owner(t, who->so_pin);
	if (err == OK)
		err = move_head_at(t, &index, head);
	t2_trust_leave(t, &index);
	return t2_tell(t, why, err);
}

/* --- the counter ---------------------------------------------------------- */

static err_t
increment_once(struct tpm2 *t, ESYS_TR index)
{
	err_t err = T2_CALL(t, NV_Increment,
	                    (ESYS_TR_RH_OWNER, index, t->session, ESYS_TR_NONE,
	                     ESYS_TR_NONE));

	return t2_judge_owner(t, "NV_Increment", err);
}

/* The first increment gives a counter its value. */
static err_t
find_counter_value(struct tpm2 *t, struct t2_trust_index *index,
                   uint64_t *ret_value)
{
	TRY(ensure_trust_index(t, t->trust_counter, &t2_trust_counter, index));
	if (!index->written)
		TRY(increment_once(t, index->object));
	return t2_trust_read_counter(t, index->object, ret_value);
}

static err_t
raise_counter_to(struct tpm2 *t, struct t2_trust_index *index, uint64_t value,
                 uint64_t *ret_value)
{
	uint64_t now = 0;

	TRY(find_counter_value(t, index, &now));
	*ret_value = now;
	if (value == 0)
		return OK;
	if (value < now)
		return t2_fail(t, E_CONFLICT,
		               "the counter is %llu and does not go back to "
		               "%llu",
		               (unsigned long long)now,
		               (unsigned long long)value);
	if (value - now > HSM_TRUST_RAISE_MAX)
		return t2_fail(t, E_LIMIT,
		               "from %llu to %llu is more than %d steps",
		               (unsigned long long)now,
		               (unsigned long long)value, HSM_TRUST_RAISE_MAX);
	for (uint64_t step = now; step < value; step++)
		TRY(increment_once(t, index->object));
	TRY(t2_trust_read_counter(t, index->object, ret_value));
	return *ret_value == value
	               ? OK
	               : t2_fail(t, E_DEVICE, "the counter is %llu, not %llu",
	                         (unsigned long long)*ret_value,
	                         (unsigned long long)value);
}

err_t
t2_raise_counter(const struct hsm_token_name *name,
                 const struct hsm_trust_officer *who, uint64_t value,
                 struct buf *why, uint64_t *ret_value)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	struct t2_trust_index index = { .object = ESYS_TR_NONE };
	uint64_t now = 0;

	TRY(open_tpm(name->uri, why, &t));
	err_t err = t2_tell_owner(t, who->so_pin);
	if (err == OK)
		err = raise_counter_to(t, &index, value, &now);
	t2_trust_leave(t, &index);
	TRY(t2_tell(t, why, err));
	*ret_value = now;
	return OK;
}
