/*
 * sqlite_epochs.c - the lives of key holders, and the repair, which shuts them.
 */
#include <string.h>

#include "ledger/store/epochs.h"
#include "ledger/store/sqlite_use.h"

err_t
store_epoch(struct store *s, uint32_t node, uint32_t epoch,
            struct store_epoch *ret_epoch)
{
	AUTO(use_end) struct use u = use_of(s, ST_EPOCH_GET);
	struct store_epoch e;

	put_number(&u, &(uint64_t){ node });
	put_number(&u, &(uint64_t){ epoch });
	TRY(use_row(&u));
	get_id(&u, &e.life);
	get_number(&u, &e.heard_ms);
	get_number(&u, &e.ended_ms);
	if (u.failed)
		return E_IO;
	*ret_epoch = e;
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

static err_t
end_earlier(struct store *s, uint32_t node, uint32_t epoch, uint64_t now_ms)
{
	AUTO(use_end) struct use u = use_of(s, ST_EPOCHS_END_BEFORE);

	put_number(&u, &now_ms);
	put_number(&u, &(uint64_t){ node });
	put_number(&u, &(uint64_t){ epoch });
	return use_run(&u);
}

err_t
store_epoch_live(struct store *s, const struct store_life *l, uint64_t now_ms)
{
	AUTO(use_end) struct use u = use_of(s, ST_EPOCH_LIVE);

	put_number(&u, &(uint64_t){ l->node });
	put_number(&u, &(uint64_t){ l->epoch });
	put_id(&u, &l->life);
	put_number(&u, &now_ms);
	TRY(use_run(&u));
	return end_earlier(s, l->node, l->epoch, now_ms);
}

err_t
store_epoch_end(struct store *s, uint32_t node, uint32_t epoch, uint64_t now_ms)
{
	AUTO(use_end) struct use u = use_of(s, ST_EPOCH_END);

	put_number(&u, &now_ms);
	put_number(&u, &(uint64_t){ node });
	put_number(&u, &(uint64_t){ epoch });
	return use_run(&u);
}

err_t
store_epochs_end(struct store *s, uint64_t now_ms)
{
	AUTO(use_end) struct use u = use_of(s, ST_EPOCHS_END);

	put_number(&u, &now_ms);
	return use_run(&u);
}

/* --- the repair ----------------------------------------------------------- */

static err_t
change_rows(struct store *s, enum statement which, const uint64_t *value,
            uint64_t *ret_rows)
{
	AUTO(use_end) struct use u = use_of(s, which);

	put_number(&u, value);
	TRY(use_run(&u));
	*ret_rows = (uint64_t)sqlite3_changes64(s->db);
	return OK;
}

err_t
store_repair(struct store *s, uint64_t now_ms, struct store_repair *ret_done)
{
	const uint64_t now_s = now_ms / 1000;
	const uint64_t shut = STORE_EPOCH_SHUT;
	struct store_repair done;
	struct store_marks m;
	uint64_t rows = 0;

	TRY(store_marks_get(s, &m));
	done.time_ms = m.time_ms;
	TRY(change_rows(s, ST_EPOCHS_SHUT, &shut, &done.epochs));
	TRY(change_rows(s, ST_ENROLMENTS_NOT_LATER, &now_s, &done.enrolments));
	TRY(change_rows(s, ST_PERMITS_NOT_LATER, &now_s, &rows));
	counts_forget_all(s);
	TRY(change_rows(s, ST_MARKS_REPAIR, &now_ms, &rows));
	if (rows != 1)
		return E_IO;
	*ret_done = done;
	return OK;
}

static err_t
count_rows(struct store *s, enum statement which, const uint64_t *value,
           uint64_t *ret_rows)
{
	AUTO(use_end) struct use u = use_of(s, which);

	put_number(&u, value);
	TRY(use_row(&u));
	get_number(&u, ret_rows);
	return OK;
}

err_t
store_repair_look(struct store *s, uint64_t now_ms,
                  struct store_repair *ret_done)
{
	const uint64_t now_s = now_ms / 1000;
	const uint64_t shut = STORE_EPOCH_SHUT;
	struct store_repair done;
	struct store_marks m;

	TRY(store_marks_get(s, &m));
	done.time_ms = m.time_ms;
	TRY(count_rows(s, ST_EPOCHS_OPEN, &shut, &done.epochs));
	TRY(count_rows(s, ST_ENROLMENTS_LATER, &now_s, &done.enrolments));
	*ret_done = done;
	return OK;
}
