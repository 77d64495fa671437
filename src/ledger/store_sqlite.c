/*
 * store_sqlite.c - the store's reads and writes, on statements that are kept.
 *
 * Opening and the terms under which a commit is durable are in
 * store_sqlite_open.c.
 */
#include <string.h>

#include "auto.h"

#include "store_sqlite.h"

/* --- binding and reading -------------------------------------------------- */

/* One use of a kept statement: parameters in order, then rows, then reset.
 * Fails sticky, as readers and buffers do. */
struct use {
	sqlite3_stmt *st;
	int at;
	bool failed;
};

static void
use_end(struct use *u)
{
	(void)sqlite3_reset(u->st); /* step has told already */
	(void)sqlite3_clear_bindings(u->st);
}
DEFINE_AUTO_REF(struct use, use_end);

static struct use
use_of(struct store *s, enum statement which)
{
	return (struct use){ .st = s->statements[which] };
}

static void
put_bytes(struct use *u, struct bytes v)
{
	if (sqlite3_bind_blob64(u->st, ++u->at,
	                        v.len ? v.data : (const void *)"", v.len,
	                        SQLITE_STATIC) != SQLITE_OK)
		u->failed = true;
}

static void
put_text(struct use *u, struct bytes v)
{
	const char *text = v.len ? (const char *)v.data : "";

	if (sqlite3_bind_text64(u->st, ++u->at, text, v.len, SQLITE_STATIC,
	                        SQLITE_UTF8) != SQLITE_OK)
		u->failed = true;
}

static void
put_number(struct use *u, const store_number *v)
{
	/* Two's complement both ways: a set of reasons uses all 64 bits. */
	if (sqlite3_bind_int64(u->st, ++u->at, (sqlite3_int64)*v) != SQLITE_OK)
		u->failed = true;
}

static void
put_small(struct use *u, const store_small *v)
{
	put_text(u, store_small_bytes(v));
}

static void
put_id(struct use *u, const store_id *v)
{
	put_bytes(u, bytes_of(*v, sizeof(*v)));
}

static void
put_hash(struct use *u, const store_hash *v)
{
	put_bytes(u, bytes_of(*v, sizeof(*v)));
}

static void
put_vector(struct use *u, const store_vector *v)
{
	put_bytes(u, bytes_of(*v, sizeof(*v)));
}

static struct bytes
next_bytes(struct use *u)
{
	const void *data = sqlite3_column_blob(u->st, u->at);

	return bytes_of(data, (size_t)sqlite3_column_bytes(u->st, u->at++));
}

static void
get_number(struct use *u, store_number *v)
{
	*v = (uint64_t)sqlite3_column_int64(u->st, u->at++);
}

static void
get_small(struct use *u, store_small *v)
{
	if (!store_small_set(v, next_bytes(u)))
		u->failed = true;
}

static void
get_exact(struct use *u, void *out, size_t n)
{
	struct bytes v = next_bytes(u);

	if (v.len == n)
		memcpy(out, v.data, n);
	else
		u->failed = true;
}

static void
get_id(struct use *u, store_id *v)
{
	get_exact(u, *v, sizeof(*v));
}

static void
get_hash(struct use *u, store_hash *v)
{
	get_exact(u, *v, sizeof(*v));
}

static void
get_vector(struct use *u, store_vector *v)
{
	get_exact(u, *v, sizeof(*v));
}

/* OK when the statement ran to its end; a row that nobody asked for is ours. */
static err_t
use_run(struct use *u)
{
	return !u->failed && sqlite3_step(u->st) == SQLITE_DONE ? OK : E_IO;
}

/* OK: a row; E_NOT_FOUND: none. */
static err_t
use_row(struct use *u)
{
	int rc = u->failed ? SQLITE_MISUSE : sqlite3_step(u->st);

	u->at = 0;
	if (rc == SQLITE_DONE)
		return E_NOT_FOUND;
	return rc == SQLITE_ROW ? OK : E_IO;
}

/* --- transactions and marks ----------------------------------------------- */

const char *
store_error(const struct store *s)
{
	return sqlite3_errmsg(s->db);
}

err_t
store_begin(struct store *s)
{
	AUTO(use_end) struct use u = use_of(s, ST_BEGIN);

	return use_run(&u);
}

err_t
store_commit(struct store *s)
{
	AUTO(use_end) struct use u = use_of(s, ST_COMMIT);

	return use_run(&u);
}

err_t
store_marks_get(struct store *s, struct store_marks *ret)
{
	AUTO(use_end) struct use u = use_of(s, ST_MARKS_GET);

	/* Without its one row the database is damaged. */
	if (use_row(&u) != OK)
		return E_IO;
	get_number(&u, &ret->sequence);
	get_number(&u, &ret->time_ms);
	get_number(&u, &ret->created_ms);
	return OK;
}

err_t
store_marks_set(struct store *s, const struct store_marks *m)
{
	AUTO(use_end) struct use u = use_of(s, ST_MARKS_SET);

	put_number(&u, &m->sequence);
	put_number(&u, &m->time_ms);
	TRY(use_run(&u));
	return sqlite3_changes(s->db) == 1 ? OK : E_IO;
}

err_t
store_epoch_add(struct store *s, uint32_t node, uint32_t epoch, uint64_t now_s)
{
	AUTO(use_end) struct use u = use_of(s, ST_EPOCH_ADD);

	put_number(&u, &(uint64_t){ node });
	put_number(&u, &(uint64_t){ epoch });
	put_number(&u, &now_s);
	return use_run(&u);
}

err_t
store_epoch_known(struct store *s, uint32_t node, uint32_t epoch,
                  bool *ret_known)
{
	AUTO(use_end) struct use u = use_of(s, ST_EPOCH_GET);

	put_number(&u, &(uint64_t){ node });
	put_number(&u, &(uint64_t){ epoch });
	err_t err = use_row(&u);
	if (err != OK && err != E_NOT_FOUND)
		return err;
	*ret_known = err == OK;
	return OK;
}

err_t
store_epoch_last(struct store *s, uint32_t node, uint32_t *ret_epoch)
{
	AUTO(use_end) struct use u = use_of(s, ST_EPOCH_LAST);
	store_number last = 0;

	put_number(&u, &(uint64_t){ node });
	TRY(use_row(&u));
	get_number(&u, &last); /* NULL reads as 0 */
	*ret_epoch = (uint32_t)last;
	return OK;
}

/* --- outcomes and redemptions --------------------------------------------- */

err_t
store_outcome_add(struct store *s, const struct outcome *o)
{
	AUTO(use_end) struct use u = use_of(s, ST_OUTCOME_ADD);

#define OUTCOME(type, name, sql) put_##type(&u, &o->name);
#include "outcome.def"
#undef OUTCOME
	return use_run(&u);
}

err_t
store_redeem(struct store *s, const struct outcome *o, uint64_t expires_s,
             const uint8_t observed[static HASH_SIZE], bool *ret_won)
{
	AUTO(use_end) struct use u = use_of(s, ST_REDEEM);

	put_id(&u, &o->cti);
	put_number(&u, &o->sequence);
	put_number(&u, &expires_s);
	put_bytes(&u, bytes_of(observed, HASH_SIZE));
	TRY(use_run(&u));
	*ret_won = sqlite3_changes(s->db) == 1;
	return OK;
}

err_t
store_redemption(struct store *s, const uint8_t cti[static CTI_SIZE],
                 struct buf *jwt, store_hash *ret_observed,
                 struct outcome *ret_outcome)
{
	AUTO(use_end) struct use u = use_of(s, ST_REDEMPTION);
	struct outcome o;
	store_hash observed;

	put_bytes(&u, bytes_of(cti, CTI_SIZE));
	TRY(use_row(&u));
	get_hash(&u, &observed);
	buf_append(jwt, next_bytes(&u));
#define OUTCOME(type, name, sql) get_##type(&u, &o.name);
#include "outcome.def"
#undef OUTCOME
	if (u.failed)
		return E_IO;
	TRY(buf_status(jwt));
	memcpy(*ret_observed, observed, sizeof(observed));
	*ret_outcome = o;
	return OK;
}

err_t
store_jwt_set(struct store *s, const uint8_t cti[static CTI_SIZE],
              struct bytes jwt)
{
	AUTO(use_end) struct use u = use_of(s, ST_JWT_SET);

	put_bytes(&u, jwt);
	put_bytes(&u, bytes_of(cti, CTI_SIZE));
	return use_run(&u);
}

err_t
store_sweep(struct store *s, uint64_t expires_s, size_t most, size_t *ret_n)
{
	AUTO(use_end) struct use u = use_of(s, ST_SWEEP);

	put_number(&u, &expires_s);
	put_number(&u, &(uint64_t){ most });
	TRY(use_run(&u));
	*ret_n = (size_t)sqlite3_changes(s->db);
	return OK;
}

/* --- enrolments ----------------------------------------------------------- */

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
	TRY(use_run(&u));
	*ret_added = sqlite3_changes(s->db) == 1;
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
