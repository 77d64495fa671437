/*
 * rollback.h - compares what a device shows of its system now with the most
 * recent that it has shown before.
 *
 * Versions must not decrease.  A version that was shown before and is missing
 * now counts as older, because an old system could omit it.  A patch level can
 * have a day (YYYYMMDD) or not (YYYYMM, or day 00); if either side has none,
 * the months are compared.
 */
#ifndef LEDGER_ROLLBACK_H
#define LEDGER_ROLLBACK_H

#include <stdbool.h>

#include "wire/reason.h"
#include "wire/terms.h"

/* firmware-rollback: a version is older.  device-key-mismatch: another key
 * verified the boot. */
reason_set rollback_judge(const struct device_facts *seen,
                          const struct device_facts *now);

/* Raises the stored versions to newer ones; false: none was newer.  The boot
 * key is never replaced. */
bool rollback_raise(struct device_facts *seen, const struct device_facts *now);

#endif
