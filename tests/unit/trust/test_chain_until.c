/*
 * test_chain_until.c - officers whose time is over are not there, whatever rows
 * a version has: neither do they go and come unseen, nor do they make up the
 * number.
 */
#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/chain_kit.h"

#define ORDINARY(k, by) chain_kit_add(k, BUNDLE_ORDINARY, by)

static void
end_time(struct bundle *b, const char *name)
{
	chain_kit_officer(&b->officers, name)->until_s = b->issued_s - 1;
}

/* His row is still there. */
static void
end_time_and_replace(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha charlie echo");

	end_time(b, "bravo");
	bundle_kit_officer(chain_kit_officer(&b->officers, "charlie"), "echo");
}

static void
end_two_times(struct chain_kit *k)
{
	bundle_kit_add_officer(&k->bundles[0]->officers, "echo");
	struct bundle *b = ORDINARY(k, "alpha echo");

	end_time(b, "bravo");
	end_time(b, "charlie");
}

/* Rows of nobody, so it seems. */
static void
bring_two_back(struct chain_kit *k)
{
	static const char *const names[] = { "echo", "foxtrot" };
	struct bundle *first = k->bundles[0];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		bundle_kit_add_officer(&first->officers, names[i]);
		end_time(first, names[i]);
	}
	struct bundle *b = ORDINARY(k, "alpha bravo");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		chain_kit_officer(&b->officers, names[i])->until_s = 0;
}

/* Three of four must sign; rows whose time is over are no officers who may be
 * missed. */
static void
fill_and_replace_two(struct chain_kit *k)
{
	struct bundle *first = k->bundles[0];

	bundle_kit_add_officer(&first->officers, "golf");
	bundle_kit_add_officer(&first->officers, "hotel");
	end_time(first, "golf");
	end_time(first, "hotel");
	first->officers.threshold = 3;
	k->by[0] = "alpha bravo charlie";
	struct bundle *b = ORDINARY(k, "alpha bravo charlie echo foxtrot");
	bundle_kit_officer(chain_kit_officer(&b->officers, "charlie"), "echo");
	bundle_kit_officer(chain_kit_officer(&b->officers, "delta"), "foxtrot");
}

static void
begin_with_two(struct chain_kit *k)
{
	end_time(k->bundles[0], "charlie");
	end_time(k->bundles[0], "delta");
}

static void
leave_two(struct chain_kit *k)
{
	chain_kit_drop_officer(&k->bundles[0]->officers, "delta");
	end_time(ORDINARY(k, "alpha bravo"), "charlie");
}

/* Just enough are left, and they renew the third. */
static void
appoint_by_last_two(struct chain_kit *k)
{
	struct bundle *first = k->bundles[0];
	struct officer_set *set = &first->officers;

	chain_kit_drop_officer(set, "delta");
	chain_kit_officer(set, "charlie")->until_s = first->issued_s;
	struct bundle *b = ORDINARY(k, "alpha bravo");
	chain_kit_officer(&b->officers, "charlie")->until_s = 0;
}

static const struct chain_kit_row until_rows[] = {
	{ "one's time ended and another replaced", end_time_and_replace,
	  TRUST_OFFICERS },
	{ "two officers' times ended", end_two_times, TRUST_OFFICERS },
	{ "two brought back whose time was over", bring_two_back,
	  TRUST_OFFICERS },
	{ "two replaced beside rows whose time is over", fill_and_replace_two,
	  TRUST_OFFICERS },
	{ "version 1 with as many as must sign", begin_with_two,
	  TRUST_OFFICERS },
	{ "as many left as must sign", leave_two, TRUST_OFFICERS },
	{ "the last two renew the third", appoint_by_last_two, TRUST_SOUND },
};

static void
test_until(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(until_rows, ARRAY_LEN(until_rows)), 0);
}

static const struct harness_test tests[] = {
	{ "officers whose time is over are not there", test_until },
	{ NULL, NULL },
};
HARNESS_MAIN("chain_until", tests)
