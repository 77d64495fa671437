/*
 * sqlite_counts.c - see sqlite_counts.h.
 */
#include "ledger/store/sqlite_counts.h"

#include <string.h>

#include "ledger/store/sqlite_use.h"

/* --- rows ------------------------------------------------------------------ */

static struct permit_counts_row *
find_counts(struct permit_counts *c, struct bytes release, struct bytes channel)
{
	for (size_t i = 0; i < c->n; i++) {
		struct permit_counts_row *row = &c->rows[i];

		if (bytes_equal(store_small_bytes(&row->release), release) &&
		    bytes_equal(store_small_bytes(&row->channel), channel))
			return row;
	}
	return NULL;
}

/* NULL: a name is longer than a row of the table has it. */
static struct permit_counts_row *
take_counts(struct permit_counts *c, const struct permit_of *of)
{
	struct permit_counts_row *row =
	        find_counts(c, of->release, of->channel);

	if (row)
		return row;
	row = &c->rows[c->next];
	*row = (struct permit_counts_row){ 0 };
	if (!store_small_set(&row->release, of->release) ||
	    !store_small_set(&row->channel, of->channel))
		return NULL;
	c->next = (c->next + 1) % COUNTS_MAX;
	if (c->n < COUNTS_MAX)
		c->n++;
	return row;
}

/* --- counting -------------------------------------------------------------- */

/* Those above `above`, up to `until`. */
static err_t
count_between(struct store *s, const struct permit_of *of, size_t which,
              const uint64_t between[static 2], uint64_t *ret_n)
{
	static const enum statement statements[] = {
		[PERMITS_VALID] = ST_PERMITS_VALID,
		[PERMITS_GIVEN] = ST_PERMITS_GIVEN,
		[PERMITS_FINISHED] = ST_PERMITS_FINISHED,
	};
	AUTO(use_end) struct use u = use_of(s, statements[which]);

	put_text(&u, of->release);
	put_text(&u, of->channel);
	put_number(&u, &between[0]);
	put_number(&u, &between[1]);
	TRY(use_row(&u));
	get_number(&u, ret_n);
	return u.failed ? E_IO : OK;
}

/* The time has moved: those between count no longer.  When the ledger's time was
 * put right, or a period is longer now, it moves back, and they count again. */
static err_t
move_count(struct store *s, const struct permit_of *of, size_t which,
           struct permit_count *c, uint64_t at_s)
{
	const bool on = at_s > c->at_s;
	const uint64_t between[] = { on ? c->at_s : at_s, on ? at_s : c->at_s };
	uint64_t n;

	if (at_s == c->at_s)
		return OK;
	TRY(count_between(s, of, which, between, &n));
	if (on && n > c->n)
		return E_IO; /* the file is not as it was written */
	c->n = on ? c->n - n : c->n + n;
	c->at_s = at_s;
	return OK;
}

err_t
counts_get(struct store *s, const struct permits_query *q,
           const struct permit_of *of, uint64_t *ret_n)
{
	struct permit_counts_row *row = take_counts(&s->counts, of);
	/* A mark instead of a time: whether the build was shown. */
	uint64_t at_s = q->which == PERMITS_FINISHED ? 0 : q->at_s;
	const uint64_t all[] = { at_s, INT64_MAX };

	if (!row)
		return count_between(s, of, q->which, all, ret_n);
	struct permit_count *c = &row->of[q->which];
	if (!c->known) {
		TRY(count_between(s, of, q->which, all, &c->n));
		c->at_s = at_s;
		c->known = true;
	}
	TRY(move_count(s, of, q->which, c, at_s));
	*ret_n = c->n;
	return OK;
}

/* --- changes --------------------------------------------------------------- */

bool
counts_has(struct store *s, const struct permit_of *of)
{
	return find_counts(&s->counts, of->release, of->channel) != NULL;
}

void
counts_change(struct store *s, const struct permit_of *of,
              const struct permit *before, const struct permit *after)
{
	struct permit_counts_row *row =
	        find_counts(&s->counts, of->release, of->channel);
	const uint64_t was[] = {
		[PERMITS_VALID] = before->expires_s,
		[PERMITS_GIVEN] = before->given_s,
		[PERMITS_FINISHED] = before->finished,
	};
	const uint64_t is[] = {
		[PERMITS_VALID] = after->expires_s,
		[PERMITS_GIVEN] = after->given_s,
		[PERMITS_FINISHED] = after->finished,
	};

	for (size_t i = 0; row && i < COUNTS_KINDS; i++) {
		struct permit_count *c = &row->of[i];

		c->n += is[i] > c->at_s;
		c->n -= was[i] > c->at_s;
	}
}

void
counts_forget(struct store *s, struct bytes release, struct bytes channel)
{
	struct permit_counts_row *row =
	        find_counts(&s->counts, release, channel);

	if (row)
		memset(row->of, 0, sizeof(row->of));
}

void
counts_forget_all(struct store *s)
{
	s->counts.n = 0;
	s->counts.next = 0;
}
