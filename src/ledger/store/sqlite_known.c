/*
 * sqlite_known.c - see preregistrations.h.
 */
#include "ledger/store/preregistrations.h"
#include "ledger/store/sqlite_use.h"

static void
put_name(struct use *u, struct bytes tenant, const struct known_name *name)
{
	put_text(u, tenant);
	put_number(u, &(uint64_t){ name->kind });
	put_hash(u, &name->digest);
}

err_t
store_known_add(struct store *s, struct bytes tenant,
                const struct known_device *k, bool *ret_added)
{
	AUTO(use_end) struct use u = use_of(s, ST_KNOWN_ADD);

	put_name(&u, tenant, &k->name);
	put_number(&u, &k->devices);
	put_number(&u, &k->added_s);
	put_number(&u, &k->expires_s);
	put_small(&u, &k->label);
	TRY(use_run(&u));
	*ret_added = sqlite3_changes(s->db) == 1;
	return OK;
}

err_t
store_known_free(struct store *s, struct bytes tenant,
                 const struct known_name *name, uint64_t now_s)
{
	AUTO(use_end) struct use u = use_of(s, ST_KNOWN_FREE);

	put_name(&u, tenant, name);
	put_number(&u, &now_s);
	return use_row(&u);
}

err_t
store_known_use(struct store *s, struct bytes tenant,
                const struct known_name *name, struct bytes handle)
{
	AUTO(use_end) struct use u = use_of(s, ST_KNOWN_USE);

	put_name(&u, tenant, name);
	put_text(&u, handle);
	TRY(use_run(&u));
	return sqlite3_changes(s->db) == 1 ? OK : E_IO;
}

static err_t
read_known(struct use *u, struct known_device *ret)
{
	struct known_device k;
	uint64_t kind;

	get_number(u, &kind);
	get_hash(u, &k.name.digest);
	get_number(u, &k.devices);
	get_number(u, &k.enrolled);
	get_number(u, &k.added_s);
	get_number(u, &k.expires_s);
	get_small(u, &k.label);
	get_small(u, &k.handle);
	if (u->failed || kind != (uint8_t)kind ||
	    !wire_preregistration_valid((uint8_t)kind))
		return E_IO; /* this program never writes such a row */
	k.name.kind = (enum wire_preregistration)kind;
	*ret = k;
	return OK;
}

err_t
store_known_page(struct store *s, const struct known_page *p, bool *ret_more)
{
	AUTO(use_end) struct use u = use_of(s, ST_KNOWN_PAGE);
	struct known_device k;
	err_t err = OK;

	put_text(&u, p->tenant);
	put_number(&u, &p->after_kind);
	put_hash(&u, &p->after);
	put_number(&u, &(uint64_t){ p->limit + 1 });
	for (size_t n = 0; (err = use_row(&u)) == OK && n < p->limit; n++) {
		TRY(read_known(&u, &k));
		TRY(p->fn(&k, p->user));
	}
	if (err != OK && err != E_NOT_FOUND)
		return err;
	*ret_more = err == OK;
	return OK;
}

err_t
store_known_delete(struct store *s, struct bytes tenant,
                   const struct known_name *name, bool *ret_deleted)
{
	AUTO(use_end) struct use u = use_of(s, ST_KNOWN_DELETE);

	put_name(&u, tenant, name);
	TRY(use_run(&u));
	*ret_deleted = sqlite3_changes(s->db) == 1;
	s->scrub |= *ret_deleted;
	return OK;
}
