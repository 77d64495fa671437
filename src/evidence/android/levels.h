/*
 * levels.h - what numbers of versions and patch levels mean.
 *
 * A level of the future is nobody's: no patch of that month was published, and
 * remembered as the highest seen it would make the device's true levels old for
 * ever.  The same holds for what is no date at all.
 */
#ifndef EVIDENCE_ANDROID_LEVELS_H
#define EVIDENCE_ANDROID_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

/* Makers deliver a month's patches before it begins. */
#define ANDROID_PATCH_AHEAD_MONTHS 1
/* Major versions have come once a year since version 1 of 2010; the next one
 * is on devices of those who test it. */
#define ANDROID_VERSION_YEAR_0 2009
#define ANDROID_VERSION_AHEAD 1

/* Days since 1970.  YYYYMM or YYYYMMDD, whatever the tag; day 00 is the whole
 * month: its first.  False: no date. */
bool android_patch_day(uint64_t level, int64_t *ret_day);

/* A date, of a month that has begun at at_s, or of the next one. */
bool android_patch_exists(uint64_t level, uint64_t at_s);

/* At most six digits, MMmmss: a version at all. */
bool android_version_formed(uint64_t version);

/* And one that a device may have at at_s.  What custom systems write (999999)
 * is a version, and no measure for others. */
bool android_version_exists(uint64_t version, uint64_t at_s);

#endif
