/*
 * test_faults.c - the matrix of faults of a PKCS#11 token: each call, each
 * outcome, the first, the nth and every time; a sample of it here, all of it
 * and 5,000 pairs by `make faults`.
 */
#include "tests/common/faults/board.h"
#include "tests/common/base/harness.h"

static void
test_matrix(void)
{
	/* 2250 / 8 = 281 cases, and 40 pairs */
	static const struct fault_plan plan = { 8, 40, 5000 };

	fault_board(&fault_pkcs11, &plan);
}

static const struct harness_test tests[] = {
	{ "survives what a token does", test_matrix },
	{ NULL, NULL },
};

HARNESS_MAIN("faults", tests)
