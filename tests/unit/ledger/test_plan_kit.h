/*
 * test_plan_kit.h - how SQLite runs a statement of the store.
 */
#ifndef UNIT_LEDGER_TEST_PLAN_KIT_H
#define UNIT_LEDGER_TEST_PLAN_KIT_H

#include <string.h>

#include "base/buf.h"
#include "ledger/store/sqlite.h"
#include "tests/common/roles/ledger_kit.h"

static inline int
plan_add_row(void *arg, int n, char **values, char **names)
{
	(void)names;
	for (int i = 0; i < n; i++)
		buf_printf(arg, "%s|", values[i] ? values[i] : "-");
	return 0;
}

/* By that index; nothing is sorted, and no table is looked through. */
static inline void
expect_plan(struct store *s, enum statement which, const char *index)
{
	AUTO(buf_release) struct buf plan = buf_of(4096);
	AUTO(buf_release) struct buf text = buf_of(4096);
	const char *sql = sqlite3_sql(s->statements[which]);

	CU_ASSERT_PTR_NOT_NULL_FATAL(sql);
	buf_printf(&text, "EXPLAIN QUERY PLAN %s", sql);
	CU_ASSERT_EQUAL(
	        sqlite3_exec(s->db, buf_str(&text), plan_add_row, &plan, NULL),
	        SQLITE_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&plan), index));
	CU_ASSERT_PTR_NULL(strstr(buf_str(&plan), "TEMP B-TREE"));
	CU_ASSERT_PTR_NULL(strstr(buf_str(&plan), "SCAN"));
}

#endif
