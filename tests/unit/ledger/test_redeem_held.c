/*
 * test_redeem_held.c - a device that its enrolment's state holds back, and
 * challenges of before a change of it.
 */
#include "wire/reason.h"

#include "ledger/redeem.h"
#include "ledger/redeem_device.h"
#include "tests/common/base/harness.h"
#include "tests/unit/ledger/test_redeem_kit.h"

#define HANDLE "dh1_a"

static struct enrolment
enrol(struct bench *b, enum wire_device_state state)
{
	struct enrolment e = { .enrolled_s = KIT_NOW_S - 100, .state = state };
	bool added = false;

	(void)store_small_set(&e.tenant, bytes_of_str("backend-a"));
	(void)store_small_set(&e.handle, bytes_of_str(HANDLE));
	(void)store_small_set(&e.format, bytes_of_str("tpm2-quote"));
	memset(e.identity, 0x22, sizeof(e.identity));
	KIT_OK(store_enrolment_add(b->t.store, &e, &added));
	CU_ASSERT_TRUE(added);
	return e;
}

static void
change(struct bench *b, struct enrolment *e, enum wire_device_state state,
       uint64_t at_ms)
{
	e->state = state;
	e->changed_ms = at_ms;
	KIT_OK(store_begin(b->t.store));
	KIT_OK(store_enrolment_change(b->t.store, e));
	KIT_OK(store_commit(b->t.store));
}

/* A good verdict about the device, for a challenge that names it, or not. */
static struct wire_verdict
verdict(uint64_t serial, enum workflow workflow, bool named)
{
	struct wire_verdict v = kit_verdict(serial);

	v.workflow = workflow;
	memset(v.identity, 0x22, sizeof(v.identity));
	if (named) {
		v.bindings.present = BINDING_BIT(DEVICE);
		v.bindings.device_handle = bytes_of_str(HANDLE);
	}
	return v;
}

static const struct {
	enum wire_device_state state;
	enum reason reason; /* REASON_COUNT: none */
} states[] = {
	{ WIRE_DEVICE_ACTIVE, REASON_COUNT },
	{ WIRE_DEVICE_SUSPENDED, REASON_DEVICE_SUSPENDED },
	{ WIRE_DEVICE_PENDING, REASON_DEVICE_PENDING },
	{ WIRE_DEVICE_RETIRED, REASON_DEVICE_SUSPENDED },
};

static reason_set
wanted(size_t i)
{
	return states[i].reason == REASON_COUNT ? 0
	                                        : reason_bit(states[i].reason);
}

static void
test_states(void)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct bench b = bench_of();
		struct wire_verdict v = verdict(1, WORKFLOW_METADATA, true);

		(void)enrol(&b, states[i].state);
		CU_ASSERT_EQUAL(decide(&b, &v), wanted(i));
		CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
		bench_end(&b);
	}
}

/* A workflow that needs no handle is no way around the state. */
static void
test_by_key(void)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct bench b = bench_of();
		struct wire_verdict v = verdict(1, WORKFLOW_REGISTER, false);

		(void)enrol(&b, states[i].state);
		CU_ASSERT_EQUAL(decide(&b, &v), wanted(i));
		v = verdict(2, WORKFLOW_REGISTER, false);
		v.identity[0]++; /* another key */
		CU_ASSERT_EQUAL(decide(&b, &v), 0);
		v = verdict(3, WORKFLOW_REGISTER, false);
		v.tenant = bytes_of_str("backend-b"); /* not its device */
		CU_ASSERT_EQUAL(decide(&b, &v), 0);
		bench_end(&b);
	}
}

/* Issued in the second before the change, in its second, in the next one. */
static void
test_before_change(void)
{
	static const bool named[] = { true, false };

	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		struct bench b = bench_of();
		struct enrolment e = enrol(&b, WIRE_DEVICE_SUSPENDED);
		enum workflow w =
		        named[i] ? WORKFLOW_METADATA : WORKFLOW_REGISTER;
		struct wire_verdict v = verdict(1, w, named[i]);
		const uint64_t issued_ms = v.issued_s * 1000;

		change(&b, &e, WIRE_DEVICE_ACTIVE, issued_ms + 1000);
		CU_ASSERT_EQUAL(decide(&b, &v), BIT(BINDING_ENROLMENT));
		CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
		v = verdict(2, w, named[i]);
		change(&b, &e, WIRE_DEVICE_ACTIVE, issued_ms + 999);
		CU_ASSERT_EQUAL(decide(&b, &v), BIT(BINDING_ENROLMENT));
		v = verdict(3, w, named[i]);
		change(&b, &e, WIRE_DEVICE_ACTIVE, issued_ms);
		CU_ASSERT_EQUAL(decide(&b, &v), BIT(BINDING_ENROLMENT));
		v = verdict(4, w, named[i]);
		change(&b, &e, WIRE_DEVICE_ACTIVE, issued_ms - 1);
		CU_ASSERT_EQUAL(decide(&b, &v), 0);
		bench_end(&b);
	}
}

/* The device was deleted and enrolled again, after the challenge that names it, or
 * in its second. */
static void
test_before_deletion(void)
{
	for (uint64_t later = 0; later <= 1; later++) {
		struct bench b = bench_of();
		struct enrolment e = enrol(&b, WIRE_DEVICE_ACTIVE);
		struct wire_verdict v = verdict(1, WORKFLOW_METADATA, true);
		bool done = false;

		KIT_OK(store_begin(b.t.store));
		KIT_OK(store_enrolment_delete(b.t.store, v.tenant,
		                              v.bindings.device_handle, &done));
		CU_ASSERT(done);
		e.enrolled_s = v.issued_s + later;
		KIT_OK(store_enrolment_add(b.t.store, &e, &done));
		CU_ASSERT(done);
		KIT_OK(store_commit(b.t.store));
		CU_ASSERT_EQUAL(decide(&b, &v),
		                later ? BIT(BINDING_ENROLMENT) : 0);
		bench_end(&b);
	}
}

/* A retry of what was decided before the change gets that decision. */
static void
test_retry(void)
{
	struct bench b = bench_of();
	struct enrolment e = enrol(&b, WIRE_DEVICE_ACTIVE);
	struct wire_verdict v = verdict(1, WORKFLOW_METADATA, true);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	change(&b, &e, WIRE_DEVICE_RETIRED, b.t.now_ms);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_FALSE(b.fresh);
	v = verdict(2, WORKFLOW_METADATA, true);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_SUSPENDED));
	bench_end(&b);
}

/* Levels that evidence raises are no change: the next challenge counts. */
static void
test_raised(void)
{
	struct bench b = bench_of();
	struct enrolment e = enrol(&b, WIRE_DEVICE_ACTIVE);
	struct wire_verdict v = verdict(1, WORKFLOW_METADATA, true);

	KIT_OK(facts_add_number(&v.facts, FACT_NOT_BELOW, bytes_of_str("count"),
	                        7));
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	KIT_OK(store_enrolment(b.t.store, bytes_of_str("backend-a"),
	                       bytes_of_str(HANDLE), &e));
	CU_ASSERT_EQUAL(e.facts.n, 1);
	CU_ASSERT_EQUAL(e.changed_ms, 0);
	bench_end(&b);
}

static const struct harness_test tests[] = {
	{ "each state and its reason", test_states },
	{ "a challenge without a handle", test_by_key },
	{ "a challenge of before a change", test_before_change },
	{ "a challenge of before a deletion", test_before_deletion },
	{ "a retry repeats the decision", test_retry },
	{ "raised levels are no change", test_raised },
	{ NULL, NULL },
};

HARNESS_MAIN("redeem_held", tests)
