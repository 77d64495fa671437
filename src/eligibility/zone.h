/*
 * zone.h - a time zone as a POSIX TZ string (POSIX.1-2017 section 8.3, with the
 * hours of RFC 9636 section 3.3.1): "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3".
 *
 * A rollout file that officers sign must not change its meaning with the time
 * zone files of a machine, so the rule itself is in it.  `anchorctl rollout zone
 * Europe/Berlin` prints the rule of a name.
 */
#ifndef ELIGIBILITY_ZONE_H
#define ELIGIBILITY_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

/* When one half of the year begins. */
struct zone_change {
	char form;      /* 'M': month, week, day; 'J': day 1 to 365 without
	                   * 29 February; '0': day 0 to 365 */
	unsigned month; /* 1 to 12 */
	unsigned week;  /* 1 to 5: the last */
	unsigned day;   /* 0 (Sunday) to 6, or a day of the year */
	int32_t at_s;   /* after midnight, by the time until then */
};

struct zone {
	int32_t standard_s; /* to add to UTC */
	int32_t summer_s;
	bool has_summer;
	struct zone_change begins, ends;
};

/* "UTC" is accepted as well.  E_MALFORMED: not such a string. */
MUST_CHECK err_t zone_parse(struct bytes text, struct zone *ret_zone);

/* Seconds to add to UTC at this time. */
int32_t zone_offset(const struct zone *z, uint64_t at_s);

#endif
