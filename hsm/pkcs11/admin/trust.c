/*
 * trust.c - reads the trust objects of a token, and moves its head and counter; see
 * hsm/admin/trust.h.
 *
 * Head and counter are private objects, so that nobody without the PIN makes one
 * that is higher: SoftHSM's security officer can make no private objects, so the
 * user makes them, with a token as with the epoch.
 */
#include <string.h>

#include "hsm/pkcs11/admin/trust.h"

err_t
p11_token_trust(const struct hsm_token_name *name, const struct secret *pin,
                const struct hsm_token_trust_ops *ops, struct buf *why)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct hsm_token token;
	struct hsm_trust trust;
	CK_TOKEN_INFO info;

	TRY(p11_admin_open(name, why, &info, &p11));
	p11_token_facts(&info, &token);
	ops->token(ops->read.arg, &token);
	err_t err =
	        pin ? p11_admin_login(p11, &info, pin) : p11_open_session(p11);
	if (err == OK)
		err = hsm_trust_list_of(&hsm_pkcs11, p11, &trust);
	TRY(p11_tell(p11, why, err));
	return hsm_trust_read_of(&hsm_pkcs11, p11, &trust, &ops->read);
}

static err_t
create_numbered(struct p11 *p11, const struct p11_trust_row *row,
                const struct p11_trust_datum *datum)
{
	AUTO(buf_release) struct buf value = buf_of(row->size);
	CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;

	buf_u64(&value, datum->number);
	buf_append(&value,
	           bytes_of(datum->digest, row->size - sizeof(datum->number)));
	TRY(buf_status(&value));
	return p11_create_private_data(p11, row->label, buf_bytes(&value),
	                               &made);
}

/* A kill before this leaves several, of which the highest counts. */
static err_t
destroy_lower_ones(struct p11 *p11, enum p11_trust_kind kind,
                   const struct p11_trust_data *data,
                   const struct p11_trust_datum *keep)
{
	for (size_t i = 0; i < data->n; i++) {
		if (&data->datum[i] == keep)
			continue;
		err_t err = p11_destroy(p11, data->datum[i].object);
		if (err != OK)
			return p11_fail(p11, E_DEVICE,
			                "'%s' is %llu now, and an older one is "
			                "still there (%s): do the same again",
			                p11_trust_row(kind)->label,
			                (unsigned long long)keep->number,
			                p11_rv_name(p11->rv));
	}
	return OK;
}

static err_t
judge_next_number(struct p11 *p11, enum p11_trust_kind kind,
                  const struct p11_trust_datum *last,
                  const struct p11_trust_datum *next)
{
	struct hsm_trust_head from = { .version = last->number };
	struct hsm_trust_head to = { .version = next->number };

	memcpy(from.digest, last->digest, HASH_SIZE);
	memcpy(to.digest, next->digest, HASH_SIZE);
	const char *no = hsm_trust_head_conflict(&from, &to);
	return no ? p11_fail(p11, E_CONFLICT, "'%s' is %llu %s",
	                     p11_trust_row(kind)->label,
	                     (unsigned long long)last->number, no)
	          : OK;
}

static err_t
move_number(struct p11 *p11, enum p11_trust_kind kind,
            const struct p11_trust_datum *next)
{
	const struct p11_trust_datum *last;
	struct p11_trust_data data;

	TRY(p11_trust_read_data(p11, kind, &data));
	last = p11_trust_highest(&data);
	if (last)
		TRY(judge_next_number(p11, kind, last, next));
	if (!last || last->number < next->number) {
		TRY(create_numbered(p11, p11_trust_row(kind), next));
		TRY(p11_trust_read_data(p11, kind, &data));
		last = p11_trust_highest(&data);
		if (!last || last->number != next->number ||
		    memcmp(last->digest, next->digest, HASH_SIZE) != 0)
			return p11_fail(p11, E_DEVICE,
			                "'%s' keeps its old value",
			                p11_trust_row(kind)->label);
	}
	return destroy_lower_ones(p11, kind, &data, last);
}

err_t
p11_move_head(const struct hsm_token_name *name,
              const struct hsm_trust_officer *who,
              const struct hsm_trust_head *head, struct buf *why)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct p11_trust_datum next = { .number = head->version };
	CK_TOKEN_INFO info;

	memcpy(next.digest, head->digest, HASH_SIZE);
	TRY(p11_admin_open(name, why, &info, &p11));
	err_t err = p11_admin_login(p11, &info, who->pin);
	if (err == OK)
		err = move_number(p11, P11_HEAD, &next);
	return p11_tell(p11, why, err);
}

static err_t
raise_counter_at(struct p11 *p11, uint64_t value, uint64_t *ret_value)
{
	const struct p11_trust_datum next = { .number = value };
	const struct p11_trust_datum *last;
	struct p11_trust_data data;

	TRY(p11_trust_read_data(p11, P11_COUNTER, &data));
	last = p11_trust_highest(&data);
	*ret_value = last && value == 0 ? last->number : value;
	return last && value == 0 ? OK : move_number(p11, P11_COUNTER, &next);
}

err_t
p11_raise_counter(const struct hsm_token_name *name,
                  const struct hsm_trust_officer *who, uint64_t value,
                  struct buf *why, uint64_t *ret_value)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	CK_TOKEN_INFO info;
	uint64_t now = 0;

	TRY(p11_admin_open(name, why, &info, &p11));
	err_t err = p11_admin_login(p11, &info, who->pin);
	if (err == OK)
		err = raise_counter_at(p11, value, &now);
	TRY(p11_tell(p11, why, err));
	*ret_value = now;
	return OK;
}
