/*
 * sqlite_use.h - one execution of a prepared statement: the put functions bind
 * its parameters in order, use_run() or use_row() executes it, the get
 * functions read the columns in order, and use_end() resets it.  A failed put
 * or get sets `failed`; use_run() and use_row() then return E_IO.
 */
#ifndef LEDGER_STORE_SQLITE_USE_H
#define LEDGER_STORE_SQLITE_USE_H

#include "base/auto.h"

#include "ledger/store/sqlite.h"

struct use {
	sqlite3_stmt *st; /* borrowed from the store */
	int at;           /* number of the next parameter or column */
	bool failed;
};

void use_end(struct use *u);
DEFINE_AUTO_REF(struct use, use_end);
struct use use_of(struct store *s, enum statement which);

/* The same of a statement that is prepared for this use alone, which is rarely
 * made; use_drop() ends it.  If it cannot be prepared, the use has failed. */
struct use use_sql(struct store *s, const char *sql);
void use_drop(struct use *u);
DEFINE_AUTO_REF(struct use, use_drop);

/* Neither copies: what is put must stay as it is until the use has ended. */
void put_bytes(struct use *u, struct bytes v);
void put_text(struct use *u, struct bytes v);
void put_number(struct use *u, const store_number *v);
void put_small(struct use *u, const store_small *v);
void put_id(struct use *u, const store_id *v);
void put_hash(struct use *u, const store_hash *v);
void put_vector(struct use *u, const store_vector *v);

/* The next column as it is; valid until the next use_row() or use_end(). */
struct bytes next_bytes(struct use *u);
void get_number(struct use *u, store_number *v);
void get_small(struct use *u, store_small *v);
void get_id(struct use *u, store_id *v);
void get_hash(struct use *u, store_hash *v);
void get_vector(struct use *u, store_vector *v);

/* OK: the statement ran to its end.  E_IO, also for an unexpected row. */
MUST_CHECK err_t use_run(struct use *u);

/* OK: a row; E_NOT_FOUND: none. */
MUST_CHECK err_t use_row(struct use *u);

#endif
