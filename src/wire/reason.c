/*
 * reason.c - see reason.h.
 */
#include "base/auto.h"
#include "wire/reason.h"

struct reason_row {
	const char *code;
	enum tier tier;
	struct reason_claim claim;
	const char *text;
};

#define VECTOR_NONE VECTOR_COUNT

static const struct reason_row rows[] = {
#define REASON(name, code, tier, claim, number, text) \
	{ code, TIER_##tier, { VECTOR_##claim, number }, text },
#include "anchord/reason.def"
#undef REASON
};

_Static_assert(ARRAY_LEN(rows) == REASON_COUNT, "one row for each reason");

const char *
reason_code(enum reason r)
{
	return r < REASON_COUNT ? rows[r].code : "?";
}

const char *
reason_text(enum reason r)
{
	return r < REASON_COUNT ? rows[r].text : "?";
}

enum reason
reason_find(struct bytes code)
{
	for (unsigned r = 0; r < REASON_COUNT; r++)
		if (bytes_equal_str(code, rows[r].code))
			return (enum reason)r;
	return REASON_COUNT;
}

int
reason_set_valid(reason_set set)
{
	return set < (reason_set)1 << REASON_COUNT;
}

enum reason
reason_next(reason_set set, unsigned from)
{
	for (unsigned r = from; r < REASON_COUNT; r++)
		if (set & reason_bit((enum reason)r))
			return (enum reason)r;
	return REASON_COUNT;
}

/* With any reason the device is not eligible, so the tier is at best "none",
 * which is worse than "affirming" and better than "warning". */
enum tier
reason_set_tier(reason_set set)
{
	enum tier worst = set ? TIER_NONE : TIER_AFFIRMING;

	for (enum reason r = reason_next(set, 0); r < REASON_COUNT;
	     r = reason_next(set, (unsigned)r + 1))
		if (rows[r].tier > worst)
			worst = rows[r].tier;
	return worst;
}

enum tier
vector_tier(int8_t claim)
{
	if (claim >= -1 && claim <= 1)
		return TIER_NONE;
	if (claim >= -32 && claim < 32)
		return TIER_AFFIRMING;
	return claim >= -96 && claim < 96 ? TIER_WARNING : TIER_CONTRAINDICATED;
}

struct reason_claim
reason_claim(enum reason r)
{
	return r < REASON_COUNT ? rows[r].claim
	                        : (struct reason_claim){ VECTOR_COUNT, 0 };
}

void
reason_set_claims(reason_set set, int8_t vector[static VECTOR_COUNT])
{
	for (enum reason r = reason_next(set, 0); r < REASON_COUNT;
	     r = reason_next(set, (unsigned)r + 1)) {
		const struct reason_claim c = rows[r].claim;

		if (c.claim < VECTOR_COUNT &&
		    vector_tier(c.number) > vector_tier(vector[c.claim]))
			vector[c.claim] = c.number;
	}
}

const char *
tier_name(enum tier tier)
{
	switch (tier) {
	case TIER_NONE:
		return "none";
	case TIER_AFFIRMING:
		return "affirming";
	case TIER_WARNING:
		return "warning";
	case TIER_CONTRAINDICATED:
		return "contraindicated";
	}
	return "none";
}
