/*
 * test_rollback.c - versions that an enrolled device may show, and may not.
 */
#include <string.h>

#include "ledger/rollback.h"
#include "tests/common/fakes/facts_kit.h"
#include "tests/common/base/harness.h"
#include "base/auto.h"

#define ROLLBACK reason_bit(REASON_FIRMWARE_ROLLBACK)
#define MISMATCH reason_bit(REASON_DEVICE_KEY_MISMATCH)

/* Levels by name; the first ones are dates. */
static const char *const levels[] = { "os_patch_level", "vendor_patch_level",
	                              "boot_patch_level", "os_version" };

static uint64_t *
level(struct facts *f, unsigned i)
{
	return facts_kit_level(f, levels[i]);
}

#define PATCHES 3 /* the first ones */
#define LEVELS 4

static void
test_patches(void)
{
	/* seen, now: is that older; what is the highest then */
	static const struct {
		uint32_t seen, now;
		bool older;
		uint32_t highest;
	} rows[] = {
		{ 202609, 202609, false, 202609 },
		{ 202609, 202610, false, 202610 },
		{ 202609, 202608, true, 202609 },
		{ 202601, 202512, true, 202601 },
		{ 20260905, 20260905, false, 20260905 },
		{ 20260905, 20260906, false, 20260906 },
		{ 20260905, 20260904, true, 20260905 },
		{ 20260905, 20251231, true, 20260905 },
		/* a day on one side only: the months */
		{ 20260905, 202609, false, 20260905 },
		{ 20260905, 20260900, false, 20260905 },
		{ 20260905, 202608, true, 20260905 },
		{ 20260905, 202610, false, 202610 },
		{ 202609, 20260901, false, 20260901 },
		{ 202609, 20260831, true, 202609 },
		{ 20260900, 20260901, false, 20260901 },
		{ 202609, 20260900, false, 202609 },
		/* left out */
		{ 0, 0, false, 0 },
		{ 0, 202609, false, 202609 },
		{ 0, 20260905, false, 20260905 },
		{ 202609, 0, true, 202609 },
		{ 20260905, 0, true, 20260905 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (unsigned which = 0; which < PATCHES; which++) {
			struct facts seen = { 0 }, now = { 0 };

			*level(&seen, which) = rows[i].seen;
			*level(&now, which) = rows[i].now;
			CU_ASSERT_EQUAL(rollback_judge(&seen, &now),
			                rows[i].older ? ROLLBACK : 0);
			bool grew = rollback_raise(&seen, &now);
			CU_ASSERT_EQUAL(*level(&seen, which), rows[i].highest);
			CU_ASSERT_EQUAL(grew, rows[i].highest != rows[i].seen);
		}
	}
}

static void
test_version(void)
{
	struct facts seen = { 0 };
	uint64_t *kept = facts_kit_level(&seen, "os_version");

	*kept = 160000;
	struct facts now = seen;
	uint64_t *shown = facts_kit_level(&now, "os_version");

	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), 0);
	CU_ASSERT_FALSE(rollback_raise(&seen, &now));
	*shown = 159999;
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), ROLLBACK);
	CU_ASSERT_FALSE(rollback_raise(&seen, &now));
	CU_ASSERT_EQUAL(*kept, 160000);
	*shown = 0;
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), ROLLBACK);
	*shown = 160001;
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), 0);
	CU_ASSERT_TRUE(rollback_raise(&seen, &now));
	CU_ASSERT_EQUAL(*kept, 160001);
}

/* One that is newer does not make up for one that is older. */
static void
test_each(void)
{
	for (unsigned older = 0; older < LEVELS; older++) {
		static const uint64_t values[] = { 202609, 20260905, 20260905,
			                           160000 };
		struct facts seen = { 0 }, now = { 0 };

		for (unsigned i = 0; i < LEVELS; i++) {
			*level(&seen, i) = values[i];
			*level(&now, i) =
			        i == older ? values[i] - 1 : values[i] + 1;
		}
		CU_ASSERT_EQUAL(rollback_judge(&seen, &now), ROLLBACK);
	}
}

#define BOOT_KEY "verified_boot_key"

/* Says another boot key than before. */
static struct facts
booted_by(const char *key)
{
	struct facts f = { 0 };

	facts_kit_add(&f, FACT_EQUAL, BOOT_KEY, bytes_of_str(key));
	return f;
}

static void
test_boot_key(void)
{
	struct facts seen = booted_by("the first key"), now = { 0 };

	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), MISMATCH);
	now = booted_by("the first kez");
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), MISMATCH);
	now = booted_by("the first ke");
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), MISMATCH);
	now = booted_by("the first key");
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), 0);
	*facts_kit_level(&now, "os_version") = 1;
	CU_ASSERT_TRUE(rollback_raise(&seen, &now));
	CU_ASSERT_EQUAL(facts_kit_bytes(&seen, BOOT_KEY).len, 13);

	/* A device that has none to compare, and keeps none: a TPM. */
	struct facts none = { 0 };
	CU_ASSERT_EQUAL(rollback_judge(&none, &now), 0);
	CU_ASSERT_EQUAL(rollback_judge(&none, &none), 0);
	CU_ASSERT_TRUE(rollback_raise(&none, &now));
	CU_ASSERT_EQUAL(none.n, 1);
}

/* What is shown alone is nobody's to compare, and nothing replaces it. */
static void
test_shown(void)
{
	struct facts seen = { 0 }, now = { 0 };

	facts_kit_add(&seen, FACT_SHOWN, "label", bytes_of_str("one"));
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), 0);
	facts_kit_add(&now, FACT_SHOWN, "label", bytes_of_str("another"));
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), 0);
	CU_ASSERT_FALSE(rollback_raise(&seen, &now));
	CU_ASSERT(bytes_equal_str(facts_kit_bytes(&seen, "label"), "one"));
}

/* A name that comes with another rule does not come. */
static void
test_other_rule(void)
{
	struct facts seen = { 0 }, now = { 0 };

	*facts_kit_level(&seen, "count") = 5;
	CU_ASSERT_EQUAL(facts_add_number(&now, FACT_NOT_BEFORE,
	                                 bytes_of_str("count"), 202612),
	                OK);
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), ROLLBACK);
	CU_ASSERT_FALSE(rollback_raise(&seen, &now));
	CU_ASSERT_EQUAL(facts_kit_number(&seen, "count"), 5);

	seen = booted_by("a key");
	now = (struct facts){ 0 };
	facts_kit_add(&now, FACT_SHOWN, BOOT_KEY, bytes_of_str("a key"));
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), MISMATCH);
}

/* A level that there is no room to keep could go back unseen. */
static void
test_no_room(void)
{
	static const char *const names[] = { "a", "b", "c", "d",
		                             "e", "f", "g", "h" };
	struct facts seen = { 0 }, now = { 0 };

	_Static_assert(ARRAY_LEN(names) == FACTS_MAX, "a name for each row");
	for (size_t i = 0; i < FACTS_MAX; i++)
		facts_kit_add(&seen, FACT_SHOWN, names[i], bytes_of_str("x"));
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), 0);
	*facts_kit_level(&now, "count") = 1;
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), ROLLBACK);
	CU_ASSERT_FALSE(rollback_raise(&seen, &now));
	seen.n--;
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), 0);
	CU_ASSERT_TRUE(rollback_raise(&seen, &now));
	CU_ASSERT_EQUAL(facts_kit_number(&seen, "count"), 1);
}

static const struct harness_test tests[] = {
	{ "patch levels with a day and without", test_patches },
	{ "the version of the system", test_version },
	{ "each level counts by itself", test_each },
	{ "the key that verified the boot", test_boot_key },
	{ "what is only shown", test_shown },
	{ "a name with another rule", test_other_rule },
	{ "a level without room", test_no_room },
	{ NULL, NULL },
};
HARNESS_MAIN("rollback", tests)
