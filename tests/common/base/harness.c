/*
 * harness.c - runs a table of tests with CUnit and reports every failure.
 *
 * A program is one CUnit suite, and each row one CUnit test.  With arguments,
 * only tests whose names contain one of them are run, and the rows in
 * parentheses, which make and free what the others share.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <CUnit/CUnit.h>

#include "tests/common/base/harness.h"

static unsigned skipped;
static bool skipped_now;

void
harness_skip(const char *why)
{
	skipped_now = true;
	printf("  skipped: %s\n", why);
}

#define BUSY_PERCENT 50.0

static double
waited_percent(void)
{
	double percent = 0.0;
	FILE *f = fopen("/proc/pressure/cpu", "r");

	if (!f)
		return 0.0;
	if (fscanf(f, "some avg10=%lf", &percent) != 1)
		percent = 0.0;
	fclose(f);
	return percent;
}

unsigned
harness_promised_ms(unsigned ms)
{
	static bool said;
	double percent = waited_percent();

	if (percent <= BUSY_PERCENT || ms >= HARNESS_WAIT_MS)
		return ms;
	if (!said)
		printf("  busy (%.0f %%), so a bound of %u ms does not count "
		       "here\n",
		       percent, ms);
	said = true;
	return HARNESS_WAIT_MS;
}

static bool
wanted(const char *name, int argc, char **argv)
{
	if (argc < 2 || name[0] == '(')
		return true;
	for (int i = 1; i < argc; i++)
		if (strstr(name, argv[i]))
			return true;
	return false;
}

static void
on_start(const CU_pTest test, const CU_pSuite suite)
{
	(void)suite;
	skipped_now = false;
	printf("- %s\n", test->pName);
	fflush(stdout);
}

static void
on_complete(const CU_pTest test, const CU_pSuite suite,
            const CU_pFailureRecord failures)
{
	(void)test;
	(void)suite;
	for (CU_pFailureRecord f = failures; f; f = f->pNext)
		printf("  FAILED %s:%u: %s\n", f->strFileName, f->uiLineNumber,
		       f->strCondition);
	if (!failures && skipped_now)
		skipped++;
}

int
harness_run(const char *suite, const struct harness_test *tests, int argc,
            char **argv)
{
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 2;

	CU_pSuite s = CU_add_suite(suite, NULL, NULL);
	for (const struct harness_test *t = tests; s && t->name; t++)
		if (wanted(t->name, argc, argv) &&
		    !CU_add_test(s, t->name, t->run))
			s = NULL;
	if (!s)
		return 2;

	CU_set_test_start_handler(on_start);
	CU_set_test_complete_handler(on_complete);
	CU_run_all_tests();

	unsigned failed = CU_get_number_of_tests_failed();
	unsigned ran = CU_get_number_of_tests_run();
	CU_cleanup_registry();

	printf("%u passed, %u failed, %u skipped\n", ran - failed - skipped,
	       failed, skipped);
	return failed == 0 && ran > 0 ? 0 : 1;
}
