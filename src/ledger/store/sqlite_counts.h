/*
 * sqlite_counts.h - how many permits of a release in a channel count, remembered, so
 * that an ask under a rollout's limit costs the same with any number of them.
 *
 * A count is made whole once, after the start or after permits were deleted.  From
 * then on each permit that is put changes it, and when the time moves on, those whose
 * time lies between are looked up, which each is once.
 *
 * It is that of the open transaction.  One that is lost takes the store with it
 * (store.h), and the counts with the store.
 */
#ifndef LEDGER_STORE_SQLITE_COUNTS_H
#define LEDGER_STORE_SQLITE_COUNTS_H

#include "ledger/store/rollouts.h"

struct store;

/* As many as a rollout file has releases.  The oldest gives way to one more, and is
 * counted anew when it is asked again. */
#define COUNTS_MAX 256u

#define COUNTS_KINDS (PERMITS_FINISHED + 1)

struct permit_count {
	bool known;
	uint64_t at_s; /* permits above it count (permits_query) */
	uint64_t n;
};

struct permit_counts_row {
	struct store_small release, channel;
	struct permit_count of[COUNTS_KINDS];
};

struct permit_counts {
	size_t n, next; /* rows; the one that gives way */
	struct permit_counts_row rows[COUNTS_MAX];
};

/* The exact number.  E_IO. */
MUST_CHECK err_t counts_get(struct store *s, const struct permits_query *q,
                            const struct permit_of *of, uint64_t *ret_n);

/* Is some number of this release and channel remembered? */
bool counts_has(struct store *s, const struct permit_of *of);

/* A permit was put; before is what it was, all zero if there was none. */
void counts_change(struct store *s, const struct permit_of *of,
                   const struct permit *before, const struct permit *after);

/* Permits of this release in this channel changed in another way; or any did. */
void counts_forget(struct store *s, struct bytes release, struct bytes channel);
void counts_forget_all(struct store *s);

#endif
