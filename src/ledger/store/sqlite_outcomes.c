/*
 * sqlite_outcomes.c - see outcomes.h.
 */
#include "ledger/store/outcomes.h"

#include <string.h>

#include "ledger/store/sqlite_use.h"

/* The sequences of the outcomes that may be handed over, both included. */
struct span {
	uint64_t first, last; /* first > last: none */
};

/* Two searches in an index, not a count of rows. */
static err_t
read_span(struct store *s, struct span *ret)
{
	AUTO(use_end) struct use u = use_of(s, ST_OUTCOMES_SPAN);

	TRY(use_row(&u));
	get_number(&u, &ret->first);
	get_number(&u, &ret->last);
	return OK;
}

static err_t
read_time(struct store *s, uint64_t sequence, uint64_t *ret_ms)
{
	AUTO(use_end) struct use u = use_of(s, ST_OUTCOME_TIME);

	put_number(&u, &sequence);
	/* A gap in the sequence: a damaged database. */
	if (use_row(&u) != OK)
		return E_IO;
	get_number(&u, ret_ms);
	return OK;
}

/* The first sequence of the span whose outcome is not of before at_ms; the one
 * after the last if there is none.  Of several with the same time the first. */
static err_t
search_time(struct store *s, struct span in, uint64_t at_ms, uint64_t *ret)
{
	uint64_t low = in.first, high = in.last + 1;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2, time_ms = 0;

		TRY(read_time(s, middle, &time_ms));
		if (time_ms < at_ms)
			low = middle + 1;
		else
			high = middle;
	}
	*ret = low;
	return OK;
}

/* Leaves out what the times exclude, without looking at it. */
static err_t
narrow_span(struct store *s, const struct outcome_filter *f, struct span *span)
{
	uint64_t at = 0;

	if (f->since_ms > 0 && span->first <= span->last)
		TRY(search_time(s, *span, f->since_ms, &span->first));
	if (f->until_ms > 0 && span->first <= span->last) {
		TRY(search_time(s, *span, f->until_ms, &at));
		span->last = at - 1;
	}
	return OK;
}

static err_t
get_outcome(struct use *u, struct outcome *o)
{
#define OUTCOME(type, name, sql) get_##type(u, &o->name);
#include "ledger/store/outcome.def"
#undef OUTCOME
	return u->failed ? E_IO : OK;
}

struct taking {
	outcome_taker *take;
	void *user;
	uint64_t n, last; /* handed over so far; the last one's sequence */
};

static err_t
take_rows(struct store *s, const struct outcome_query *q, struct span span,
          struct taking *t)
{
	AUTO(use_end) struct use u = use_of(s, ST_OUTCOMES);
	struct outcome o;
	err_t err;

	put_number(&u, &span.first);
	put_number(&u, &span.last);
#define FILTER(type, name, sql) put_##type(&u, &q->filter.name);
#include "ledger/store/filter.def"
#undef FILTER
	put_number(&u, &q->rows);
	while ((err = use_row(&u)) == OK) {
		TRY(get_outcome(&u, &o));
		t->n++;
		t->last = o.sequence;
		TRY(t->take(t->user, &o));
	}
	return err == E_NOT_FOUND ? OK : err;
}

err_t
store_outcomes(struct store *s, const struct outcome_query *q,
               outcome_taker *take, void *user, uint64_t *ret_next)
{
	struct taking t = { .take = take, .user = user };
	struct span all, span;

	TRY(read_span(s, &all));
	if (q->after >= all.last) {
		*ret_next = 0;
		return OK;
	}
	if (all.first <= q->after)
		all.first = q->after + 1;
	if (q->scan > 0)
		TRY(narrow_span(s, &q->filter, &all));
	span = all;
	if (q->scan > 0 && span.first <= span.last &&
	    span.last - span.first >= q->scan)
		span.last = span.first + q->scan - 1;
	if (span.first <= span.last)
		TRY(take_rows(s, q, span, &t));

	/* A full page ends at its last outcome. */
	uint64_t end = t.n == q->rows ? t.last : span.last;
	*ret_next = span.first <= span.last && end < all.last ? end : 0;
	return OK;
}

/* --- as messages have it -------------------------------------------------- */

#define COPY_number(to, from) (to) = (from)
#define COPY_small(to, from) (to) = store_small_bytes(&(from))
#define COPY_id(to, from) memcpy((to), (from), sizeof(to))
#define COPY_hash(to, from) memcpy((to), (from), sizeof(to))
#define COPY_vector(to, from) memcpy((to), (from), sizeof(to))

struct wire_outcome
outcome_words(const struct outcome *o)
{
	struct wire_outcome w;

#define OUTCOME(type, name, sql) COPY_##type(w.name, o->name);
#include "ledger/store/outcome.def"
#undef OUTCOME
	return w;
}
