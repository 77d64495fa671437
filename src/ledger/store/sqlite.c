/*
 * sqlite.c - transactions, marks, outcomes and redemptions.
 *
 * sqlite_open.c opens the database and makes commits durable.
 */
#include <string.h>

#include "base/auto.h"

#include "ledger/store/sqlite_use.h"
#include "wire/wire.h"

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

	/* A database without this row is damaged. */
	if (use_row(&u) != OK)
		return E_IO;
	get_number(&u, &ret->sequence);
	get_number(&u, &ret->time_ms);
	get_number(&u, &ret->created_ms);
	get_number(&u, &ret->horizon_ms);
	get_number(&u, &ret->first);
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

/* --- outcomes and redemptions --------------------------------------------- */

err_t
store_outcome_add(struct store *s, const struct outcome *o)
{
	AUTO(use_end) struct use u = use_of(s, ST_OUTCOME_ADD);

#define OUTCOME(type, name, sql) put_##type(&u, &o->name);
#include "ledger/store/outcome.def"
#undef OUTCOME
	return use_run(&u);
}

err_t
store_redeem(struct store *s, const struct outcome *o,
             const struct redemption *r, bool *ret_won)
{
	AUTO(use_end) struct use u = use_of(s, ST_REDEEM);

	put_id(&u, &o->cti);
	put_number(&u, &o->sequence);
	put_number(&u, &r->expires_s);
	put_hash(&u, &r->observed);
	put_bytes(&u, buf_bytes(&r->finding));
	put_hash(&u, &r->tag);
	TRY(use_run(&u));
	*ret_won = sqlite3_changes(s->db) == 1;
	return OK;
}

/* The tag is empty in a row of an older version. */
static void
get_tag(struct use *u, struct redemption *r)
{
	struct bytes tag = next_bytes(u);

	if (tag.len == sizeof(r->tag))
		memcpy(r->tag, tag.data, sizeof(r->tag));
	else if (tag.len != 0 || r->finding.len != 0)
		u->failed = true;
}

err_t
store_redemption(struct store *s, const uint8_t cti[static CTI_SIZE],
                 struct redemption *r, struct outcome *ret_outcome)
{
	AUTO(use_end) struct use u = use_of(s, ST_REDEMPTION);
	struct outcome o;

	put_bytes(&u, bytes_of(cti, CTI_SIZE));
	TRY(use_row(&u));
	get_hash(&u, &r->observed);
	r->jwt = buf_of(WIRE_PACKET_MAX);
	buf_append(&r->jwt, next_bytes(&u));
	r->finding = buf_of(WIRE_PACKET_MAX);
	buf_append(&r->finding, next_bytes(&u));
	get_tag(&u, r);
#define OUTCOME(type, name, sql) get_##type(&u, &o.name);
#include "ledger/store/outcome.def"
#undef OUTCOME
	/* This program writes no other numbers, and a message with one does not
	 * decode. */
	if (u.failed || !wire_enrolled_valid((unsigned)o.enrolled))
		return E_IO;
	TRY(buf_status(&r->jwt));
	TRY(buf_status(&r->finding));
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
