/*
 * test_key_former.c - the keys that a device had before a change: nobody's any more.
 */
#include "proc/config.h"
#include "tests/unit/ledger/test_key_change_kit.h"

/* A chain of changes leads to no other device, and not back. */
static void
test_chain(void)
{
	AUTO(bench_end) struct bench b = bench_with_device();
	struct wire_verdict v = change(1, KEY_B, KEY_A);

	enrol(&b, TENANT, OTHER_HANDLE, KEY_C);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	next_second(&b);
	v = issued_now(&b, change(2, KEY_A, KEY_B)); /* back */
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(KEY_CHANGE_DENIED));
	v = issued_now(&b, change(3, KEY_A, 0));
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(KEY_CHANGE_DENIED));
	v = issued_now(&b, change(4, KEY_D, KEY_A)); /* by the key before */
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	/* The other device gets neither the one nor the other key. */
	v = issued_now(&b, change(5, KEY_A, KEY_C));
	v.bindings.device_handle = bytes_of_str(OTHER_HANDLE);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(KEY_CHANGE_DENIED));
	v = issued_now(&b, change(6, KEY_B, KEY_C));
	v.bindings.device_handle = bytes_of_str(OTHER_HANDLE);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(KEY_CHANGE_DENIED));
	v = issued_now(&b, change(7, KEY_D, KEY_B));
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT(handle_has_key(&b, HANDLE, KEY_D));
	CU_ASSERT(handle_has_key(&b, OTHER_HANDLE, KEY_C));
}

/* The key before enrols no second device, and answers for none. */
static void
test_old_key(void)
{
	AUTO(bench_end) struct bench b = bench_with_device();
	struct wire_verdict v = change(1, KEY_B, KEY_A);
	const struct admit_device old = admit_of_verdict(&(struct wire_verdict){
	        .tenant = bytes_of_str(TENANT), .identity = { 0 } });
	uint8_t identity[HASH_SIZE];
	struct admit_device device = old;
	struct admission admission = { 0 };
	bool needs = true;

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	next_second(&b);
	v = issued_now(&b, verdict(2, KEY_A));
	v.workflow = WORKFLOW_ENROLL;
	v.enroll = WIRE_FLAG_YES;
	v.bindings = (struct bindings){ 0 };
	*facts_kit_level(&v.facts, "level") = 1; /* a reset, if it worked */
	KIT_OK(redeem_needs_handle(&b.t, &v, &needs));
	CU_ASSERT_FALSE(needs);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	CU_ASSERT_EQUAL(b.outcome.enrolled, WIRE_ENROLLED_NOT);
	v = issued_now(&b, verdict(3, KEY_A));
	v.workflow = WORKFLOW_REGISTER;
	v.bindings = (struct bindings){ 0 };
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	const struct enrolment e = shown(&b, HANDLE);
	CU_ASSERT_EQUAL(facts_kit_number(&e.facts, "level"), 7);

	/* By a statement: the answer of before a handle is asked for. */
	identity_of(identity, KEY_A);
	device.identity = identity;
	KIT_OK(admit_judge(&b.t, &device, &admission));
	CU_ASSERT_EQUAL(admission.answer, ADMIT_REPLACED);
	device.tenant = bytes_of_str("backend-b");
	KIT_OK(admit_judge(&b.t, &device, &admission));
	CU_ASSERT_EQUAL(admission.answer, ADMIT_YES);
}

/* Whoever deletes the device deletes its keys of before. */
static void
test_deleted(void)
{
	AUTO(bench_end) struct bench b = bench_with_device();
	struct wire_verdict v = change(1, KEY_B, KEY_A);
	uint8_t identity[HASH_SIZE];
	bool gone = false, former = true;

	identity_of(identity, KEY_A);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	KIT_OK(store_key_former(b.t.store, bytes_of_str(TENANT), identity,
	                        &former));
	CU_ASSERT(former);
	KIT_OK(store_begin(b.t.store));
	KIT_OK(store_enrolment_delete(b.t.store, bytes_of_str(TENANT),
	                              bytes_of_str(HANDLE), &gone));
	KIT_OK(store_commit(b.t.store));
	CU_ASSERT(gone);
	KIT_OK(store_key_former(b.t.store, bytes_of_str(TENANT), identity,
	                        &former));
	CU_ASSERT_FALSE(former);
}

/* The chain of the new key must have been valid when the device got it; that the
 * device was enrolled earlier says nothing. */
static void
test_chain_end(void)
{
	AUTO(bench_end) struct bench b = bench_with_device();
	struct wire_verdict v = change(1, KEY_B, KEY_A);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	const uint64_t changed_s = b.t.now_ms / 1000;
	next_second(&b);
	v = issued_now(&b, attest(2, KEY_B));
	v.chain_end_s = changed_s - 1;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHAIN_EXPIRED));
	v = issued_now(&b, attest(3, KEY_B));
	v.chain_end_s = changed_s;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
}

static void
test_bound(void)
{
	AUTO(bench_end) struct bench b = bench_with_device();
	uint8_t key = 1;
	uint64_t serial = 1;

	for (size_t i = 0; i < KEY_CHANGES_MAX; i++, key++) {
		struct wire_verdict v =
		        issued_now(&b, change(serial++, key, 0));

		CU_ASSERT_EQUAL(decide(&b, &v), 0);
		next_second(&b);
	}
	struct wire_verdict v = issued_now(&b, change(serial++, key, 0));
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(KEY_CHANGE_DENIED));
}

static void
test_nonsense(void)
{
	static const char long_note[STORE_SMALL_MAX + 2] = { 0 };
	struct wire_verdict v = change(1, KEY_B, KEY_A);

	v.workflow = WORKFLOW_METADATA;
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = change(1, KEY_B, KEY_A);
	v.bindings.present = 0;
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = change(1, KEY_B, KEY_A);
	memset(v.identity, 0, HASH_SIZE);
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = change(1, KEY_B, KEY_A);
	memset(v.previous, 0, HASH_SIZE);
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = change(1, KEY_B, KEY_A);
	v.enroll = WIRE_FLAG_YES;
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = change(1, KEY_B, KEY_A);
	v.change = WIRE_KEY_CHANGE_NONE; /* and a key that signed */
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = change(1, KEY_B, 0);
	v.note = bytes_of(long_note, STORE_SMALL_MAX + 1);
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
}

/* --- the list of known devices ---------------------------------------------- */

static struct known_device
listed(struct bench *b, enum wire_preregistration kind, uint8_t key,
       uint64_t devices)
{
	struct known_device k = { .name = { .kind = kind },
		                  .devices = devices };
	bool added = false;

	identity_of(k.name.digest, key);
	KIT_OK(store_begin(b->t.store));
	KIT_OK(store_known_add(b->t.store, bytes_of_str(TENANT), &k, &added));
	KIT_OK(store_commit(b->t.store));
	CU_ASSERT(added);
	return k;
}

static bool
is_entry_free(struct bench *b, const struct known_device *k)
{
	return store_known_free(b->t.store, bytes_of_str(TENANT), &k->name,
	                        b->t.now_ms / 1000) == OK;
}

/* Where the list is demanded, the key before brings in no other device by its
 * signature; an officer may. */
static void
test_listed(void)
{
	AUTO(bench_end) struct bench b = bench_with_device();
	const struct config_client client = { .tenant = TENANT,
		                              .preregistered = true };
	const struct config config = { .clients = &client, .n_clients = 1 };
	struct wire_verdict v = change(1, KEY_B, KEY_A);
	uint8_t chain[HASH_SIZE];

	b.t.config = &config;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_NOT_LISTED));
	CU_ASSERT(handle_has_key(&b, HANDLE, KEY_A));
	v = change(2, KEY_B, 0);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);

	/* One that is listed uses its entry. */
	const struct known_device key =
	        listed(&b, WIRE_PREREGISTRATION_KEY, KEY_C, 1);
	next_second(&b);
	v = issued_now(&b, change(3, KEY_C, KEY_B));
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_FALSE(is_entry_free(&b, &key));

	/* And so does one below a certificate that is listed. */
	const struct known_device batch =
	        listed(&b, WIRE_PREREGISTRATION_CERTIFICATE, 9, 2);
	next_second(&b);
	identity_of(chain, 9);
	v = issued_now(&b, change(4, KEY_D, KEY_C));
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_NOT_LISTED));
	v = issued_now(&b, change(5, KEY_D, KEY_C));
	v.chain = bytes_of(chain, sizeof(chain));
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT(handle_has_key(&b, HANDLE, KEY_D));
	CU_ASSERT(is_entry_free(&b, &batch));
}

static const struct harness_test tests[] = {
	{ "a chain of changes", test_chain },
	{ "the key before enrols nobody", test_old_key },
	{ "deleting the device ends it", test_deleted },
	{ "since when a chain counts", test_chain_end },
	{ "so many changes", test_bound },
	{ "refuses nonsense", test_nonsense },
	{ "a key that is not listed", test_listed },
	{ NULL, NULL },
};

HARNESS_MAIN("key_former", tests)
