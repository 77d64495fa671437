/*
 * test_governed_expiry.c - how long ahead the end of a bundle and of an officer's
 * time is said.
 */
#include <string.h>

#include "supervisor/governed_expiry.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"

#define DAY_S 86400u

static void
test_classes(void)
{
	const uint64_t end_s = 1000 * (uint64_t)DAY_S;
	static const struct {
		uint64_t left_s;
		enum expiry_class wanted;
	} rows[] = {
		{ 90 * DAY_S + 1, EXPIRY_FAR },
		{ 90 * DAY_S, EXPIRY_90_DAYS },
		{ 30 * DAY_S + 1, EXPIRY_90_DAYS },
		{ 30 * DAY_S, EXPIRY_30_DAYS },
		{ 7 * DAY_S + 1, EXPIRY_30_DAYS },
		{ 7 * DAY_S, EXPIRY_7_DAYS },
		{ 1, EXPIRY_7_DAYS },
		{ 0, EXPIRY_OVER },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(expiry_class(end_s, end_s - rows[i].left_s),
		                rows[i].wanted);
	CU_ASSERT_EQUAL(expiry_class(end_s, end_s + DAY_S), EXPIRY_OVER);
}

/* The note at a time so long before the end, and what counts as said. */
static void
check_note(struct governed_expiry *e, const struct bundle *b, uint64_t days,
           const char *wanted, enum expiry_class said)
{
	governed_expiry_look(e, b, b->expires_s - days * DAY_S);
	CU_ASSERT_STRING_EQUAL(e->note, wanted);
	CU_ASSERT_EQUAL(e->bundle, said);
}

static void
test_bundle(void)
{
	AUTO(bundle_free) struct bundle *b = bundle_kit_least();
	struct governed_expiry e = { 0 };

	check_note(&e, b, 91, "", EXPIRY_FAR);
	check_note(&e, b, 90, "", EXPIRY_90_DAYS);
	check_note(&e, b, 30, "the bundle ends in 30 days", EXPIRY_30_DAYS);
	check_note(&e, b, 7, "the bundle ends in 7 days", EXPIRY_7_DAYS);
	check_note(&e, b, 0, "the bundle is over", EXPIRY_OVER);
	governed_expiry_look(&e, NULL, b->expires_s);
	CU_ASSERT_STRING_EQUAL(e.note, "");
}

/* Also those of the recovery set; who has no `until` has no end. */
static void
test_officers(void)
{
	AUTO(bundle_free) struct bundle *b = bundle_kit_whole();
	struct governed_expiry e = { 0 };
	uint64_t now_s = b->issued_s;

	b->officers.rows[1].until_s = now_s + 3 * DAY_S;
	b->recovery.rows[0].until_s = now_s;
	governed_expiry_look(&e, b, now_s);
	CU_ASSERT_STRING_EQUAL(e.note, "officer bravo ends in 3 days, "
	                               "recovery key sealed-1 is over");
	CU_ASSERT_EQUAL(e.officers[0], EXPIRY_FAR);
	CU_ASSERT_EQUAL(e.officers[1], EXPIRY_7_DAYS);
	CU_ASSERT_EQUAL(e.recovery[0], EXPIRY_OVER);
}

static const struct harness_test tests[] = {
	{ "90, 30 and 7 days ahead", test_classes },
	{ "the bundle", test_bundle },
	{ "officers and recovery keys", test_officers },
	{ NULL, NULL },
};

HARNESS_MAIN("governed_expiry", tests)
