/*
 * rollback.c - see rollback.h.
 */
#include "ledger/rollback.h"

#include <string.h>

/* A patch level below this has no day. */
#define WITH_DAY 1000000u

static uint32_t
month_of(uint32_t level)
{
	return level < WITH_DAY ? level : level / 100;
}

/* The day; 0: none, the whole month. */
static uint32_t
day_of(uint32_t level)
{
	return level < WITH_DAY ? 0 : level % 100;
}

static bool
patch_older(uint32_t now, uint32_t seen)
{
	if (month_of(now) != month_of(seen))
		return month_of(now) < month_of(seen);
	return day_of(now) != 0 && day_of(now) < day_of(seen);
}

/* A level with a day is newer than one without. */
static bool
patch_newer(uint32_t now, uint32_t seen)
{
	if (month_of(now) != month_of(seen))
		return month_of(now) > month_of(seen);
	return day_of(now) > day_of(seen);
}

static bool
same_boot_key(const struct device_facts *a, const struct device_facts *b)
{
	return a->boot_key_len == b->boot_key_len &&
	       memcmp(a->boot_key, b->boot_key, a->boot_key_len) == 0;
}

reason_set
rollback_judge(const struct device_facts *seen, const struct device_facts *now)
{
	reason_set reasons = 0;

	if (seen->boot_key_len > 0 && !same_boot_key(seen, now))
		reasons |= reason_bit(REASON_DEVICE_KEY_MISMATCH);
	if (now->os_version < seen->os_version ||
	    patch_older(now->os_patch, seen->os_patch) ||
	    patch_older(now->vendor_patch, seen->vendor_patch) ||
	    patch_older(now->boot_patch, seen->boot_patch))
		reasons |= reason_bit(REASON_FIRMWARE_ROLLBACK);
	return reasons;
}

static bool
raise(uint32_t *seen, uint32_t now, bool newer)
{
	if (newer)
		*seen = now;
	return newer;
}

static bool
raise_patch(uint32_t *seen, uint32_t now)
{
	return raise(seen, now, patch_newer(now, *seen));
}

bool
rollback_raise(struct device_facts *seen, const struct device_facts *now)
{
	bool version = raise(&seen->os_version, now->os_version,
	                     now->os_version > seen->os_version);
	bool os = raise_patch(&seen->os_patch, now->os_patch);
	bool vendor = raise_patch(&seen->vendor_patch, now->vendor_patch);
	bool boot = raise_patch(&seen->boot_patch, now->boot_patch);

	return version || os || vendor || boot;
}
