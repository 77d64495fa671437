/*
 * test_zone.c - time zones, against the C library's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eligibility/zone.h"
#include "tests/common/base/harness.h"

/* Berlin, New York, Sydney (south), Lord Howe (half an hour), Dublin (winter is
 * the other one), Kolkata, UTC, a zone west of a date line, changes by day of the
 * year with and without 29 February, a change at a negative time, one behind
 * midnight of the next day. */
static const char *const zones[] = {
	"CET-1CEST,M3.5.0,M10.5.0/3",
	"EST5EDT,M3.2.0,M11.1.0",
	"AEST-10AEDT,M10.1.0,M4.1.0/3",
	"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
	"IST-1GMT0,M10.5.0,M3.5.0/1",
	"IST-5:30",
	"UTC0",
	"<-12>12",
	"AAA3BBB,J60/2,J300/2",
	"AAA3BBB,59/2,299/2",
	"<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
	"IST-2IDT,M3.4.4/26,M10.5.0",
};

static int32_t
offset_of_libc(const char *zone, time_t at)
{
	struct tm tm;

	CU_ASSERT_EQUAL_FATAL(setenv("TZ", zone, 1), 0);
	tzset();
	CU_ASSERT_PTR_NOT_NULL_FATAL(localtime_r(&at, &tm));
	return (int32_t)tm.tm_gmtoff;
}

/* Every 7 hours and 13 minutes of 2024 to 2033, and the seconds around each
 * change that is between two of them. */
static void
check_zone(const char *text)
{
	struct zone zone;
	uint64_t from = 1704067200, step = 25980;
	unsigned changes = 0;

	CU_ASSERT_EQUAL_FATAL(zone_parse(bytes_of_str(text), &zone), OK);
	for (uint64_t at = from; at < from + 10 * UINT64_C(31556952);
	     at += step) {
		int32_t now = zone_offset(&zone, at);

		if (now != offset_of_libc(text, (time_t)at))
			printf("%s at %llu\n", text, (unsigned long long)at);
		CU_ASSERT_EQUAL_FATAL(now, offset_of_libc(text, (time_t)at));
		if (now == zone_offset(&zone, at + step))
			continue;
		changes++;
		for (uint64_t s = at; s <= at + step; s += 60)
			CU_ASSERT_EQUAL_FATAL(zone_offset(&zone, s),
			                      offset_of_libc(text, (time_t)s));
	}
	CU_ASSERT_EQUAL(changes, zone.has_summer ? 20 : 0);
}

static void
test_offsets(void)
{
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		check_zone(zones[i]);
}

static void
test_name(void)
{
	struct zone zone;

	CU_ASSERT_EQUAL_FATAL(zone_parse(bytes_of_str("UTC"), &zone), OK);
	CU_ASSERT_EQUAL(zone_offset(&zone, 1800000000), 0);
}

static void
test_refused(void)
{
	static const char *const bad[] = {
		"",
		"UT",
		"Europe/Berlin",
		"CET",
		"CET-25",
		"CET-1CEST",
		"CET-1CEST,M3.5.0",
		"CET-1:60",
		"<+1>",
		"<+01-1",
		"CET-1x",
		"CET-1CEST,M3.5.0,M10.5.0/3x",
		"CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0",
		"CET-1CEST,M3.0.0,M10.5.0",
		"CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,J0,J10",
		"CET-1CEST,J366,J10",
		"CET-1CEST,366,10",
		"CET-1CEST,M3.5.0/168,M10.5.0",
		"C-1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct zone zone;

		if (zone_parse(bytes_of_str(bad[i]), &zone) != E_MALFORMED)
			printf("accepted: %s\n", bad[i]);
		CU_ASSERT_EQUAL(zone_parse(bytes_of_str(bad[i]), &zone),
		                E_MALFORMED);
	}
}

static const struct harness_test tests[] = {
	{ "offsets are the C library's", test_offsets },
	{ "UTC by its name", test_name },
	{ "what is no zone is refused", test_refused },
	{ NULL, NULL },
};

HARNESS_MAIN("zone", tests)
