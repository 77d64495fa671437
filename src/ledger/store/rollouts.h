/*
 * rollouts.h - what a rollout counts, and which releases were stopped; the rules
 * of store.h apply.
 */
#ifndef LEDGER_STORE_ROLLOUTS_H
#define LEDGER_STORE_ROLLOUTS_H

#include "ledger/store/store.h"

/* --- emergency stops ------------------------------------------------------- */

struct stop {
	store_id id; /* random */
	struct store_small release;
	uint64_t stopped_ms;
	struct store_small who;    /* the client that stopped it */
	struct store_small reason; /* its words */
};

/* Stops of one release that are read; of more, the first ones. */
#define STORE_STOPS_MAX 33

/* The ids of the stops of a release, in their order; *ret_n: how many. */
MUST_CHECK err_t store_stops(struct store *s, struct bytes release,
                             store_id ids[static STORE_STOPS_MAX],
                             size_t *ret_n);

/* The whole stop.  E_NOT_FOUND. */
MUST_CHECK err_t store_stop(struct store *s, const store_id id,
                            struct stop *ret);

/* Adds a stop. */
MUST_CHECK err_t store_stop_add(struct store *s, const struct stop *stop);

/* --- permits --------------------------------------------------------------- */

/* What a permit is for. */
struct permit_of {
	struct bytes handle, release, channel;
};

struct permit {
	uint64_t given_s; /* the last time that it was given */
	uint64_t expires_s;
	uint64_t attempts; /* how often it was given */
	uint64_t finished; /* 1: the device has shown the release's build */
};

/* E_NOT_FOUND: the device never had one. */
MUST_CHECK err_t store_permit(struct store *s, const struct permit_of *of,
                              struct permit *ret);

/* Adds or replaces it; that there is such an enrolment is for the caller to know. */
MUST_CHECK err_t store_permit_put(struct store *s, const struct permit_of *of,
                                  const struct permit *permit);

/* Which permits of a release in a channel are counted, up to `most`. */
struct permits_query {
	enum {
		PERMITS_VALID,   /* that expire later than at_s */
		PERMITS_GIVEN,   /* that were given later than at_s */
		PERMITS_FINISHED /* whose devices have shown the build */
	} which;
	uint64_t at_s;
	uint64_t most;
};

MUST_CHECK err_t store_permits(struct store *s, const struct permits_query *q,
                               const struct permit_of *of, uint64_t *ret_n);

/* A permit, and whose it is. */
struct permit_holder {
	struct store_small tenant, handle;
	struct permit permit;
};

/* Which ones of a release in a channel: the tenant's, or all if it is empty, with
 * this value of finished, with handles greater than `after`, and that expire
 * after after_s, and at until_s or before. */
struct permit_holders {
	struct bytes tenant, release, channel, after;
	uint64_t finished, after_s, until_s;
	size_t limit; /* most that are handed over */
	size_t scan;  /* most that are looked at */
};

typedef err_t permit_holder_fn(void *user, const struct permit_holder *h);

/* Calls fn for each, by handle; its failure ends the page and is returned.
 * *ret_next is the place after which the next page begins, which is no handle of
 * another tenant, or empty if there is none.  A page can be short, or empty, and have a next one. */
MUST_CHECK err_t store_permit_holders(struct store *s,
                                      const struct permit_holders *q,
                                      permit_holder_fn *fn, void *user,
                                      struct store_small *ret_next);

#endif
