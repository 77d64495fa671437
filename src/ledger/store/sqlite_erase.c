/*
 * sqlite_erase.c - see erase.h.
 */
#include "ledger/store/erase.h"

#include "ledger/store/enrolments.h"
#include "ledger/store/retention.h"
#include "ledger/store/sqlite_use.h"

/* What a column of outcome.def is in a row of an erased tenant. */
#define EMPTY_number "0"
#define EMPTY_small "''"
#define EMPTY_id "zeroblob(16)"
#define EMPTY_hash "zeroblob(32)"
#define EMPTY_vector "zeroblob(8)"
_Static_assert(CTI_SIZE == 16 && HASH_SIZE == 32 && VECTOR_COUNT == 8,
               "the sizes of the empty columns");

static const char outcome_empty[] =
        "UPDATE outcomes SET sequence = sequence"
#define OUTCOME(type, name, sql) ", " #name " = " EMPTY_##type
#include "ledger/store/outcome.def"
#undef OUTCOME
        ", sequence = ?1, recorded_ms = ?2 WHERE sequence = ?1";

/* The permits of the tenant's deleted devices are between these names. */
#define PERMITS_KEPT                                     \
	"handle > '" STORE_DELETED_MARK "' || ?1 || '/'" \
	" AND handle < '" STORE_DELETED_MARK "' || ?1 || '0'"

/* Rows of a step.  ?1: the tenant, ?2: how many.  A device's permits go before
 * its enrolment, which alone says whose they are, and both in one
 * transaction. */
#define HANDLES                                            \
	"(SELECT handle FROM enrolments WHERE tenant = ?1" \
	" ORDER BY handle LIMIT ?2)"

static err_t
run_tenant(struct store *s, const char *sql, const struct erasure *e,
           uint64_t *sum)
{
	AUTO(use_drop) struct use u = use_sql(s, sql);

	put_text(&u, e->tenant);
	put_number(&u, &(uint64_t){ ERASE_STEP });
	TRY(use_run(&u));
	*sum += (uint64_t)sqlite3_changes64(s->db);
	return OK;
}

/* Enrolments with facts and permits, the permits of deleted devices, the list of
 * known ones, and when one last attested. */
static err_t
erase_devices(struct store *s, const struct erasure *e, struct erased *sum,
              bool *ret_more)
{
	const uint64_t before = sum->enrolments + sum->permits + sum->listed;
	uint64_t kept = 0, attested = 0;

	TRY(run_tenant(s, "DELETE FROM permits WHERE handle IN " HANDLES, e,
	               &sum->permits));
	TRY(run_tenant(s, "DELETE FROM facts WHERE handle IN " HANDLES, e,
	               &sum->facts));
	TRY(run_tenant(s, "DELETE FROM enrolments WHERE handle IN " HANDLES, e,
	               &sum->enrolments));
	TRY(run_tenant(s,
	               "DELETE FROM permits WHERE (handle, release, channel) IN"
	               " (SELECT handle, release, channel FROM permits"
	               " WHERE " PERMITS_KEPT " LIMIT ?2)",
	               e, &kept));
	sum->permits += kept;
	counts_forget_all(s);
	TRY(run_tenant(s,
	               "DELETE FROM preregistrations WHERE (kind, digest) IN"
	               " (SELECT kind, digest FROM preregistrations"
	               " WHERE tenant = ?1 LIMIT ?2) AND tenant = ?1",
	               e, &sum->listed));
	TRY(run_tenant(s,
	               "DELETE FROM tenants_attested WHERE tenant = ?1"
	               " AND ?2 > 0",
	               e, &attested));
	*ret_more = sum->enrolments + sum->permits + sum->listed > before;
	return OK;
}

/* --- outcomes -------------------------------------------------------------- */

static err_t
empty_redemption(struct store *s, uint64_t sequence, uint64_t *sum)
{
	AUTO(use_drop)
	struct use u = use_sql(s, "UPDATE redemptions SET jwt = NULL,"
	                          " observed = zeroblob(32), finding = x'',"
	                          " tag = x'' WHERE sequence = ?");

	put_number(&u, &sequence);
	TRY(use_run(&u));
	*sum += (uint64_t)sqlite3_changes64(s->db);
	return OK;
}

static err_t
empty_outcome(struct store *s, uint64_t sequence, uint64_t recorded_ms)
{
	AUTO(use_drop) struct use u = use_sql(s, outcome_empty);

	put_number(&u, &sequence);
	put_number(&u, &recorded_ms);
	return use_run(&u);
}

/* Redemption and outcome at once: a retry finds both as they were, or is a
 * replay. */
static err_t
erase_outcomes(struct store *s, struct erasure *e, struct erased *sum,
               bool *ret_more)
{
	AUTO(use_drop)
	struct use u = use_sql(s, "SELECT sequence, recorded_ms FROM outcomes"
	                          " WHERE sequence > ? AND tenant = ?"
	                          " ORDER BY sequence LIMIT ?");
	uint64_t sequence, recorded_ms, n = 0;
	err_t err;

	put_number(&u, &e->at);
	put_text(&u, e->tenant);
	put_number(&u, &(uint64_t){ ERASE_STEP });
	for (; (err = use_row(&u)) == OK; n++) {
		get_number(&u, &sequence);
		get_number(&u, &recorded_ms);
		TRY(empty_redemption(s, sequence, &sum->redemptions));
		TRY(empty_outcome(s, sequence, recorded_ms));
		e->at = sequence;
	}
	sum->outcomes += n;
	*ret_more = n == ERASE_STEP;
	return err == E_NOT_FOUND ? OK : err;
}

static err_t
forget_author(struct store *s, const struct erasure *e, struct erased *sum)
{
	AUTO(use_drop)
	struct use u = use_sql(s, "UPDATE stops SET who = '', reason = ''"
	                          " WHERE who = ? AND who <> ''");

	put_text(&u, e->client);
	TRY(use_run(&u));
	sum->stops += (uint64_t)sqlite3_changes64(s->db);
	return OK;
}

err_t
store_erase_step(struct store *s, struct erasure *e, struct erased *sum,
                 bool *ret_more)
{
	struct erased all = *sum;
	struct erasure after = *e;
	bool devices = false, outcomes = false;

	TRY(store_begin(s));
	TRY(erase_devices(s, e, &all, &devices));
	TRY(erase_outcomes(s, &after, &all, &outcomes));
	TRY(forget_author(s, e, &all));
	TRY(store_commit(s));
	*sum = all;
	*e = after;
	*ret_more = devices || outcomes;
	return store_checkpoint(s);
}

err_t
store_erase_look(struct store *s, const struct erasure *e, struct erased *ret)
{
	AUTO(use_drop)
	struct use u = use_sql(
	        s, "SELECT (SELECT count(*) FROM enrolments WHERE tenant = ?1),"
	           " (SELECT count(*) FROM facts JOIN enrolments USING (handle)"
	           " WHERE tenant = ?1),"
	           " (SELECT count(*) FROM permits JOIN enrolments"
	           " USING (handle) WHERE tenant = ?1)"
	           " + (SELECT count(*) FROM permits WHERE " PERMITS_KEPT "),"
	           " (SELECT count(*) FROM preregistrations"
	           " WHERE tenant = ?1),"
	           " (SELECT count(*) FROM outcomes WHERE tenant = ?1),"
	           " (SELECT count(*) FROM redemptions JOIN outcomes"
	           " USING (sequence) WHERE tenant = ?1),"
	           " (SELECT count(*) FROM stops WHERE who = ?2"
	           " AND who <> '')");
	struct erased n;

	put_text(&u, e->tenant);
	put_text(&u, e->client);
	TRY(use_row(&u));
	get_number(&u, &n.enrolments);
	get_number(&u, &n.facts);
	get_number(&u, &n.permits);
	get_number(&u, &n.listed);
	get_number(&u, &n.outcomes);
	get_number(&u, &n.redemptions);
	get_number(&u, &n.stops);
	*ret = n;
	return OK;
}

/* --- the file -------------------------------------------------------------- */

static err_t
exec_sql(struct store *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? OK
	                                                               : E_IO;
}

/* The copy that VACUUM makes is a file of SQLite's without a name, and not memory
 * as for the ledger's small sorts: a database may be larger than that. */
static err_t
vacuum_file(struct store *s, const char *directory)
{
	char *text = sqlite3_mprintf("%s", directory);

	if (!text)
		return E_NOMEM;
	sqlite3_temp_directory = text;
	err_t err = exec_sql(s, "PRAGMA temp_store = FILE; VACUUM;"
	                        "PRAGMA temp_store = MEMORY");
	sqlite3_temp_directory = NULL;
	sqlite3_free(text);
	return err;
}

err_t
store_erase_end(struct store *s, const char *directory)
{
	TRY(store_begin(s));
	TRY(store_gone_tidy(s));
	TRY(store_commit(s));
	TRY(vacuum_file(s, directory));
	s->scrub = true;
	TRY(store_scrub(s));
	return s->scrub ? E_CONFLICT : OK; /* a copy is being made */
}
