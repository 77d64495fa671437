/*
 * sqlite_enrolments.c - enrolled devices, and what they have shown.
 */
#include "ledger/store/enrolments.h"
#include "ledger/store/sqlite_use.h"

static void
put_device(struct use *u, const struct device_facts *v)
{
	put_bytes(u, bytes_of(v->boot_key, v->boot_key_len));
	put_number(u, &(uint64_t){ v->os_version });
	put_number(u, &(uint64_t){ v->os_patch });
	put_number(u, &(uint64_t){ v->vendor_patch });
	put_number(u, &(uint64_t){ v->boot_patch });
}

static void
get_u32(struct use *u, uint32_t *v)
{
	store_number n;

	get_number(u, &n);
	if (n > UINT32_MAX)
		u->failed = true;
	*v = (uint32_t)n;
}

static void
get_device(struct use *u, struct device_facts *v)
{
	if (!device_set_boot_key(v, next_bytes(u)))
		u->failed = true;
	get_u32(u, &v->os_version);
	get_u32(u, &v->os_patch);
	get_u32(u, &v->vendor_patch);
	get_u32(u, &v->boot_patch);
}

static err_t
enrolment_row(struct use *u, struct enrolment *ret)
{
	struct enrolment e;
	uint64_t state;

	TRY(use_row(u));
	get_small(u, &e.handle);
	get_small(u, &e.tenant);
	get_small(u, &e.ak_name);
	get_hash(u, &e.identity);
	get_number(u, &e.enrolled_s);
	get_number(u, &state);
	get_small(u, &e.format);
	get_device(u, &e.seen);
	if (u->failed)
		return E_IO;
	/* What we cannot read is not active. */
	e.state = state == ENROLMENT_ACTIVE ? ENROLMENT_ACTIVE
	                                    : ENROLMENT_SUSPENDED;
	*ret = e;
	return OK;
}

err_t
store_enrolment(struct store *s, struct bytes tenant, struct bytes handle,
                struct enrolment *ret)
{
	AUTO(use_end) struct use u = use_of(s, ST_ENROLMENT_GET);

	put_text(&u, handle);
	put_text(&u, tenant);
	return enrolment_row(&u, ret);
}

err_t
store_enrolment_of(struct store *s, struct bytes tenant,
                   const uint8_t identity[static HASH_SIZE],
                   struct enrolment *ret)
{
	AUTO(use_end) struct use u = use_of(s, ST_ENROLMENT_OF);

	put_text(&u, tenant);
	put_bytes(&u, bytes_of(identity, HASH_SIZE));
	return enrolment_row(&u, ret);
}

err_t
store_enrolment_add(struct store *s, const struct enrolment *e, bool *ret_added)
{
	AUTO(use_end) struct use u = use_of(s, ST_ENROLMENT_ADD);

	put_small(&u, &e->handle);
	put_small(&u, &e->tenant);
	put_bytes(&u, store_small_bytes(&e->ak_name));
	put_hash(&u, &e->identity);
	put_number(&u, &e->enrolled_s);
	put_number(&u, &(uint64_t){ e->state });
	put_small(&u, &e->format);
	put_device(&u, &e->seen);
	TRY(use_run(&u));
	*ret_added = sqlite3_changes(s->db) == 1;
	return OK;
}

err_t
store_enrolment_raise(struct store *s, const struct enrolment *e)
{
	AUTO(use_end) struct use u = use_of(s, ST_ENROLMENT_RAISE);

	put_device(&u, &e->seen);
	put_small(&u, &e->handle);
	put_small(&u, &e->tenant);
	TRY(use_run(&u));
	return sqlite3_changes(s->db) == 1 ? OK : E_IO;
}

err_t
store_handle_taken(struct store *s, struct bytes handle, bool *ret_taken)
{
	AUTO(use_end) struct use u = use_of(s, ST_HANDLE_GET);

	put_text(&u, handle);
	err_t err = use_row(&u);
	if (err != OK && err != E_NOT_FOUND)
		return err;
	*ret_taken = err == OK;
	return OK;
}

err_t
store_enrolment_delete(struct store *s, struct bytes tenant,
                       struct bytes handle, bool *ret_deleted)
{
	AUTO(use_end) struct use u = use_of(s, ST_ENROLMENT_DELETE);

	put_text(&u, handle);
	put_text(&u, tenant);
	TRY(use_run(&u));
	*ret_deleted = sqlite3_changes(s->db) == 1;
	return OK;
}
