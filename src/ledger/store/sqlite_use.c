/*
 * sqlite_use.c - see sqlite_use.h.
 */
#include "ledger/store/sqlite_use.h"

#include <string.h>

void
use_end(struct use *u)
{
	(void)sqlite3_reset(u->st); /* repeats the error of the last step */
	(void)sqlite3_clear_bindings(u->st);
}

struct use
use_of(struct store *s, enum statement which)
{
	return (struct use){ .st = s->statements[which] };
}

struct use
use_sql(struct store *s, const char *sql)
{
	struct use u = { 0 };

	u.failed = sqlite3_prepare_v2(s->db, sql, -1, &u.st, NULL) != SQLITE_OK;
	return u;
}

void
use_drop(struct use *u)
{
	(void)sqlite3_finalize(u->st);
}

void
put_bytes(struct use *u, struct bytes v)
{
	if (sqlite3_bind_blob64(u->st, ++u->at,
	                        v.len ? v.data : (const void *)"", v.len,
	                        SQLITE_STATIC) != SQLITE_OK)
		u->failed = true;
}

void
put_text(struct use *u, struct bytes v)
{
	const char *text = v.len ? (const char *)v.data : "";

	if (sqlite3_bind_text64(u->st, ++u->at, text, v.len, SQLITE_STATIC,
	                        SQLITE_UTF8) != SQLITE_OK)
		u->failed = true;
}

void
put_number(struct use *u, const store_number *v)
{
	/* A set of reasons uses all 64 bits; get_number() converts back. */
	if (sqlite3_bind_int64(u->st, ++u->at, (sqlite3_int64)*v) != SQLITE_OK)
		u->failed = true;
}

void
put_small(struct use *u, const store_small *v)
{
	put_text(u, store_small_bytes(v));
}

void
put_id(struct use *u, const store_id *v)
{
	put_bytes(u, bytes_of(*v, sizeof(*v)));
}

void
put_hash(struct use *u, const store_hash *v)
{
	put_bytes(u, bytes_of(*v, sizeof(*v)));
}

void
put_vector(struct use *u, const store_vector *v)
{
	put_bytes(u, bytes_of(*v, sizeof(*v)));
}

struct bytes
next_bytes(struct use *u)
{
	const void *data = sqlite3_column_blob(u->st, u->at);

	return bytes_of(data, (size_t)sqlite3_column_bytes(u->st, u->at++));
}

void
get_number(struct use *u, store_number *v)
{
	*v = (uint64_t)sqlite3_column_int64(u->st, u->at++);
}

void
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

void
get_id(struct use *u, store_id *v)
{
	get_exact(u, *v, sizeof(*v));
}

void
get_hash(struct use *u, store_hash *v)
{
	get_exact(u, *v, sizeof(*v));
}

void
get_vector(struct use *u, store_vector *v)
{
	get_exact(u, *v, sizeof(*v));
}

err_t
use_run(struct use *u)
{
	return !u->failed && sqlite3_step(u->st) == SQLITE_DONE ? OK : E_IO;
}

err_t
use_row(struct use *u)
{
	int rc = u->failed ? SQLITE_MISUSE : sqlite3_step(u->st);

	u->at = 0;
	if (rc == SQLITE_DONE)
		return E_NOT_FOUND;
	return rc == SQLITE_ROW ? OK : E_IO;
}
