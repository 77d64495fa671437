/*
 * rollback.h - compares what a device shows of its system now with the most
 * recent that it has shown before.
 *
 * Rows are held against each other by the rule that is kept (facts.h).  A level
 * that was once seen may never be lower again, and may not be left out either,
 * because leaving it out is what an old system would do.
 */
#ifndef LEDGER_ROLLBACK_H
#define LEDGER_ROLLBACK_H

#include <stdbool.h>

#include "wire/facts.h"
#include "wire/reason.h"

/* Levels: REASON_FIRMWARE_ROLLBACK, also for one that is new and that there is no
 * room to keep: it could go back.  Bytes to be equal: REASON_DEVICE_KEY_MISMATCH;
 * those that enrolment did not say are not compared. */
reason_set rollback_judge(const struct facts *kept, const struct facts *now);

/* Takes over the levels that are higher, and nothing else; false when none is. */
bool rollback_raise(struct facts *kept, const struct facts *now);

#endif
