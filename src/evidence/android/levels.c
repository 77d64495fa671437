/*
 * levels.c - see levels.h.
 */
#include "evidence/android/levels.h"

#include <time.h>

#define VERSION_MAX 999999
#define VERSION_MAJOR 10000

/* Days since 1970-01-01 of a date of the Gregorian calendar. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	       719469;
}

static uint64_t
with_day(uint64_t level)
{
	return level < 1000000 ? level * 100 : level;
}

bool
android_patch_day(uint64_t level, int64_t *ret_day)
{
	uint64_t full = with_day(level);
	int64_t year = (int64_t)(full / 10000);
	int64_t month = (int64_t)(full / 100 % 100);
	int64_t day = (int64_t)(full % 100);

	if (full > 99991231 || year < 2000 || month < 1 || month > 12 ||
	    day > 31)
		return false;
	*ret_day = days_of(year, month, day > 0 ? day : 1);
	return true;
}

/* UTC; the year 1970 for a time that gmtime_r(3) cannot convert, so that no
 * level exists then. */
static struct tm
date_of(uint64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm tm = { .tm_year = 70 };

	(void)gmtime_r(&at, &tm);
	return tm;
}

bool
android_patch_exists(uint64_t level, uint64_t at_s)
{
	uint64_t full = with_day(level);
	const struct tm now = date_of(at_s);
	int64_t day;

	if (!android_patch_day(level, &day))
		return false;
	int64_t months = (int64_t)(full / 10000 * 12 + full / 100 % 100);
	return months <= ((int64_t)now.tm_year + 1900) * 12 + now.tm_mon + 1 +
	                         ANDROID_PATCH_AHEAD_MONTHS;
}

bool
android_version_formed(uint64_t version)
{
	return version <= VERSION_MAX;
}

bool
android_version_exists(uint64_t version, uint64_t at_s)
{
	const struct tm now = date_of(at_s);
	int64_t major = (int64_t)(version / VERSION_MAJOR);

	return android_version_formed(version) &&
	       major <= now.tm_year + 1900 - ANDROID_VERSION_YEAR_0 +
	                        ANDROID_VERSION_AHEAD;
}
