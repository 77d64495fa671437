/*
 * test_ledger_permits.c - who holds a permit: pages in their order, a tenant's own
 * only, and what they cost.
 */
#include <stdio.h>
#include <string.h>

#include "ledger/store/sqlite.h"
#include "tests/common/roles/ledger_rig.h"
#include "tests/unit/ledger/test_plan_kit.h"

#define DEVICES 12 /* of each of two tenants; every third has finished */

static void
add_device(struct store *s, const char *tenant, unsigned n)
{
	struct enrolment e = { .enrolled_s = KIT_NOW_S,
		               .state = WIRE_DEVICE_ACTIVE };
	const struct permit permit = { .given_s = KIT_NOW_S + n,
		                       .expires_s = KIT_NOW_S + 100,
		                       .attempts = 1,
		                       .finished = n % 3 == 0 };
	char handle[32];
	bool added = false;

	(void)snprintf(handle, sizeof(handle), "dh1_%03u%c-%s", n,
	               tenant[strlen(tenant) - 1], tenant);
	(void)store_small_set(&e.tenant, bytes_of_str(tenant));
	(void)store_small_set(&e.handle, bytes_of_str(handle));
	(void)store_small_set(&e.format, bytes_of_str("toy"));
	memcpy(e.identity, &n, sizeof(n));
	e.identity[31] = 1;
	KIT_OK(store_enrolment_add(s, &e, &added));
	const struct permit_of of = { bytes_of_str(handle),
		                      bytes_of_str("fw-2"),
		                      bytes_of_str("beta") };
	KIT_OK(store_permit_put(s, &of, &permit));
}

static void
fill_store(struct store *s)
{
	const struct permit_of other = { bytes_of_str("dh1_000a-backend-a"),
		                         bytes_of_str("fw-3"),
		                         bytes_of_str("beta") };
	const struct permit_of stable = { bytes_of_str("dh1_000a-backend-a"),
		                          bytes_of_str("fw-2"),
		                          bytes_of_str("stable") };

	KIT_OK(store_begin(s));
	for (unsigned n = 0; n < DEVICES; n++) {
		add_device(s, "backend-a", n);
		add_device(s, "backend-b", n);
	}
	KIT_OK(store_permit_put(s, &other, &(struct permit){ .attempts = 9 }));
	KIT_OK(store_permit_put(s, &stable, &(struct permit){ .attempts = 9 }));
	KIT_OK(store_commit(s));
}

/* --- pages ----------------------------------------------------------------- */

struct answer {
	size_t n, foreign;
	bool more;
	uint16_t next_finished;
	char next[DEVICE_HANDLE_MAX + 1];
	unsigned numbers[READINGS_ROWS]; /* of the devices */
};

static struct wire_permits_ask
question(void)
{
	return (struct wire_permits_ask){
		.request = 6,
		.tenant = bytes_of_str("backend-a"),
		.release = bytes_of_str("fw-2"),
		.channel = bytes_of_str("beta"),
		.limit = 100,
	};
}

static err_t
say_ask(struct rig *g, const struct wire_permits_ask *m)
{
	wire_put_permits_ask(&g->packet, m);
	return rig_say(g, RIG_FRONT);
}

static void
take_row(struct answer *a, const struct wire_permit *p)
{
	CU_ASSERT_EQUAL(p->attempts, 1);
	CU_ASSERT_EQUAL(p->expires_s, KIT_NOW_S + 100);
	a->foreign += !bytes_equal_str(p->tenant, "backend-a");
	a->numbers[a->n] = (unsigned)(p->given_s - KIT_NOW_S);
	CU_ASSERT_EQUAL(p->finished == WIRE_FLAG_YES,
	                a->numbers[a->n] % 3 == 0);
	a->n++;
}

static struct answer
ask(struct rig *g, const struct wire_permits_ask *m)
{
	struct wire_permits got = { 0 };
	struct answer a = { 0 };

	KIT_OK(say_ask(g, m));
	g->ledger.readings.next_at = 0;
	rig_round(g);
	CU_ASSERT_EQUAL_FATAL(wire_get_permits(rig_hear(g, RIG_FRONT), &got),
	                      OK);
	CU_ASSERT_EQUAL(got.request, m->request);
	struct reader r = reader_of(got.rows);
	while (r.left > 0) {
		struct wire_permit p;

		KIT_OK(wire_get_permit(reader_take(&r, reader_u32(&r)), &p));
		take_row(&a, &p);
	}
	a.more = got.more;
	a.next_finished = got.next_finished;
	(void)snprintf(a.next, sizeof(a.next), "%.*s", (int)got.next.len,
	               (const char *)got.next.data);
	return a;
}

/* All pages: how many rows; in each part the devices rise. */
static size_t
walk(struct rig *g, struct wire_permits_ask m)
{
	char after[DEVICE_HANDLE_MAX + 1] = "";
	size_t n = 0, pages = 0;
	struct answer a;
	int last = -1;

	do {
		m.after = bytes_of_str(after);
		a = ask(g, &m);
		CU_ASSERT_EQUAL(a.foreign, 0);
		for (size_t i = 0; i < a.n; i++) {
			int number = (int)a.numbers[i];
			int place = number + (number % 3 == 0 ? 1000 : 0);

			CU_ASSERT(place > last);
			last = place;
		}
		n += a.n;
		m.after_finished = a.next_finished;
		(void)snprintf(after, sizeof(after), "%s", a.next);
		CU_ASSERT_TRUE_FATAL(++pages < 100);
	} while (a.more);
	return n;
}

static void
test_pages(void)
{
	static const uint16_t limits[] = { 1, 2, 3, 5, 8, 12, 100 };
	struct rig *g = rig_ready();
	struct wire_permits_ask m = question();

	fill_store(g->ledger.store_manager.store);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		m.limit = limits[i];
		m.which = 0;
		CU_ASSERT_EQUAL(walk(g, m), DEVICES);
		m.which = 1;
		CU_ASSERT_EQUAL(walk(g, m), DEVICES - DEVICES / 3);
		m.which = 2;
		CU_ASSERT_EQUAL(walk(g, m), DEVICES / 3);
	}
	m.release = bytes_of_str("fw-4");
	CU_ASSERT_EQUAL(walk(g, m), 0);
	m = question();
	m.tenant = bytes_of_str("backend-c");
	CU_ASSERT_EQUAL(walk(g, m), 0);
	m.tenant = bytes_of(NULL, 0);
	m.all_tenants = WIRE_FLAG_YES;
	struct answer a = ask(g, &m);
	CU_ASSERT_EQUAL(a.n, 2 * DEVICES);
	CU_ASSERT_EQUAL(a.foreign, DEVICES);
	rig_free(g);
}

/* By the ledger's time; a permit counts until its end, and not at it. */
static void
test_times(void)
{
	struct rig *g = rig_ready();
	struct store *s = g->ledger.store_manager.store;
	uint64_t now_s = g->ledger.store_manager.marks.time_ms / 1000;
	struct wire_permits_ask m = question();

	fill_store(s);
	m.which = 4;
	CU_ASSERT_EQUAL(walk(g, m), DEVICES);
	m.which = 8;
	CU_ASSERT_EQUAL(walk(g, m), 0);
	m.which = 4 | 8;
	CU_ASSERT_EQUAL(walk(g, m), DEVICES);
	g->ledger.store_manager.marks.time_ms += 99000;
	m.which = 4 | 1;
	CU_ASSERT_EQUAL(walk(g, m), DEVICES - DEVICES / 3);
	g->ledger.store_manager.marks.time_ms =
	        (KIT_NOW_S + 100) * UINT64_C(1000);
	CU_ASSERT_EQUAL(walk(g, m), 0);
	m.which = 8 | 2;
	CU_ASSERT_EQUAL(walk(g, m), DEVICES / 3);
	CU_ASSERT_EQUAL(now_s, KIT_NOW_S);
	rig_free(g);
}

/* Rows of others cost as much as one's own: a page looks at so many.  And where it
 * goes on is not the handle of another tenant's device. */
static void
test_bounded(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct store_small next = { 0 };
	const struct permit_holders q = {
		.tenant = bytes_of_str("backend-c"),
		.release = bytes_of_str("fw-2"),
		.channel = bytes_of_str("beta"),
		.until_s = INT64_MAX,
		.limit = 100,
		.scan = 5,
	};

	fill_store(s);
	KIT_OK(store_permit_holders(s, &q, NULL, NULL, &next));
	CU_ASSERT(bytes_equal_str(store_small_bytes(&next), "dh1_004b"));
	store_close(s);
	kit_remove(&d);
}

/* The index has them in order; nothing is sorted or looked through. */
static void
test_plan(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	expect_plan(s, ST_PERMIT_HOLDERS,
	            "INDEX permits_finished (release=? AND channel=? AND"
	            " finished=? AND handle>?)");
	store_close(s);
	kit_remove(&d);
}

/* --- what no honest front asks --------------------------------------------- */

static void
test_nonsense(void)
{
	struct rig *g = rig_ready();
	struct wire_permits_ask bad[] = {
		question(), question(), question(), question(),
		question(), question(), question(), question(),
	};

	bad[0].limit = 0;
	bad[1].limit = READINGS_ROWS + 1;
	bad[2].tenant = bytes_of(NULL, 0);
	bad[3].all_tenants = WIRE_FLAG_YES; /* and a tenant */
	bad[4].after_finished = 2;
	bad[5].which = 16;
	bad[6].release = bytes_of(NULL, 0);
	bad[7].after = bytes_of_str(
	        "0123456789012345678901234567890123456789012345678901234567890"
	        "1234");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(say_ask(g, &bad[i]), E_MALFORMED);
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "each permit once, who has not finished first", test_pages },
	{ "those that count now", test_times },
	{ "a page looks at so many", test_bounded },
	{ "only the release's rows are read", test_plan },
	{ "refuses nonsense", test_nonsense },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_permits", tests)
