/*
 * test_steps_kit.h - the steps that SQLite counts of a store's statements, so that a
 * busy machine changes nothing of what a test says of cost.
 */
#ifndef UNIT_LEDGER_TEST_STEPS_KIT_H
#define UNIT_LEDGER_TEST_STEPS_KIT_H

#include <stdio.h>

#include <sqlite3.h>

#include "ledger/store/sqlite.h"
#include "tests/common/base/harness.h"

static inline void
forget_steps(const struct store *s)
{
	for (size_t i = 0; i < ST_COUNT; i++)
		for (int what = SQLITE_STMTSTATUS_FULLSCAN_STEP;
		     what <= SQLITE_STMTSTATUS_VM_STEP; what++)
			(void)sqlite3_stmt_status(s->statements[i], what, 1);
}

/* Of all statements, since forget_steps(). */
static inline int
steps_of(const struct store *s, int what)
{
	int n = 0;

	for (size_t i = 0; i < ST_COUNT; i++)
		n += sqlite3_stmt_status(s->statements[i], what, 0);
	return n;
}

/* The same steps, but for two in a hundred, with few rows and with many. */
static inline void
expect_flat(int few, int many)
{
	fprintf(stderr, "%d steps, then %d\n", few, many);
	CU_ASSERT(few > 50);
	CU_ASSERT(many <= few + few / 50);
}

#endif
