/*
 * levels.h - interprets versions and patch levels.
 *
 * A patch level in the future is refused: no such patch exists, and if the
 * ledger stored it as the highest level seen, every correct level of the device
 * would count as a rollback.  The same holds for a level that is not a date.
 */
#ifndef EVIDENCE_ANDROID_LEVELS_H
#define EVIDENCE_ANDROID_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

/* Vendors deliver the patches of a month before the month begins. */
#define ANDROID_PATCH_AHEAD_MONTHS 1
/* The highest major version in a year is the year minus 2009, and one more for
 * test devices that run the next version. */
#define ANDROID_VERSION_YEAR_0 2009
#define ANDROID_VERSION_AHEAD 1

/* Days since 1970 of YYYYMM or YYYYMMDD; every tag may have either form.  Day
 * 00 and a missing day mean the first of the month.  False: not a date. */
bool android_patch_day(uint64_t level, int64_t *ret_day);

/* True for a date in a month that has begun at at_s, or in the next one. */
bool android_patch_exists(uint64_t level, uint64_t at_s);

/* True for a version number of at most six digits, MMmmss. */
bool android_version_formed(uint64_t version);

/* True if a device can have this version at at_s.  Custom systems use 999999,
 * which is well-formed and no version that can exist. */
bool android_version_exists(uint64_t version, uint64_t at_s);

#endif
