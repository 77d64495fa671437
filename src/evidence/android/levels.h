/*
 * levels.h - interprets versions and patch levels.
 *
 * A level in the future is refused: no patch of that month exists, and if it
 * were stored as the highest seen, the device's true levels would count as
 * rollback for ever.  The same holds for a level that is not a date.
 */
#ifndef EVIDENCE_ANDROID_LEVELS_H
#define EVIDENCE_ANDROID_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

/* Vendors deliver a month's patches before the month begins. */
#define ANDROID_PATCH_AHEAD_MONTHS 1
/* There has been one major version a year, counted from 2009 as year 0; the
 * next version runs on test devices. */
#define ANDROID_VERSION_YEAR_0 2009
#define ANDROID_VERSION_AHEAD 1

/* Days since 1970 of YYYYMM or YYYYMMDD, whatever the tag; day 00, and a
 * missing day, are the first of the month.  False: not a date. */
bool android_patch_day(uint64_t level, int64_t *ret_day);

/* True for a date in a month that has begun at at_s, or in the next one. */
bool android_patch_exists(uint64_t level, uint64_t at_s);

/* True for a version number of at most six digits, MMmmss. */
bool android_version_formed(uint64_t version);

/* True if a device may also have this version at at_s.  Custom systems write
 * 999999, which is a version but not comparable. */
bool android_version_exists(uint64_t version, uint64_t at_s);

#endif
