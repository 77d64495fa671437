/*
 * test_ledger_list.c - pages of a tenant's enrolments: their order, their ends,
 * their filters, and what they cost.
 */
#include <stdio.h>
#include <string.h>

#include "ledger/store/sqlite.h"
#include "tests/common/roles/ledger_rig.h"
#include "tests/unit/ledger/test_plan_kit.h"

#define MINE \
	25 /* devices of backend-a; every fifth is pending, every third a toy */

static void
add(struct store *s, const char *tenant, unsigned n)
{
	struct enrolment e = { .enrolled_s = KIT_NOW_S,
		               .state = n % 5 == 0 ? WIRE_DEVICE_PENDING
		                                   : WIRE_DEVICE_ACTIVE };
	char handle[32];
	bool added = false;

	(void)snprintf(handle, sizeof(handle), "dh1_%03u%s", n, tenant);
	(void)store_small_set(&e.tenant, bytes_of_str(tenant));
	(void)store_small_set(&e.handle, bytes_of_str(handle));
	(void)store_small_set(&e.format,
	                      bytes_of_str(n % 3 == 0 ? "toy" : "tpm2-quote"));
	memcpy(e.identity, &n, sizeof(n));
	e.identity[31] = 1;
	KIT_OK(facts_add_number(&e.facts, FACT_NOT_BELOW, bytes_of_str("count"),
	                        n + 1));
	KIT_OK(store_enrolment_add(s, &e, &added));
	CU_ASSERT_TRUE(added);
}

static struct store *
filled(const struct kit_dir *d)
{
	struct store *s = kit_open(d);

	KIT_OK(store_begin(s));
	for (unsigned n = 0; n < MINE; n++) {
		add(s, "backend-a", n);
		add(s, "backend-b", n);
	}
	return s;
}

/* What a page has: the numbers of its devices. */
struct page {
	size_t n;
	unsigned numbers[MINE];
	struct store_small next;
};

static err_t
take(const struct enrolment *e, void *user)
{
	struct page *p = user;

	CU_ASSERT(bytes_equal_str(store_small_bytes(&e->tenant), "backend-a"));
	CU_ASSERT_EQUAL(e->facts.n, 1);
	CU_ASSERT_FATAL(p->n < MINE);
	p->numbers[p->n] = (unsigned)e->facts.rows[0].number - 1;
	p->n++;
	return OK;
}

static struct page
page_of(struct store *s, struct enrolment_filter f)
{
	struct page p = { 0 };

	f.tenant = bytes_of_str("backend-a");
	KIT_OK(store_enrolments_page(s, &f, take, &p, &p.next));
	return p;
}

/* All pages, one after another: each device once, in order. */
static size_t
walk(struct store *s, struct enrolment_filter f, size_t *ret_pages)
{
	struct store_small after = { 0 };
	size_t n = 0;
	int last = -1;

	*ret_pages = 0;
	do {
		f.after = store_small_bytes(&after);
		struct page p = page_of(s, f);

		CU_ASSERT(p.n <= f.limit);
		for (size_t i = 0; i < p.n; i++) {
			CU_ASSERT((int)p.numbers[i] > last);
			last = (int)p.numbers[i];
		}
		n += p.n;
		after = p.next;
		++*ret_pages;
	} while (after.len > 0 && *ret_pages < 100);
	return n;
}

static void
test_pages(void)
{
	static const struct {
		size_t limit, pages;
	} rows[] = { { 1, 25 }, { 5, 5 }, { 7, 4 }, { 25, 1 }, { 100, 1 } };
	struct kit_dir d = kit_dir();
	struct store *s = filled(&d);
	size_t pages = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CU_ASSERT_EQUAL(
		        walk(s,
		             (struct enrolment_filter){ .limit = rows[i].limit,
		                                        .scan = 1000 },
		             &pages),
		        MINE);
		CU_ASSERT_EQUAL(pages, rows[i].pages);
	}
	store_close(s);
	kit_remove(&d);
}

static void
test_filters(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = filled(&d);
	struct enrolment_filter f = { .limit = 4, .scan = 1000 };
	size_t pages = 0;

	f.state = WIRE_DEVICE_PENDING;
	CU_ASSERT_EQUAL(walk(s, f, &pages), 5);
	CU_ASSERT_EQUAL(pages, 2);
	f.format = bytes_of_str("toy");
	CU_ASSERT_EQUAL(walk(s, f, &pages), 2); /* 0 and 15 */
	f.state = WIRE_DEVICE_UNKNOWN;
	CU_ASSERT_EQUAL(walk(s, f, &pages), 9);
	f.state = WIRE_DEVICE_RETIRED;
	CU_ASSERT_EQUAL(walk(s, f, &pages), 0);
	CU_ASSERT_EQUAL(pages, 1);
	store_close(s);
	kit_remove(&d);
}

/* All handles that begin so, the whole handle included, wherever the page before
 * ended. */
static void
test_prefix(void)
{
	static const struct {
		const char *prefix;
		size_t n;
	} rows[] = {
		{ "d", MINE },     { "dh1_", MINE },
		{ "dh1_00", 10 },  { "dh1_01", 10 },
		{ "dh1_02", 5 },   { "dh1_007backend-a", 1 },
		{ "dh1_007b", 1 }, { "dh1_007backend-aa", 0 },
		{ "dh1_03", 0 },   { "dh2", 0 },
		{ "a", 0 },        { "~", 0 },
	};
	struct kit_dir d = kit_dir();
	struct store *s = filled(&d);
	struct enrolment_filter f = { .limit = 3, .scan = 1000 };
	size_t pages = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		f.prefix = bytes_of_str(rows[i].prefix);
		CU_ASSERT_EQUAL(walk(s, f, &pages), rows[i].n);
	}
	/* `after` counts, also when it is greater than all of them. */
	f.prefix = bytes_of_str("dh1_01");
	f.after = bytes_of_str("dh1_018backend-a");
	CU_ASSERT_EQUAL(page_of(s, f).n, 1);
	f.after = bytes_of_str("z");
	CU_ASSERT_EQUAL(page_of(s, f).n, 0);
	f.after = bytes_of_str("a");
	CU_ASSERT_EQUAL(page_of(s, f).n, 3);
	store_close(s);
	kit_remove(&d);
}

static void
test_since(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = filled(&d);
	struct enrolment_filter f = { .limit = 4, .scan = 1000 };
	size_t pages = 0;

	f.since_s = KIT_NOW_S;
	CU_ASSERT_EQUAL(walk(s, f, &pages), MINE);
	f.since_s = KIT_NOW_S + 1;
	CU_ASSERT_EQUAL(walk(s, f, &pages), 0);
	store_close(s);
	kit_remove(&d);
}

/* A filter that lets nothing through costs as much as any other: the page is
 * empty, and says where to go on. */
static void
test_bounded(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = filled(&d);
	struct enrolment_filter f = { .limit = 4,
		                      .scan = 10,
		                      .format = bytes_of_str("none") };
	size_t pages = 0;

	struct page p = page_of(s, f);
	CU_ASSERT_EQUAL(p.n, 0);
	CU_ASSERT(bytes_equal_str(store_small_bytes(&p.next),
	                          "dh1_009backend-a"));
	CU_ASSERT_EQUAL(walk(s, f, &pages), 0);
	CU_ASSERT_EQUAL(pages, 3);
	f.format = bytes_of_str("toy");
	CU_ASSERT_EQUAL(walk(s, f, &pages), 9);
	store_close(s);
	kit_remove(&d);
}

/* Neither statement looks at rows of others, or sorts. */
static void
test_plans(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	expect_plan(s, ST_ENROLMENTS_PAGE,
	            "USING INDEX enrolments_handles (tenant=? AND handle>?)");
	expect_plan(s, ST_ENROLMENTS_OF_STATE,
	            "USING INDEX enrolments_states"
	            " (tenant=? AND state=? AND handle>?)");
	store_close(s);
	kit_remove(&d);
}

/* --- the message ---------------------------------------------------------- */

static err_t
say_list(struct rig *g, const char *tenant, uint16_t limit)
{
	const struct wire_enrollment_list m = {
		.request = 3,
		.tenant = bytes_of_str(tenant),
		.limit = limit,
	};

	wire_put_enrollment_list(&g->packet, &m);
	return rig_say(g, RIG_FRONT);
}

static void
test_message(void)
{
	struct rig *g = rig_ready();
	struct store *s = g->ledger.store_manager.store;
	struct wire_enrollment_page m = { 0 };
	struct wire_enrollment e = { 0 };

	KIT_OK(store_begin(s));
	add(s, "backend-a", 1);
	add(s, "backend-a", 2);
	add(s, "backend-b", 1);
	KIT_OK(store_commit(s));
	KIT_OK(say_list(g, "backend-a", 1));
	rig_round(g);
	CU_ASSERT_EQUAL(wire_get_enrollment_page(rig_hear(g, RIG_FRONT), &m),
	                OK);
	CU_ASSERT_EQUAL(m.request, 3);
	CU_ASSERT(bytes_equal_str(m.next, "dh1_001backend-a"));
	struct reader r = reader_of(m.rows);
	CU_ASSERT_EQUAL(
	        wire_get_enrollment(reader_take(&r, reader_u32(&r)), &e), OK);
	CU_ASSERT(bytes_equal_str(e.handle, "dh1_001backend-a"));
	CU_ASSERT_EQUAL(r.left, 0);
	KIT_OK(say_list(g, "backend-c", 100));
	g->ledger.readings.next_at = 0; /* no pause */
	rig_round(g);
	CU_ASSERT_EQUAL(wire_get_enrollment_page(rig_hear(g, RIG_FRONT), &m),
	                OK);
	CU_ASSERT_EQUAL(m.rows.len, 0);
	CU_ASSERT_EQUAL(m.next.len, 0);
	rig_free(g);
}

/* No front asks for more than a page, nor for nobody's. */
static void
test_nonsense(void)
{
	struct rig *g = rig_ready();

	CU_ASSERT_EQUAL(say_list(g, "backend-a", 0), E_MALFORMED);
	CU_ASSERT_EQUAL(say_list(g, "backend-a", 101), E_MALFORMED);
	CU_ASSERT_EQUAL(say_list(g, "Not A Tenant", 1), E_MALFORMED);
	rig_free(g);
}

/* Numbers, and texts, that no front sends. */
static void
test_nonsense_filters(void)
{
	static const char long_text[DEVICE_HANDLE_MAX + 2] =
	        "0123456789012345678901234567890123456789012345678901234567890"
	        "1234";
	struct rig *g = rig_ready();
	const struct wire_enrollment_list bad[] = {
		{ .since_s = UINT64_C(1) << 63 },
		{ .after = bytes_of_str(long_text) },
		{ .prefix = bytes_of_str(long_text) },
	};

	CU_ASSERT_EQUAL(strlen(long_text), DEVICE_HANDLE_MAX + 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct wire_enrollment_list m = bad[i];

		m.tenant = bytes_of_str("backend-a");
		m.limit = 1;
		wire_put_enrollment_list(&g->packet, &m);
		CU_ASSERT_EQUAL(rig_say(g, RIG_FRONT), E_MALFORMED);
	}
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "each device once, by its handle", test_pages },
	{ "filters", test_filters },
	{ "handles that begin so", test_prefix },
	{ "since a time", test_since },
	{ "a filter that lets nothing through", test_bounded },
	{ "only the tenant's own rows are read", test_plans },
	{ "a page as a message", test_message },
	{ "refuses nonsense", test_nonsense },
	{ "nor filters that are none", test_nonsense_filters },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_list", tests)
