/*
 * rollback.c - see rollback.h.
 */
#include "ledger/rollback.h"

/* A date is YYYYMM or YYYYMMDD; a number below this has no day. */
#define WITH_DAY 1000000u

static uint64_t
month_of(uint64_t date)
{
	return date < WITH_DAY ? date : date / 100;
}

/* 0: the date has no day. */
static uint64_t
day_of(uint64_t date)
{
	return date < WITH_DAY ? 0 : date % 100;
}

static bool
date_earlier(uint64_t now, uint64_t kept)
{
	if (month_of(now) != month_of(kept))
		return month_of(now) < month_of(kept);
	return day_of(now) != 0 && day_of(now) < day_of(kept);
}

/* A level with a day is newer than one without. */
static bool
date_later(uint64_t now, uint64_t kept)
{
	if (month_of(now) != month_of(kept))
		return month_of(now) > month_of(kept);
	return day_of(now) > day_of(kept);
}

static bool
is_lower(enum fact_rule rule, uint64_t now, uint64_t kept)
{
	return rule == FACT_NOT_BEFORE ? date_earlier(now, kept) : now < kept;
}

static bool
is_higher(enum fact_rule rule, uint64_t now, uint64_t kept)
{
	return rule == FACT_NOT_BEFORE ? date_later(now, kept) : now > kept;
}

/* The row of that name and rule; NULL: the device does not show it. */
static const struct fact *
find_same(const struct facts *f, const struct fact *like)
{
	const struct fact *row = facts_find(f, fact_name(like));

	return row && row->rule == like->rule ? row : NULL;
}

static reason_set
judge_row(const struct fact *kept, const struct fact *now)
{
	switch (kept->rule) {
	case FACT_SHOWN:
		return 0;
	case FACT_EQUAL:
		return now && bytes_equal(fact_bytes(kept), fact_bytes(now))
		               ? 0
		               : reason_bit(REASON_DEVICE_KEY_MISMATCH);
	case FACT_NOT_BELOW:
	case FACT_NOT_BEFORE:
		return is_lower(kept->rule, now ? now->number : 0, kept->number)
		               ? reason_bit(REASON_FIRMWARE_ROLLBACK)
		               : 0;
	}
	return reason_bit(REASON_FIRMWARE_ROLLBACK);
}

static bool
has_room(const struct facts *kept, const struct facts *now)
{
	size_t n = kept->n;

	for (size_t i = 0; i < now->n; i++)
		if (fact_rule_counts(now->rows[i].rule) &&
		    !facts_find(kept, fact_name(&now->rows[i])))
			n++;
	return n <= FACTS_MAX;
}

reason_set
rollback_judge(const struct facts *kept, const struct facts *now)
{
	reason_set reasons = 0;

	for (size_t i = 0; i < kept->n; i++) {
		const struct fact *row = &kept->rows[i];

		reasons |= judge_row(row, find_same(now, row));
	}
	return has_room(kept, now)
	               ? reasons
	               : reasons | reason_bit(REASON_FIRMWARE_ROLLBACK);
}

/* Adds a new level, or raises a stored one.  False: it is not higher. */
static bool
raise_row(struct facts *kept, const struct fact *now)
{
	size_t i = 0;

	while (i < kept->n &&
	       !bytes_equal(fact_name(&kept->rows[i]), fact_name(now)))
		i++;
	if (i == kept->n)
		return facts_add_number(kept, now->rule, fact_name(now),
		                        now->number) == OK;
	struct fact *row = &kept->rows[i];
	if (row->rule != now->rule ||
	    !is_higher(row->rule, now->number, row->number))
		return false;
	row->number = now->number;
	return true;
}

bool
rollback_raise(struct facts *kept, const struct facts *now)
{
	bool raised = false;

	for (size_t i = 0; i < now->n; i++)
		if (fact_rule_counts(now->rows[i].rule))
			raised |= raise_row(kept, &now->rows[i]);
	return raised;
}
