/*
 * test_outcomes.c - the store's reader of outcomes: pages, and how much it looks
 * at.
 */
#include "tests/unit/ledger/test_outcomes_kit.h"

#include "ledger/store/sqlite.h"

/* --- pages ---------------------------------------------------------------- */

static void
test_pages(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = store_of(&d, MANY);
	struct outcome_query q = { .rows = 100, .scan = 4096 };
	struct got g = { 0 };

	CU_ASSERT_EQUAL(read_page(s, &q, &g), 100);
	CU_ASSERT(g.n == 100 && g.first == 1 && g.last == 100);
	q.after = 100;
	CU_ASSERT_EQUAL(read_page(s, &q, &g), 200);
	CU_ASSERT(g.n == 100 && g.first == 101);
	/* A full page that is the last one says so. */
	q.after = 200;
	CU_ASSERT_EQUAL(read_page(s, &q, &g), 0);
	CU_ASSERT(g.n == 100 && g.first == 201 && g.last == MANY);
	g.last = 0;
	q.after = MANY;
	CU_ASSERT_EQUAL(read_page(s, &q, &g), 0);
	CU_ASSERT_EQUAL(g.n, 0);
	q.after = INT64_MAX;
	CU_ASSERT_EQUAL(read_page(s, &q, &g), 0);
	CU_ASSERT_EQUAL(g.n, 0);
	store_close(s);
	kit_remove(&d);
}

static void
test_empty(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct outcome_query q = {
		.rows = 1, .scan = 1, .filter = { .since_ms = 5, .until_ms = 6 }
	};
	struct got g = { 0 };

	CU_ASSERT_EQUAL(read_page(s, &q, &g), 0);
	CU_ASSERT_EQUAL(g.n, 0);
	store_close(s);
	kit_remove(&d);
}

static err_t
keep_one(void *user, const struct outcome *o)
{
	struct outcome *kept = user;

	*kept = *o;
	return OK;
}

/* Every column arrives, and in the words of messages. */
static void
test_whole(void)
{
	AUTO(buf_release) struct buf a = buf_of(4096);
	AUTO(buf_release) struct buf b = buf_of(4096);
	struct kit_dir d = kit_dir();
	struct store *s = store_of(&d, 1);
	const struct outcome_query q = { .rows = 1 };
	const struct outcome put = row_of(1);
	struct outcome got = { 0 };
	struct wire_outcome again;
	uint64_t next;

	KIT_OK(store_outcomes(s, &q, keep_one, &got, &next));
	const struct wire_outcome want = outcome_words(&put);
	const struct wire_outcome have = outcome_words(&got);
	wire_put_outcome(&a, &want);
	wire_put_outcome(&b, &have);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
	KIT_OK(wire_get_outcome(buf_bytes(&a), &again));
	buf_reset(&b);
	wire_put_outcome(&b, &again);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
	CU_ASSERT_TRUE(bytes_equal_str(again.purpose, "order 66"));
	CU_ASSERT_EQUAL(wire_get_outcome(bytes_of(a.data, a.len - 1), &again),
	                E_MALFORMED);
	buf_u8(&a, 0);
	CU_ASSERT_EQUAL(wire_get_outcome(buf_bytes(&a), &again), E_MALFORMED);
	store_close(s);
	kit_remove(&d);
}

static err_t
refuse_outcome(void *user, const struct outcome *o)
{
	(void)user;
	(void)o;
	return E_LIMIT;
}

/* After a failure the store works as before, also within a transaction. */
static void
test_failure(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = store_of(&d, 3);
	const struct outcome_query q = { .rows = 3, .scan = 3 };
	const struct outcome next_one = row_of(4);
	struct got g = { 0 };
	uint64_t next = 77;

	CU_ASSERT_EQUAL(store_outcomes(s, &q, refuse_outcome, NULL, &next),
	                E_LIMIT);
	CU_ASSERT_EQUAL(next, 77);
	KIT_OK(store_begin(s));
	KIT_OK(store_outcome_add(s, &next_one));
	KIT_OK(store_commit(s));
	CU_ASSERT_EQUAL(read_page(s, &q, &g), 3);
	store_close(s);
	kit_remove(&d);
}

/* --- the bound ------------------------------------------------------------ */

static void
test_bound(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = store_of(&d, MANY);
	struct outcome_query q = { .rows = 100, .scan = 40 };
	struct got g = { .want = want_none };

	(void)store_small_set(&q.filter.tenant, bytes_of_str("nobody"));
	CU_ASSERT_EQUAL(read_page(s, &q, &g), 40);
	CU_ASSERT_EQUAL(g.n, 0);
	q.after = 40;
	CU_ASSERT_EQUAL(read_page(s, &q, &g), 80);
	q.after = MANY - 40;
	CU_ASSERT_EQUAL(read_page(s, &q, &g), 0);
	q.after = MANY - 41;
	CU_ASSERT_EQUAL(read_page(s, &q, &g), MANY - 1);
	CU_ASSERT_EQUAL(read_all(s, q, want_none), 0);
	store_close(s);
	kit_remove(&d);
}

/* SQLite's own count of rows that a scan went through shows that the bound is
 * one of work, not of what is handed over. */
static int
steps_of(struct store *s)
{
	return sqlite3_stmt_status(s->statements[ST_OUTCOMES],
	                           SQLITE_STMTSTATUS_VM_STEP, 1);
}

static void
test_work(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = store_of(&d, MANY);
	struct outcome_query q = { .rows = 100, .scan = 20 };
	struct got g = { .want = want_none };

	(void)store_small_set(&q.filter.tenant, bytes_of_str("nobody"));
	(void)steps_of(s);
	(void)read_page(s, &q, &g);
	int few = steps_of(s);
	q.scan = MANY;
	(void)read_page(s, &q, &g);
	int many = steps_of(s);
	CU_ASSERT_TRUE(few > 0 && many > 5 * few);
	CU_ASSERT_EQUAL(sqlite3_stmt_status(s->statements[ST_OUTCOMES],
	                                    SQLITE_STMTSTATUS_SORT, 0),
	                0);
	store_close(s);
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "pages, to the end", test_pages },
	{ "none at all", test_empty },
	{ "every column", test_whole },
	{ "a failure of the reader", test_failure },
	{ "looks at so many, and says where to go on", test_bound },
	{ "works as much as it looks at", test_work },
	{ NULL, NULL },
};

HARNESS_MAIN("outcomes", tests)
