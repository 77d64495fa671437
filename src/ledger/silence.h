/*
 * silence.h - alarms for devices and tenants that used to attest and stopped.
 *
 * A device attests when it hands in fresh evidence by its enrolled key, whether it
 * is eligible or not: one that is refused shows in the outcomes.  A device is
 * overdue when it is active and has been silent for longer than its tenant's
 * overdue_days (anchord.conf(5)): since it last attested, or was enrolled or last
 * changed its state, or since the upgrade to the version that notes this.
 *
 * The day of a device is stored in the transaction that spends its challenge.  The
 * fronts are told, for their metrics, when each tenant attested last and how many
 * of its devices are overdue: one tenant in each tick, so the work of a tick is
 * bounded (WIRE_OVERDUE_MOST rows of an index), whatever the database has.
 */
#ifndef LEDGER_SILENCE_H
#define LEDGER_SILENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct config_tenant;
struct edge;
struct ledger;
struct store;

/* Between two counts of one tenant, if the number of tenants permits it. */
#define SILENCE_EVERY_MS 10000

/* A tenant's time is stored again when it is so much later. */
#define SILENCE_STORE_S 60

struct silent_tenant {
	const struct config_tenant *config;
	uint64_t attested_s, stored_s; /* 0: never */
	uint64_t counted_ms;           /* monotonic; 0: not yet */
	uint32_t overdue;
};

struct silence {
	struct silent_tenant *rows; /* of the configuration, in its order */
	size_t n, next;
	struct silent_tenant *told; /* counted in this round; NULL: none */
};

/* The day before which a device that attested last is overdue; 0: none is. */
uint64_t silent_before(uint64_t now_ms, uint32_t overdue_days);

MUST_CHECK err_t silence_init(struct ledger *l); /* E_NOMEM */
void silence_release(struct silence *s);

/* Within a transaction: a device of the tenant attested.  A tenant that the
 * configuration does not have is not kept. */
MUST_CHECK err_t silence_heard(struct ledger *l, struct store *store,
                               struct bytes tenant, uint64_t now_ms);

/* Within a transaction, in each tick: counts for the next tenant. */
MUST_CHECK err_t silence_count(struct ledger *l, struct store *store,
                               uint64_t now_ms);

/* After the commit: tells all fronts what was counted; a new one all there is. */
void silence_tell(struct ledger *l);
void silence_front_up(struct ledger *l, struct edge *front);

#endif
