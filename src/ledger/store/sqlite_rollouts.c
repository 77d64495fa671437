/*
 * sqlite_rollouts.c - permits and emergency stops.
 */
#include "ledger/store/rollouts.h"
#include "ledger/store/sqlite_use.h"

/* --- emergency stops ------------------------------------------------------- */

err_t
store_stops(struct store *s, struct bytes release,
            store_id ids[static STORE_STOPS_MAX], size_t *ret_n)
{
	AUTO(use_end) struct use u = use_of(s, ST_STOPS_GET);
	size_t n = 0;
	err_t err;

	put_text(&u, release);
	put_number(&u, &(uint64_t){ STORE_STOPS_MAX });
	for (; (err = use_row(&u)) == OK && n < STORE_STOPS_MAX; n++)
		get_id(&u, &ids[n]);
	if (err != E_NOT_FOUND || u.failed)
		return E_IO;
	*ret_n = n;
	return OK;
}

err_t
store_stop(struct store *s, const store_id id, struct stop *ret)
{
	AUTO(use_end) struct use u = use_of(s, ST_STOP_GET);
	struct stop stop;

	put_bytes(&u, bytes_of(id, CTI_SIZE));
	TRY(use_row(&u));
	get_id(&u, &stop.id);
	get_small(&u, &stop.release);
	get_number(&u, &stop.stopped_ms);
	get_small(&u, &stop.who);
	get_small(&u, &stop.reason);
	if (u.failed)
		return E_IO;
	*ret = stop;
	return OK;
}

err_t
store_stop_add(struct store *s, const struct stop *stop)
{
	AUTO(use_end) struct use u = use_of(s, ST_STOP_ADD);

	put_id(&u, &stop->id);
	put_small(&u, &stop->release);
	put_number(&u, &stop->stopped_ms);
	put_small(&u, &stop->who);
	put_small(&u, &stop->reason);
	return use_run(&u);
}

/* --- permits --------------------------------------------------------------- */

static void
put_permit_of(struct use *u, const struct permit_of *of)
{
	put_text(u, of->handle);
	put_text(u, of->release);
	put_text(u, of->channel);
}

err_t
store_permit(struct store *s, const struct permit_of *of, struct permit *ret)
{
	AUTO(use_end) struct use u = use_of(s, ST_PERMIT_GET);
	struct permit p;

	put_permit_of(&u, of);
	TRY(use_row(&u));
	get_number(&u, &p.given_s);
	get_number(&u, &p.expires_s);
	get_number(&u, &p.attempts);
	get_number(&u, &p.finished);
	if (u.failed)
		return E_IO;
	*ret = p;
	return OK;
}

static err_t
put_permit(struct store *s, const struct permit_of *of,
           const struct permit *permit)
{
	AUTO(use_end) struct use u = use_of(s, ST_PERMIT_PUT);

	put_permit_of(&u, of);
	put_number(&u, &permit->given_s);
	put_number(&u, &permit->expires_s);
	put_number(&u, &permit->attempts);
	put_number(&u, &permit->finished);
	TRY(use_run(&u));
	return sqlite3_changes(s->db) == 1 ? OK : E_IO;
}

err_t
store_permit_put(struct store *s, const struct permit_of *of,
                 const struct permit *permit)
{
	struct permit before = { 0 };

	if (counts_has(s, of)) {
		err_t err = store_permit(s, of, &before);
		if (err != E_NOT_FOUND)
			TRY(err);
	}
	TRY(put_permit(s, of, permit));
	counts_change(s, of, &before, permit);
	return OK;
}

err_t
store_permits(struct store *s, const struct permits_query *q,
              const struct permit_of *of, uint64_t *ret_n)
{
	uint64_t n;

	TRY(counts_get(s, q, of, &n));
	*ret_n = n < q->most ? n : q->most;
	return OK;
}

/* --- who holds one ---------------------------------------------------------- */

static err_t
read_holder(struct use *u, struct permit_holder *ret)
{
	struct permit_holder h;

	get_small(u, &h.handle);
	get_small(u, &h.tenant);
	get_number(u, &h.permit.given_s);
	get_number(u, &h.permit.expires_s);
	get_number(u, &h.permit.attempts);
	get_number(u, &h.permit.finished);
	if (u->failed)
		return E_IO;
	*ret = h;
	return OK;
}

static bool
is_holder_wanted(const struct permit_holders *q, const struct permit_holder *h)
{
	return (q->tenant.len == 0 ||
	        bytes_equal(q->tenant, store_small_bytes(&h->tenant))) &&
	       (q->after_s == 0 || h->permit.expires_s > q->after_s) &&
	       h->permit.expires_s <= q->until_s;
}

/* A place behind the handle `last` and before the one that follows: the shortest
 * text that begins as the latter and is greater than the former.  The handle itself
 * may be another tenant's, whom the asker must not know.  The texts of two handles
 * differ within their first bytes, so that much is no name. */
static struct store_small
place_between(const struct store_small *last, const struct store_small *follows)
{
	struct store_small place = *follows;
	size_t same = 0;

	while (same < last->len && same < follows->len &&
	       last->data[same] == follows->data[same])
		same++;
	if (same + 1 >= follows->len)
		return *last; /* nothing is between them; no HMACs are so near */
	place.len = (uint8_t)(same + 1);
	return place;
}

err_t
store_permit_holders(struct store *s, const struct permit_holders *q,
                     permit_holder_fn *fn, void *user,
                     struct store_small *ret_next)
{
	AUTO(use_end) struct use u = use_of(s, ST_PERMIT_HOLDERS);
	struct store_small last = { 0 }, none = { 0 };
	struct permit_holder h;
	size_t seen = 0, n = 0;
	err_t err = OK;

	put_text(&u, q->release);
	put_text(&u, q->channel);
	put_number(&u, &q->finished);
	put_text(&u, q->after);
	put_number(&u, &(uint64_t){ q->scan + 1 }); /* and what follows */
	while (n < q->limit && seen < q->scan && (err = use_row(&u)) == OK) {
		TRY(read_holder(&u, &h));
		last = h.handle;
		seen++;
		if (!is_holder_wanted(q, &h))
			continue;
		TRY(fn(user, &h));
		n++;
	}
	if (err == OK)
		err = use_row(&u);
	if (err != OK && err != E_NOT_FOUND)
		return err;
	if (err == OK)
		TRY(read_holder(&u, &h));
	*ret_next = err == OK ? place_between(&last, &h.handle) : none;
	return OK;
}
