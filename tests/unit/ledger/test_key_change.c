/*
 * test_key_change.c - an enrolled device gets another key: by the key that it has,
 * or by an officer; who does not, and what stays.
 */
#include "tests/unit/ledger/test_key_change_kit.h"

static void
test_changed(void)
{
	static const uint8_t by[] = { KEY_A, 0 };

	for (size_t i = 0; i < ARRAY_LEN(by); i++) {
		AUTO(bench_end) struct bench b = bench_with_device();
		struct wire_verdict v = change(1, KEY_B, by[i]);
		struct facts *f = &v.facts;

		*facts_kit_level(f, "level") = 9;
		CU_ASSERT_EQUAL(decide(&b, &v), 0);
		CU_ASSERT_EQUAL(b.outcome.key_change, v.change);
		CU_ASSERT(bytes_equal_str(
		        store_small_bytes(&b.outcome.ordered_by),
		        "URI:officer"));
		CU_ASSERT(bytes_equal_str(
		        store_small_bytes(&b.outcome.order_note),
		        "ticket 4711"));
		CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOT);

		const struct enrolment e = shown(&b, HANDLE);
		CU_ASSERT(has_key(&e, KEY_B));
		CU_ASSERT_EQUAL(e.keyed_s, b.t.now_ms / 1000);
		CU_ASSERT_EQUAL(e.changed_ms, b.t.now_ms);
		CU_ASSERT_EQUAL(e.enrolled_s, KIT_NOW_S - 100);
		CU_ASSERT_EQUAL(e.state, WIRE_DEVICE_ACTIVE);
		CU_ASSERT(bytes_equal_str(store_small_bytes(&e.note),
		                          "ticket 4711"));
		CU_ASSERT_EQUAL(facts_kit_number(&e.facts, "level"), 9);
		CU_ASSERT(bytes_equal_str(facts_kit_bytes(&e.facts, "name"),
		                          "new"));
		CU_ASSERT(bytes_equal_str(facts_kit_bytes(&e.facts, "boot_key"),
		                          "ours"));
	}
}

/* The new key attests, the old one does not, nor a challenge of before. */
static void
test_afterwards(void)
{
	AUTO(bench_end) struct bench b = bench_with_device();
	struct wire_verdict v = change(1, KEY_B, KEY_A);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = attest(2, KEY_B);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(BINDING_ENROLMENT));
	next_second(&b);
	v = issued_now(&b, attest(3, KEY_B));
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	v = issued_now(&b, attest(4, KEY_A));
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	v = issued_now(&b, attest(5, KEY_B));
	*facts_kit_level(&v.facts, "level") = 6;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(FIRMWARE_ROLLBACK));
	/* A retry of the change gets its first result. */
	v = change(1, KEY_B, KEY_A);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_FALSE(b.fresh);
	/* And with another challenge it is none. */
	v = issued_now(&b, change(6, KEY_B, KEY_A));
	CU_ASSERT_EQUAL(decide(&b, &v),
	                BIT(DEVICE_KEY_MISMATCH) | BIT(KEY_CHANGE_DENIED));
}

/* Nobody else's key signs for the device's. */
static void
test_who(void)
{
	AUTO(bench_end) struct bench b = bench_with_device();

	enrol(&b, TENANT, OTHER_HANDLE, KEY_C);
	struct wire_verdict v = change(1, KEY_B, KEY_C);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	CU_ASSERT_EQUAL(b.outcome.key_change, WIRE_KEY_CHANGE_BY_KEY);
	v = change(2, KEY_B, KEY_B); /* the new key by itself */
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	v = change(3, KEY_B, KEY_A);
	v.format = bytes_of_str("tpm2-quote");
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	v = change(4, KEY_B, KEY_A);
	v.tenant = bytes_of_str("backend-b");
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_NOT_ENROLLED));
	v = change(5, KEY_B, 0);
	v.bindings.device_handle = bytes_of_str("dh1_nobody");
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_NOT_ENROLLED));
	v = change(6, KEY_B, 0);
	v.reasons = BIT(DEVICE_UNLOCKED);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_UNLOCKED));
	v = change(7, KEY_B, 0);
	v.chain_end_s = KIT_NOW_S;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHAIN_EXPIRED));
	v = change(8, KEY_B, 0);
	*facts_kit_level(&v.facts, "level") = 6;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(FIRMWARE_ROLLBACK));
	v = change(9, KEY_B, 0);
	facts_kit_value(&v.facts, "boot_key")[0]++;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	CU_ASSERT(handle_has_key(&b, HANDLE, KEY_A));
	CU_ASSERT_EQUAL(shown(&b, HANDLE).changed_ms, 0);
}

static void
set_state(struct bench *b, const char *handle, enum wire_device_state state)
{
	struct enrolment e = shown(b, handle);

	e.state = state;
	e.changed_ms = b->t.now_ms;
	KIT_OK(store_begin(b->t.store));
	KIT_OK(store_enrolment_change(b->t.store, &e));
	KIT_OK(store_commit(b->t.store));
}

/* In no other state does a device get a key, nor by a challenge of before. */
static void
test_states(void)
{
	static const struct {
		enum wire_device_state state;
		enum reason reason;
	} rows[] = { { WIRE_DEVICE_SUSPENDED, REASON_DEVICE_SUSPENDED },
		     { WIRE_DEVICE_PENDING, REASON_DEVICE_PENDING },
		     { WIRE_DEVICE_RETIRED, REASON_DEVICE_SUSPENDED } };
	uint64_t serial = 1;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(bench_end) struct bench b = bench_with_device();
		struct wire_verdict before = change(serial++, KEY_B, KEY_A);

		next_second(&b);
		set_state(&b, HANDLE, rows[i].state);
		next_second(&b);
		for (size_t k = 0; k < 2; k++) {
			const uint8_t by = k ? KEY_A : 0;
			struct wire_verdict v =
			        issued_now(&b, change(serial++, KEY_B, by));

			CU_ASSERT_EQUAL(decide(&b, &v),
			                reason_bit(rows[i].reason));
		}
		set_state(&b, HANDLE, WIRE_DEVICE_ACTIVE);
		CU_ASSERT_EQUAL(decide(&b, &before), BIT(BINDING_ENROLMENT));
		CU_ASSERT(handle_has_key(&b, HANDLE, KEY_A));
	}
}

/* A key that is a device's in any state is nobody else's next one. */
static void
test_taken(void)
{
	AUTO(bench_end) struct bench b = bench_with_device();
	uint64_t serial = 1;

	enrol(&b, TENANT, OTHER_HANDLE, KEY_C);
	for (enum wire_device_state s = WIRE_DEVICE_ACTIVE;
	     s <= WIRE_DEVICE_RETIRED; s++) {
		struct wire_verdict v = change(serial++, KEY_C, 0);

		set_state(&b, OTHER_HANDLE, s);
		CU_ASSERT_EQUAL(decide(&b, &v), BIT(KEY_CHANGE_DENIED));
	}
	struct wire_verdict v = change(serial++, KEY_A, 0);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(KEY_CHANGE_DENIED));
	/* Another tenant's device is nobody here. */
	enrol(&b, "backend-b", "dh1_c", KEY_D);
	v = change(serial++, KEY_D, 0);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
}

static const struct harness_test tests[] = {
	{ "by the key before, by an officer", test_changed },
	{ "what counts afterwards", test_afterwards },
	{ "who changes nothing", test_who },
	{ "an active device alone", test_states },
	{ "a key that a device has", test_taken },
	{ NULL, NULL },
};

HARNESS_MAIN("key_change", tests)
