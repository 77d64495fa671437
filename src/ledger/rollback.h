/*
 * rollback.h - what an enrolled device has shown of its system, against what it
 * shows now.
 *
 * Versions only grow.  One that was shown and is now left out counts as older,
 * because leaving it out is what an old system would do.  A patch level may
 * come with a day (YYYYMMDD) or without (YYYYMM, or day 00): without one on
 * either side the months are compared.
 */
#ifndef LEDGER_ROLLBACK_H
#define LEDGER_ROLLBACK_H

#include <stdbool.h>

#include "wire/reason.h"
#include "wire/terms.h"

/* firmware-rollback: something is older.  device-key-mismatch: another key
 * verified the boot. */
reason_set rollback_judge(const struct device_facts *seen,
                          const struct device_facts *now);

/* Takes over what is newer; false: nothing was.  The boot key stays. */
bool rollback_raise(struct device_facts *seen, const struct device_facts *now);

#endif
