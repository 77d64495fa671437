/*
 * sqlite_retention.c - see retention.h.
 */
#include "ledger/store/retention.h"

#include "ledger/store/sqlite_use.h"

/* --- outcomes -------------------------------------------------------------- */

/* The first sequence that must stay.  Looks at `most` rows. */
static err_t
first_kept(struct store *s, uint64_t before_ms, uint64_t most, uint64_t *ret)
{
	AUTO(use_drop)
	struct use u = use_sql(
	        s, "SELECT coalesce((SELECT min(o.sequence) FROM outcomes o"
	           " WHERE o.sequence BETWEEN m.first AND m.first + ?2 - 1"
	           " AND (o.recorded_ms >= ?1 OR EXISTS (SELECT 1"
	           " FROM redemptions r WHERE r.sequence = o.sequence))),"
	           " min(m.first + ?2, m.sequence + 1)) FROM meta m");

	put_number(&u, &before_ms);
	put_number(&u, &most);
	TRY(use_row(&u));
	get_number(&u, ret);
	return OK;
}

static err_t
run_sql(struct store *s, const char *sql, uint64_t number)
{
	AUTO(use_drop) struct use u = use_sql(s, sql);

	put_number(&u, &number);
	return use_run(&u);
}

err_t
store_outcomes_delete(struct store *s, uint64_t before_ms, uint64_t most,
                      uint64_t *ret_n)
{
	uint64_t first = 0;

	TRY(first_kept(s, before_ms, most, &first));
	TRY(run_sql(s, "DELETE FROM outcomes WHERE sequence < ?", first));
	*ret_n = (uint64_t)sqlite3_changes64(s->db);
	/* Once, after the last step, which may find nothing more. */
	s->scrub |= *ret_n < most && (*ret_n > 0 || s->scrub_owed);
	s->scrub_owed = *ret_n >= most;
	if (*ret_n == 0)
		return OK;
	return run_sql(s, "UPDATE meta SET first = ?", first);
}

/* --- permits --------------------------------------------------------------- */

static void
put_release(struct use *u, const struct permit_release *of)
{
	put_small(u, &of->release);
	put_small(u, &of->channel);
}

err_t
store_permit_release(struct store *s, const struct permit_release *at,
                     struct permit_release *ret)
{
	AUTO(use_drop)
	struct use u = use_sql(s, "SELECT release, channel FROM permits"
	                          " WHERE (release, channel) > (?, ?)"
	                          " ORDER BY release, channel LIMIT 1");
	struct permit_release found;

	put_release(&u, at);
	TRY(use_row(&u));
	get_small(&u, &found.release);
	get_small(&u, &found.channel);
	if (u.failed)
		return E_IO;
	*ret = found;
	return OK;
}

static err_t
run_release(struct store *s, const char *sql, const struct permit_release *of)
{
	AUTO(use_drop) struct use u = use_sql(s, sql);

	put_release(&u, of);
	return use_run(&u);
}

err_t
store_gone(struct store *s, const struct permit_release *of, uint64_t now_s,
           uint64_t *ret_since_s)
{
	AUTO(use_drop)
	struct use u = use_sql(s, "INSERT INTO gone (release, channel, since_s)"
	                          " VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
	                          " SET since_s = min(since_s,"
	                          " excluded.since_s) RETURNING since_s");

	put_release(&u, of);
	put_number(&u, &now_s);
	TRY(use_row(&u));
	get_number(&u, ret_since_s);
	/* The statement must run to its end. */
	return use_row(&u) == E_NOT_FOUND ? OK : E_IO;
}

err_t
store_gone_not(struct store *s, const struct permit_release *of)
{
	return run_release(
	        s, "DELETE FROM gone WHERE release = ? AND channel = ?", of);
}

err_t
store_gone_tidy(struct store *s)
{
	AUTO(use_drop)
	struct use u = use_sql(s, "DELETE FROM gone WHERE NOT EXISTS"
	                          " (SELECT 1 FROM permits p"
	                          " WHERE p.release = gone.release"
	                          " AND p.channel = gone.channel)");

	return use_run(&u);
}

err_t
store_permits_delete(struct store *s, const struct permit_release *of,
                     uint64_t expired_s, uint64_t most, uint64_t *ret_n)
{
	AUTO(use_drop)
	struct use u = use_sql(
	        s, "DELETE FROM permits WHERE release = ?1 AND channel = ?2"
	           " AND handle IN (SELECT handle FROM permits"
	           " WHERE release = ?1 AND channel = ?2 AND expires_s <= ?3"
	           " LIMIT ?4)");

	put_release(&u, of);
	put_number(&u, &expired_s);
	put_number(&u, &most);
	TRY(use_run(&u));
	*ret_n = (uint64_t)sqlite3_changes64(s->db);
	s->scrub |= *ret_n > 0;
	counts_forget(s, store_small_bytes(&of->release),
	              store_small_bytes(&of->channel));
	return *ret_n > 0 ? store_gone_tidy(s) : OK;
}

/* --- known devices --------------------------------------------------------- */

err_t
store_known_end(struct store *s, uint64_t ended_s, uint64_t most,
                uint64_t *ret_n)
{
	AUTO(use_end) struct use u = use_of(s, ST_KNOWN_END);

	put_number(&u, &ended_s);
	put_number(&u, &most);
	TRY(use_run(&u));
	*ret_n = (uint64_t)sqlite3_changes64(s->db);
	s->scrub |= *ret_n > 0;
	return OK;
}

/* --- stops ----------------------------------------------------------------- */

err_t
store_stop_signed(struct store *s, const store_id after, uint64_t before_ms,
                  struct stop *ret)
{
	AUTO(use_drop)
	struct use u = use_sql(
	        s, "SELECT id FROM stops WHERE id > ? AND stopped_ms < ?"
	           " AND (who <> '' OR reason <> '') ORDER BY id LIMIT 1");
	store_id id;

	put_bytes(&u, bytes_of(after, CTI_SIZE));
	put_number(&u, &before_ms);
	TRY(use_row(&u));
	get_id(&u, &id);
	return u.failed ? E_IO : store_stop(s, id, ret);
}

err_t
store_stop_unsign(struct store *s, const store_id id)
{
	AUTO(use_drop)
	struct use u = use_sql(
	        s, "UPDATE stops SET who = '', reason = '' WHERE id = ?");

	put_bytes(&u, bytes_of(id, CTI_SIZE));
	TRY(use_run(&u));
	s->scrub = true;
	return sqlite3_changes(s->db) == 1 ? OK : E_IO;
}
