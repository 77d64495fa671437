/*
 * test_many.c - what an attestation's transaction costs does not grow with the number
 * of enrolled devices.  SQLite counts the steps of its statements, so a busy machine
 * changes nothing; bench_enrolments measures the time with a million.
 */
#include "tests/unit/ledger/test_privacy_kit.h"
#include "tests/unit/ledger/test_redeem_kit.h"
#include "tests/unit/ledger/test_steps_kit.h"

#define TENANT "backend-a"
#define FEW 100u
#define MANY 5000u
#define ATTESTATIONS 50u

static void
attest(struct bench *b, unsigned n)
{
	const struct enrolment e = privacy_device(TENANT, n);
	struct wire_verdict v = kit_verdict(b->t.sequence);

	v.workflow = WORKFLOW_METADATA;
	v.tenant = store_small_bytes(&e.tenant);
	v.format = store_small_bytes(&e.format);
	memcpy(v.identity, e.identity, sizeof(v.identity));
	v.facts = e.facts;
	v.bindings.present = BINDING_BIT(DEVICE);
	v.bindings.device_handle = store_small_bytes(&e.handle);
	CU_ASSERT_EQUAL(decide(b, &v), 0);
}

/* A mean of the steps of an attestation, for devices from the first to the
 * last. */
static int
steps_with(unsigned devices)
{
	struct bench b = bench_of();

	privacy_fill(b.t.store, TENANT, devices);
	forget_steps(b.t.store);
	for (unsigned i = 0; i < ATTESTATIONS; i++)
		attest(&b, i * (devices / ATTESTATIONS));
	CU_ASSERT_EQUAL(steps_of(b.t.store, SQLITE_STMTSTATUS_FULLSCAN_STEP),
	                0);
	CU_ASSERT_EQUAL(steps_of(b.t.store, SQLITE_STMTSTATUS_SORT), 0);
	CU_ASSERT_EQUAL(steps_of(b.t.store, SQLITE_STMTSTATUS_AUTOINDEX), 0);
	int steps = steps_of(b.t.store, SQLITE_STMTSTATUS_VM_STEP);
	bench_end(&b);
	return steps / (int)ATTESTATIONS;
}

static void
test_flat(void)
{
	expect_flat(steps_with(FEW), steps_with(MANY));
}

/* The same of an enrolment, and of a deletion. */
static int
steps_of_life(unsigned devices)
{
	const struct enrolment e = privacy_device(TENANT, devices + 1);
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	bool done = false;

	privacy_fill(s, TENANT, devices);
	forget_steps(s);
	KIT_OK(store_begin(s));
	KIT_OK(store_enrolment_add(s, &e, &done));
	CU_ASSERT(done);
	KIT_OK(store_enrolment_delete(s, store_small_bytes(&e.tenant),
	                              store_small_bytes(&e.handle), &done));
	CU_ASSERT(done);
	KIT_OK(store_commit(s));
	CU_ASSERT_EQUAL(steps_of(s, SQLITE_STMTSTATUS_FULLSCAN_STEP), 0);
	int steps = steps_of(s, SQLITE_STMTSTATUS_VM_STEP);
	store_close(s);
	kit_remove(&d);
	return steps;
}

static void
test_life_flat(void)
{
	expect_flat(steps_of_life(FEW), steps_of_life(MANY));
}

static const struct harness_test tests[] = {
	{ "an attestation costs the same with many devices", test_flat },
	{ "so do an enrolment and a deletion", test_life_flat },
	{ NULL, NULL },
};

HARNESS_MAIN("many", tests)
