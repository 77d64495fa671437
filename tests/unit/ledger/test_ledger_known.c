/*
 * test_ledger_known.c - the list of devices that a tenant knows before they enrol:
 * batches, pages and deletion, and what a front may say of it.
 */
#include <string.h>

#include "base/clock.h"
#include "ledger/store/sqlite.h"
#include "tests/common/roles/known_kit.h"

/* --- batches and pages -------------------------------------------------------- */

static void
test_pages(void)
{
	struct rig *g = rig_with_list();
	struct wire_preregistration_page m = { 0 };
	struct wire_known rows[12], seen[8];
	struct wire_preregistered added = { 0 };

	for (uint8_t i = 0; i < ARRAY_LEN(rows); i++)
		rows[i] = kit_entry(i < 5 ? WIRE_PREREGISTRATION_CERTIFICATE
		                          : WIRE_PREREGISTRATION_KEY,
		                    (uint8_t)(i + 1));
	KIT_OK(kit_say_entries(g, TENANT, rows, ARRAY_LEN(rows)));
	rig_round(g);
	KIT_OK(wire_get_preregistered(rig_hear(g, RIG_FRONT), &added));
	CU_ASSERT_EQUAL(added.added, 12);
	/* Once more, and one that is new. */
	rows[3].digest[0] = 99;
	KIT_OK(kit_say_entries(g, TENANT, rows, 4));
	rig_round(g);
	KIT_OK(wire_get_preregistered(rig_hear(g, RIG_FRONT), &added));
	CU_ASSERT_EQUAL(added.added, 1);
	CU_ASSERT_EQUAL(added.known, 3);

	CU_ASSERT_EQUAL(kit_page(g, TENANT, &m, seen), 8);
	CU_ASSERT_EQUAL(seen[0].kind, WIRE_PREREGISTRATION_KEY);
	CU_ASSERT_EQUAL(seen[0].digest[0], 6);
	CU_ASSERT(bytes_equal_str(seen[0].label, "fleet-7"));
	CU_ASSERT_EQUAL(seen[0].added_s, KIT_NOW_S);
	CU_ASSERT_EQUAL(seen[7].kind, WIRE_PREREGISTRATION_CERTIFICATE);
	CU_ASSERT_EQUAL(m.next_kind, WIRE_PREREGISTRATION_CERTIFICATE);
	CU_ASSERT_EQUAL(kit_page(g, TENANT, &m, seen), 5);
	CU_ASSERT_EQUAL(seen[4].digest[0], 99);
	CU_ASSERT_EQUAL(m.next_kind, 0);
	CU_ASSERT_EQUAL(kit_count(g, OTHER), 0);
	rig_free(g);
}

static void
test_busy(void)
{
	struct rig *g = rig_with_list();
	const struct wire_known row = kit_entry(WIRE_PREREGISTRATION_KEY, 1);
	struct wire_preregistered m = { 0 };

	for (int i = 0; i < 5; i++)
		KIT_OK(kit_say_entries(g, TENANT, &row, 1));
	rig_expect_unavailable(g, RIG_FRONT, 5,
	                       "the ledger is busy with lists");
	rig_round(g);
	for (int i = 0; i < 4; i++)
		KIT_OK(wire_get_preregistered(rig_hear(g, RIG_FRONT), &m));
	kit_list_one(g, TENANT, &row,
	             false); /* the next round has room again */
	rig_free(g);
}

static err_t
say_list(struct rig *g, const char *tenant, uint16_t limit)
{
	const struct wire_preregistration_list m = {
		.request = 7,
		.tenant = bytes_of_str(tenant),
		.limit = limit,
	};

	buf_reset(&g->packet);
	wire_put_preregistration_list(&g->packet, &m);
	return rig_say(g, RIG_FRONT);
}

/* One entry that cannot be read: its reader is told so, and what came in the same
 * round is decided. */
static void
test_damaged(void)
{
	struct rig *g = rig_with_list();
	const struct wire_known row = kit_entry(WIRE_PREREGISTRATION_KEY, 1);
	const struct wire_known next = kit_entry(WIRE_PREREGISTRATION_KEY, 2);

	kit_list_one(g, TENANT, &row, true);
	CU_ASSERT_EQUAL(sqlite3_exec(g->ledger.store_manager.store->db,
	                             "UPDATE preregistrations SET label ="
	                             " hex(zeroblob(100))",
	                             NULL, NULL, NULL),
	                SQLITE_OK);
	KIT_OK(say_list(g, TENANT, 500));
	kit_list_one(g, TENANT, &next, true);
	rig_expect_unavailable(g, RIG_FRONT, 7, "cannot be read");
	CU_ASSERT_TRUE(store_manager_ready(&g->ledger.store_manager));
	rig_free(g);
}

static void
test_nonsense(void)
{
	struct rig *g = rig_with_list();
	const struct wire_known good = kit_entry(WIRE_PREREGISTRATION_KEY, 1);
	struct wire_known bad[7];
	static struct wire_known many[1001];
	static char label[66];

	memset(label, 'x', 65);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = good;
	bad[0].devices = 0;
	bad[1].devices = 2; /* a key is of one device */
	bad[2].enrolled = 1;
	bad[3].handle = bytes_of_str(HANDLE);
	bad[4].label = bytes_of_str(label);
	bad[5].added_s = 1;
	bad[6].kind = WIRE_PREREGISTRATION_CERTIFICATE;
	bad[6].devices = 1000001;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(kit_say_entries(g, TENANT, &bad[i], 1),
		                E_MALFORMED);
	CU_ASSERT_EQUAL(kit_say_entries(g, "Not A Tenant", &good, 1),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(kit_say_entries(g, TENANT, &good, 0), E_MALFORMED);
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = good;
	CU_ASSERT_EQUAL(kit_say_entries(g, TENANT, many, 1001), E_MALFORMED);
	KIT_OK(kit_say_entries(g, TENANT, many, 1000));

	CU_ASSERT_EQUAL(say_list(g, TENANT, 501), E_MALFORMED);
	CU_ASSERT_EQUAL(say_list(g, TENANT, 0), E_MALFORMED);
	CU_ASSERT_EQUAL(say_list(g, "Not A Tenant", 1), E_MALFORMED);
	KIT_OK(say_list(g, TENANT, 500));
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "batches and pages", test_pages },
	{ "a round has an end", test_busy },
	{ "one damaged entry", test_damaged },
	{ "refuses nonsense", test_nonsense },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_known", tests)
