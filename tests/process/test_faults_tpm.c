/*
 * test_faults_tpm.c - the matrix of faults of a TPM: each command that the
 * service or anchorctl sends, each outcome, the first, the nth and every time;
 * a sample of it here, all of it and pairs by `make faults`.
 */
#include <unistd.h>

#include "tests/common/faults/board.h"
#include "tests/common/base/harness.h"

static void
test_matrix(void)
{
	/* 1872 / 13 = 144 cases, and 20 pairs */
	static const struct fault_plan plan = { 13, 20, 2000 };

	if (access("/usr/bin/swtpm", X_OK) != 0)
		harness_skip("no swtpm here");
	else
		fault_board(&fault_tpm, &plan);
}

static const struct harness_test tests[] = {
	{ "survives what a TPM does", test_matrix },
	{ NULL, NULL },
};

HARNESS_MAIN("faults, TPM", tests)
