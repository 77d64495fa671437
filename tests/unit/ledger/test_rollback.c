/*
 * test_rollback.c - versions that an enrolled device may show, and may not.
 */
#include <string.h>

#include "ledger/rollback.h"
#include "tests/common/base/harness.h"
#include "base/auto.h"

#define ROLLBACK reason_bit(REASON_FIRMWARE_ROLLBACK)
#define MISMATCH reason_bit(REASON_DEVICE_KEY_MISMATCH)

/* The members that hold a level. */
static uint32_t *
level(struct device_facts *d, unsigned i)
{
	uint32_t *const levels[] = { &d->os_patch, &d->vendor_patch,
		                     &d->boot_patch, &d->os_version };

	return levels[i];
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
			struct device_facts seen = { 0 }, now = { 0 };

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
	struct device_facts seen = { .os_version = 160000 };
	struct device_facts now = seen;

	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), 0);
	CU_ASSERT_FALSE(rollback_raise(&seen, &now));
	now.os_version = 159999;
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), ROLLBACK);
	CU_ASSERT_FALSE(rollback_raise(&seen, &now));
	CU_ASSERT_EQUAL(seen.os_version, 160000);
	now.os_version = 0;
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), ROLLBACK);
	now.os_version = 160001;
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), 0);
	CU_ASSERT_TRUE(rollback_raise(&seen, &now));
	CU_ASSERT_EQUAL(seen.os_version, 160001);
}

/* One that is newer does not make up for one that is older. */
static void
test_each(void)
{
	for (unsigned older = 0; older < LEVELS; older++) {
		struct device_facts seen = { .os_version = 160000,
			                     .os_patch = 202609,
			                     .vendor_patch = 20260905,
			                     .boot_patch = 20260905 };
		struct device_facts now = seen;

		for (unsigned i = 0; i < LEVELS; i++)
			*level(&now, i) += i == older ? -1u : 1u;
		CU_ASSERT_EQUAL(rollback_judge(&seen, &now), ROLLBACK);
	}
}

static void
test_boot_key(void)
{
	struct device_facts seen = { 0 }, now = { 0 };

	CU_ASSERT(device_set_boot_key(&seen, bytes_of_str("the first key")));
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), MISMATCH);
	CU_ASSERT(device_set_boot_key(&now, bytes_of_str("the first kez")));
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), MISMATCH);
	CU_ASSERT(device_set_boot_key(&now, bytes_of_str("the first ke")));
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), MISMATCH);
	CU_ASSERT(device_set_boot_key(&now, bytes_of_str("the first key")));
	CU_ASSERT_EQUAL(rollback_judge(&seen, &now), 0);
	now.os_version = 1;
	CU_ASSERT_TRUE(rollback_raise(&seen, &now));
	CU_ASSERT_EQUAL(seen.boot_key_len, 13);

	/* A device that has none to compare: a TPM. */
	const struct device_facts none = { 0 };
	CU_ASSERT_EQUAL(rollback_judge(&none, &now), 0);
	CU_ASSERT_EQUAL(rollback_judge(&none, &none), 0);
}

static void
test_boot_key_size(void)
{
	struct device_facts d = { 0 };
	uint8_t key[BOOT_KEY_MAX + 1];

	memset(key, 0x77, sizeof(key));
	CU_ASSERT(device_set_boot_key(&d, bytes_of(key, BOOT_KEY_MAX)));
	CU_ASSERT_EQUAL(d.boot_key_len, BOOT_KEY_MAX);
	CU_ASSERT_FALSE(device_set_boot_key(&d, bytes_of(key, sizeof(key))));
	CU_ASSERT_EQUAL(d.boot_key_len, 0);
	CU_ASSERT_EQUAL(d.boot_key[0], 0);
}

static const struct harness_test tests[] = {
	{ "patch levels with a day and without", test_patches },
	{ "the version of the system", test_version },
	{ "each level counts by itself", test_each },
	{ "the key that verified the boot", test_boot_key },
	{ "a key that is too long is none", test_boot_key_size },
	{ NULL, NULL },
};
HARNESS_MAIN("levels", tests)
