/*
 * sqlite_silence.c - see silence.h.
 */
#include "ledger/store/silence.h"
#include "ledger/store/sqlite_use.h"

err_t
store_device_attested(struct store *s, const struct enrolment *e, uint64_t day)
{
	AUTO(use_end) struct use u = use_of(s, ST_DEVICE_ATTESTED);

	put_number(&u, &day);
	put_small(&u, &e->handle);
	put_small(&u, &e->tenant);
	TRY(use_run(&u));
	return sqlite3_changes(s->db) == 1 ? OK : E_IO;
}

err_t
store_overdue(struct store *s, struct bytes tenant, uint64_t day, uint64_t most,
              uint64_t *ret_n)
{
	AUTO(use_end) struct use u = use_of(s, ST_OVERDUE_COUNT);

	put_text(&u, tenant);
	put_number(&u, &day);
	put_number(&u, &most);
	TRY(use_row(&u));
	get_number(&u, ret_n);
	return u.failed ? E_IO : OK;
}

err_t
store_tenant_attested(struct store *s, struct bytes tenant, uint64_t at_s)
{
	AUTO(use_end) struct use u = use_of(s, ST_TENANT_ATTESTED);

	put_text(&u, tenant);
	put_number(&u, &at_s);
	return use_run(&u);
}

err_t
store_tenant_last(struct store *s, struct bytes tenant, uint64_t *ret_at_s)
{
	AUTO(use_end) struct use u = use_of(s, ST_TENANT_LAST);
	uint64_t at_s = 0;

	put_text(&u, tenant);
	err_t err = use_row(&u);
	if (err != OK && err != E_NOT_FOUND)
		return err;
	if (err == OK)
		get_number(&u, &at_s);
	*ret_at_s = at_s;
	return u.failed ? E_IO : OK;
}
