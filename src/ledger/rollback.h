/*
 * rollback.h - compares the facts that a device shows now with the stored facts
 * of its enrolment.
 *
 * Two facts of the same name are compared by the stored rule (facts.h).  A
 * level may neither decrease nor be missing, because an older system may not
 * report it.
 */
#ifndef LEDGER_ROLLBACK_H
#define LEDGER_ROLLBACK_H

#include <stdbool.h>

#include "wire/facts.h"
#include "wire/reason.h"

/* REASON_FIRMWARE_ROLLBACK: a level is lower or missing, or there is no room to
 * store a new one, which could then decrease unnoticed.
 * REASON_DEVICE_KEY_MISMATCH: bytes that must be equal differ.  Facts that the
 * enrolment does not have are not compared. */
reason_set rollback_judge(const struct facts *kept, const struct facts *now);

/* Copies levels that are higher or new to `kept`, and nothing else.  False:
 * there are none. */
bool rollback_raise(struct facts *kept, const struct facts *now);

#endif
