/*
 * window.h - maintenance windows, as the parser leaves them for the judge.
 */
#ifndef ELIGIBILITY_WINDOW_H
#define ELIGIBILITY_WINDOW_H

#include <stddef.h>

#include "eligibility/zone.h"

#define ROLLOUT_WINDOWS_MAX 16u /* of one channel or release */

/* A window opens on these days (bit 0: Sunday) at from, and closes at to, on the
 * next day if that is not later. */
struct window {
	unsigned days;
	unsigned from_min, to_min; /* minutes of the day */
	struct zone zone;
};

struct windows {
	size_t n; /* 0: always open */
	struct window rows[ROLLOUT_WINDOWS_MAX];
};

#endif
