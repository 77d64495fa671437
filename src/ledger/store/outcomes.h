/*
 * outcomes.h - reads stored outcomes, in the order of their sequence.
 *
 * These functions write nothing and begin no transaction, so they may be called
 * between transactions, and after a failure the store is as usable as before.
 * What another row of the same transaction has written is not seen.
 *
 * The cost is bounded by the number of outcomes that are looked at, not by how
 * many fit the filter: the sequence has no gap, so a range of it is a number of
 * rows.
 */
#ifndef LEDGER_STORE_OUTCOMES_H
#define LEDGER_STORE_OUTCOMES_H

#include "ledger/store/store.h"
#include "wire/wire.h"

/* Zeroed: every outcome.  tenant and channel: equal to that text.  since_ms is
 * included and until_ms is not.  reasons: has one of these.  eligible is an enum
 * wire_eligibility.  workflows: bits of enum workflow.  shadow: that differ under
 * the shadow policy of this id.  difference: an enum wire_difference. */
struct outcome_filter {
#define FILTER(type, name, sql) store_##type name;
#include "ledger/store/filter.def"
#undef FILTER
};

struct outcome_query {
	struct outcome_filter filter;
	uint64_t after; /* only outcomes with a greater sequence */
	uint64_t rows;  /* most outcomes that are handed over */
	uint64_t scan;  /* most outcomes that are looked at; 0: no limit */
};

/* Called for each outcome; a failure ends the reading. */
typedef err_t outcome_taker(void *user, const struct outcome *o);

/*
 * With a limit the search for since_ms and until_ms is binary, at most 128 rows
 * beside q->scan.  It takes for granted that the times rise with the sequence.
 * They do, but for a repair of the clock (epochs.h) that set the time back: then
 * outcomes of the time before it may be left out.  Without a limit all are
 * compared, and none is left out.
 *
 * *ret_next: the `after` for what follows; 0: nothing does.  It can be set when
 * no outcome was handed over.  E_IO: the database failed, or has a row that this
 * program never writes.
 */
MUST_CHECK err_t store_outcomes(struct store *s, const struct outcome_query *q,
                                outcome_taker *take, void *user,
                                uint64_t *ret_next);

/* The outcome as messages and answers have it; views point into o. */
struct wire_outcome outcome_words(const struct outcome *o);

#endif
