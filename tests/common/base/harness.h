/*
 * harness.h - the main program of a CUnit test: a table of tests and a summary.
 *
 *	static const struct harness_test tests[] = {
 *		{ "refuses a trailing byte", test_trailing },
 *		{ NULL, NULL },
 *	};
 *	HARNESS_MAIN("tpm_quote", tests)
 *
 * What the tests share is made by a row "(begins)" and freed by a row "(ends)".
 * They are run also when only some tests are asked for, so each test can run
 * alone.
 *
 * The program prints each failure, then "N passed, N failed, N skipped", and
 * exits 0 only when none failed.  A test that cannot run here calls
 * harness_skip(why) and returns; it is not counted as passed.
 */
#ifndef COMMON_BASE_HARNESS_H
#define COMMON_BASE_HARNESS_H

#include <CUnit/CUnit.h>

/* The longest that a test waits for something that must happen.  It is reached
 * only when the thing never happens, so it is far longer than any step takes on
 * a machine that is busy.  Never wait this long for something that must not
 * happen. */
#define HARNESS_WAIT_MS 60000

/*
 * The bound for something that takes at most ms milliseconds where a processor is
 * free: ms; HARNESS_WAIT_MS if in the last ten seconds somebody waited for a
 * processor for more than half of the time (/proc/pressure/cpu, "some avg10"),
 * because then the time is the neighbours' and not ours.  Where the kernel does not
 * say, ms.  Asked when the thing has happened or has begun.
 */
unsigned harness_promised_ms(unsigned ms);

struct harness_test {
	const char *name;
	void (*run)(void);
};

int harness_run(const char *suite, const struct harness_test *tests, int argc,
                char **argv);
void harness_skip(const char *why);

#define HARNESS_MAIN(suite, tests)                            \
	int main(int argc, char **argv)                       \
	{                                                     \
		return harness_run(suite, tests, argc, argv); \
	}

#endif
