/*
 * test_lifecycle.c - every order in every state of an enrolled device, and what
 * the store keeps of it.
 */
#include <string.h>

#include "ledger/lifecycle.h"
#include "ledger/store/enrolments.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/facts_kit.h"
#include "tests/unit/ledger/test_ledger_versions.h"

#define STATES 5 /* unknown, active, suspended, pending, retired */
#define NO WIRE_DEVICE_UNKNOWN

/* As docs/ledger.md has it, in words of its own. */
static const enum wire_device_state table[][STATES] = {
	/*                      -   active                suspended
	 *                      pending               retired */
	[WIRE_ORDER_APPROVE] = { NO, WIRE_DEVICE_ACTIVE, NO, WIRE_DEVICE_ACTIVE,
	                         NO },
	[WIRE_ORDER_SUSPEND] = { NO, WIRE_DEVICE_SUSPENDED,
	                         WIRE_DEVICE_SUSPENDED, NO, NO },
	[WIRE_ORDER_RESUME] = { NO, WIRE_DEVICE_ACTIVE, WIRE_DEVICE_ACTIVE, NO,
	                        NO },
	[WIRE_ORDER_RETIRE] = { NO, WIRE_DEVICE_RETIRED, WIRE_DEVICE_RETIRED,
	                        WIRE_DEVICE_RETIRED, WIRE_DEVICE_RETIRED },
};

static void
test_all_pairs(void)
{
	for (unsigned order = 0; order < 8; order++)
		for (unsigned from = 0; from < 8; from++) {
			bool known =
			        wire_device_order_valid(order) && from < STATES;

			CU_ASSERT_EQUAL(
			        lifecycle_next((enum wire_device_order)order,
			                       (enum wire_device_state)from),
			        known ? table[order][from] : NO);
		}
}

static void
test_retired_is_final(void)
{
	for (unsigned order = 0; order < 8; order++) {
		enum wire_device_state to = lifecycle_next(
		        (enum wire_device_order)order, WIRE_DEVICE_RETIRED);
		CU_ASSERT(to == NO || to == WIRE_DEVICE_RETIRED);
	}
}

static void
test_deletable(void)
{
	CU_ASSERT_TRUE(lifecycle_deletable(WIRE_DEVICE_ACTIVE));
	CU_ASSERT_TRUE(lifecycle_deletable(WIRE_DEVICE_PENDING));
	CU_ASSERT_FALSE(lifecycle_deletable(WIRE_DEVICE_SUSPENDED));
	CU_ASSERT_FALSE(lifecycle_deletable(WIRE_DEVICE_RETIRED));
	CU_ASSERT_FALSE(lifecycle_deletable(WIRE_DEVICE_UNKNOWN));
}

static struct enrolment
device(void)
{
	struct enrolment e = { .state = WIRE_DEVICE_PENDING,
		               .enrolled_s = 1795000000 };

	CU_ASSERT(store_small_set(&e.tenant, bytes_of_str("backend-a")));
	CU_ASSERT(store_small_set(&e.handle, bytes_of_str("dh1_a")));
	CU_ASSERT(store_small_set(&e.format, bytes_of_str("tpm2-quote")));
	e.identity[0] = 7;
	return e;
}

static struct enrolment
stored_as(struct store *s, const char *handle)
{
	struct enrolment e = { 0 };

	KIT_OK(store_enrolment(s, bytes_of_str("backend-a"),
	                       bytes_of_str(handle), &e));
	return e;
}

static struct enrolment
stored(struct store *s)
{
	return stored_as(s, "dh1_a");
}

/* Each state, its time and its reason are there after the database was closed. */
static void
test_stored(void)
{
	static const enum wire_device_state states[] = { WIRE_DEVICE_ACTIVE,
		                                         WIRE_DEVICE_SUSPENDED,
		                                         WIRE_DEVICE_RETIRED,
		                                         WIRE_DEVICE_PENDING };
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct enrolment e = device();
	bool added = false;

	KIT_OK(store_begin(s));
	KIT_OK(store_enrolment_add(s, &e, &added));
	CU_ASSERT_TRUE(added);
	CU_ASSERT_EQUAL(stored(s).state, WIRE_DEVICE_PENDING);
	CU_ASSERT_EQUAL(stored(s).changed_ms, 0);
	KIT_OK(store_commit(s));
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		e.state = states[i];
		e.changed_ms = 1795000000123 + i;
		CU_ASSERT(store_small_set(&e.note, bytes_of_str("lost")));
		KIT_OK(store_begin(s));
		KIT_OK(store_enrolment_change(s, &e));
		KIT_OK(store_commit(s));
		store_close(s);
		s = kit_open(&d);
		KIT_OK(store_begin(s));
		struct enrolment now = stored(s);
		KIT_OK(store_commit(s));
		CU_ASSERT_EQUAL(now.state, states[i]);
		CU_ASSERT_EQUAL(now.changed_ms, e.changed_ms);
		CU_ASSERT(
		        bytes_equal_str(store_small_bytes(&now.note), "lost"));
		CU_ASSERT_EQUAL(now.enrolled_s, e.enrolled_s);
		CU_ASSERT(store_identity_is(&now, e.identity));
	}
	store_close(s);
	kit_remove(&d);
}

/* A handle of another tenant is not changed. */
static void
test_other_tenant(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct enrolment e = device();
	bool added = false;

	KIT_OK(store_begin(s));
	KIT_OK(store_enrolment_add(s, &e, &added));
	e.state = WIRE_DEVICE_ACTIVE;
	CU_ASSERT(store_small_set(&e.tenant, bytes_of_str("backend-b")));
	CU_ASSERT_EQUAL(store_enrolment_change(s, &e), E_IO);
	CU_ASSERT_EQUAL(stored(s).state, WIRE_DEVICE_PENDING);
	KIT_OK(store_commit(s));
	store_close(s);
	kit_remove(&d);
}

/* An active and a suspended device with their facts: neither has changed yet,
 * and both can. */
static void
test_version_5(void)
{
	struct kit_dir d = kit_dir();

	run(&d, version_4);
	run(&d, steps[3]); /* from 4 to 5 */
	run(&d,
	    "INSERT INTO enrolments VALUES ('dh1_on', 'backend-a', "
	    "zeroblob(32),"
	    " 1794000001, 1, 'toy'), ('dh1_off', 'backend-a', randomblob(32),"
	    " 1794000002, 2, 'toy');"
	    "INSERT INTO facts VALUES ('dh1_on', 'count', 3, 7),"
	    " ('dh1_off', 'name', 1, x'41')");
	for (int i = 0; i < 2; i++) { /* and once more, as it is now */
		struct store *s = kit_open(&d);
		struct enrolment on = stored_as(s, "dh1_on");
		struct enrolment off = stored_as(s, "dh1_off");

		CU_ASSERT_EQUAL(on.state, i == 0 ? WIRE_DEVICE_ACTIVE
		                                 : WIRE_DEVICE_RETIRED);
		CU_ASSERT_EQUAL(on.changed_ms, i == 0 ? 0 : KIT_NOW_MS);
		CU_ASSERT_EQUAL(facts_kit_number(&on.facts, "count"), 7);
		CU_ASSERT_EQUAL(off.state, WIRE_DEVICE_SUSPENDED);
		CU_ASSERT_EQUAL(off.changed_ms, 0);
		CU_ASSERT_EQUAL(off.enrolled_s, 1794000002);
		CU_ASSERT_EQUAL(off.facts.n, 1);
		on.state = WIRE_DEVICE_RETIRED;
		on.changed_ms = KIT_NOW_MS;
		KIT_OK(store_begin(s));
		KIT_OK(store_enrolment_change(s, &on));
		KIT_OK(store_commit(s));
		store_close(s);
	}
	kit_remove(&d);
}

/* A change that is dated later than the repaired clock would refuse all
 * challenges until then. */
static void
test_repaired(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct enrolment e = device();
	struct store_repair done;
	bool added = false;

	KIT_OK(store_begin(s));
	e.changed_ms = KIT_NOW_MS + 100000;
	KIT_OK(store_enrolment_add(s, &e, &added));
	KIT_OK(store_repair_look(s, KIT_NOW_MS, &done));
	CU_ASSERT_EQUAL(done.enrolments, 1);
	KIT_OK(store_repair(s, KIT_NOW_MS, &done));
	CU_ASSERT_EQUAL(done.enrolments, 1);
	CU_ASSERT_EQUAL(stored(s).changed_ms, KIT_NOW_MS);
	CU_ASSERT_EQUAL(stored(s).enrolled_s, e.enrolled_s);
	KIT_OK(store_repair_look(s, KIT_NOW_MS, &done));
	CU_ASSERT_EQUAL(done.enrolments, 0);
	KIT_OK(store_commit(s));
	store_close(s);
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "all pairs of order and state", test_all_pairs },
	{ "nothing leads out of retired", test_retired_is_final },
	{ "who is held is not deleted", test_deletable },
	{ "state, time and reason are stored", test_stored },
	{ "no other tenant's device is changed", test_other_tenant },
	{ "an enrolled device of version 5", test_version_5 },
	{ "a repaired clock", test_repaired },
	{ NULL, NULL },
};

HARNESS_MAIN("lifecycle", tests)
