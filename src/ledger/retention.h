/*
 * retention.h - forgets what need not be known any more, beside the decisions.
 *
 * After ledger.retention_days
 *
 * - an outcome is deleted;
 * - of a stop that the rollout file in force lifts it is forgotten who made it and
 *   why.  The stop itself stays for ever: a later file, or an earlier one that
 *   comes back, may not lift it, and it must hold then;
 * - a permit is deleted, if no rollout file has had its release for as long, and
 *   it expired as long ago.  While no file has a release, nothing counts its
 *   permits.  A release that is away for a shorter time loses none, so taking it
 *   out of the file and putting it back resets no limit;
 * - an entry of a tenant's list of known devices is deleted, if it ended as long
 *   ago.  The one by which a single device is enrolled is kept with that device.
 *
 * This is done at ticks, after the round's transaction and its answers, in a
 * transaction of its own of RETENTION_STEP rows, so no redemption waits for more
 * than one such step.
 *
 * Time decides here, and what is deleted is lost.  So nothing is, for
 * RETENTION_CALM_MS after the ledger's time has jumped by more than
 * RETENTION_JUMP_MS, as by a wrong clock or after a long stop: somebody has a day to
 * see it.
 */
#ifndef LEDGER_RETENTION_H
#define LEDGER_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/store/retention.h"

struct ledger;

/* At four ticks a second these are 4,096 rows a second, more than are added. */
#define RETENTION_STEP 1024u
#define RETENTION_TICK_MS 200u   /* between two steps */
#define RETENTION_IDLE_MS 60000u /* when nothing was left to do */
#define RETENTION_JUMP_MS 86400000u
#define RETENTION_CALM_MS 86400000u

struct retention {
	uint64_t keep_s;           /* 0: for ever */
	uint64_t next_at, calm_at; /* monotonic */
	uint64_t time_ms, mono_ms; /* of the last turn; 0: none yet */
	struct permit_release at;  /* the last that was looked at */
	store_id stop;             /* the same */
};

/* To be called after each round; does at most one step. */
void retention_turn(struct ledger *l);

#endif
