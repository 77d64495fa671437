/*
 * test_key_change_kit.h - a bench with an enrolled device, and verdicts that are to
 * change its key.
 */
#ifndef UNIT_LEDGER_TEST_KEY_CHANGE_KIT_H
#define UNIT_LEDGER_TEST_KEY_CHANGE_KIT_H

#include <string.h>

#include "ledger/admit.h"
#include "ledger/key_change.h"
#include "ledger/redeem_device.h"
#include "tests/common/fakes/facts_kit.h"
#include "tests/unit/ledger/test_redeem_kit.h"

DEFINE_AUTO_REF(struct bench, bench_end);

#define TENANT "backend-a"
#define HANDLE "dh1_a"
#define OTHER_HANDLE "dh1_b"

/* Keys, by the first byte of their identities. */
enum { KEY_A = 0xa1, KEY_B, KEY_C, KEY_D };

__attribute__((unused)) static void
identity_of(uint8_t out[static HASH_SIZE], uint8_t key)
{
	memset(out, 0x22, HASH_SIZE);
	out[0] = key;
}

__attribute__((unused)) static void
enrol(struct bench *b, const char *tenant, const char *handle, uint8_t key)
{
	struct enrolment e = { .enrolled_s = KIT_NOW_S - 100,
		               .state = WIRE_DEVICE_ACTIVE };
	bool added = false;

	CU_ASSERT(store_small_set(&e.tenant, bytes_of_str(tenant)));
	CU_ASSERT(store_small_set(&e.handle, bytes_of_str(handle)));
	CU_ASSERT(store_small_set(&e.format, bytes_of_str("android-key")));
	identity_of(e.identity, key);
	facts_kit_add(&e.facts, FACT_EQUAL, "boot_key", bytes_of_str("ours"));
	facts_kit_add(&e.facts, FACT_SHOWN, "name", bytes_of_str("old"));
	KIT_OK(facts_add_number(&e.facts, FACT_NOT_BELOW, bytes_of_str("level"),
	                        7));
	KIT_OK(store_begin(b->t.store));
	KIT_OK(store_enrolment_add(b->t.store, &e, &added));
	KIT_OK(store_commit(b->t.store));
	CU_ASSERT(added);
}

/* A bench with a device under HANDLE and KEY_A. */
__attribute__((unused)) static struct bench
bench_with_device(void)
{
	struct bench b = bench_of();

	enrol(&b, TENANT, HANDLE, KEY_A);
	return b;
}

__attribute__((unused)) static struct wire_verdict
verdict(uint64_t serial, uint8_t key)
{
	struct wire_verdict v = kit_verdict(serial);

	v.format = bytes_of_str("android-key");
	v.proved = 1;
	identity_of(v.identity, key);
	facts_kit_add(&v.facts, FACT_EQUAL, "boot_key", bytes_of_str("ours"));
	facts_kit_add(&v.facts, FACT_SHOWN, "name", bytes_of_str("new"));
	KIT_OK(facts_add_number(&v.facts, FACT_NOT_BELOW, bytes_of_str("level"),
	                        7));
	v.bindings.present = BINDING_BIT(DEVICE);
	v.bindings.device_handle = bytes_of_str(HANDLE);
	return v;
}

/* The device's key becomes `key`; `by` signs for that, 0: an officer orders it. */
__attribute__((unused)) static struct wire_verdict
change(uint64_t serial, uint8_t key, uint8_t by)
{
	struct wire_verdict v = verdict(serial, key);

	v.workflow = WORKFLOW_ENROLL;
	v.client = bytes_of_str("URI:officer");
	v.note = bytes_of_str("ticket 4711");
	v.change = by ? WIRE_KEY_CHANGE_BY_KEY : WIRE_KEY_CHANGE_BY_OFFICER;
	if (by)
		identity_of(v.previous, by);
	CU_ASSERT(redeem_verdict_valid(&v));
	return v;
}

__attribute__((unused)) static struct wire_verdict
attest(uint64_t serial, uint8_t key)
{
	struct wire_verdict v = verdict(serial, key);

	v.workflow = WORKFLOW_METADATA;
	return v;
}

__attribute__((unused)) static struct enrolment
shown(struct bench *b, const char *handle)
{
	struct enrolment e = { 0 };

	KIT_OK(store_enrolment(b->t.store, bytes_of_str(TENANT),
	                       bytes_of_str(handle), &e));
	return e;
}

__attribute__((unused)) static bool
has_key(const struct enrolment *e, uint8_t key)
{
	uint8_t identity[HASH_SIZE];

	identity_of(identity, key);
	return store_identity_is(e, identity);
}

__attribute__((unused)) static bool
handle_has_key(struct bench *b, const char *handle, uint8_t key)
{
	const struct enrolment e = shown(b, handle);

	return has_key(&e, key);
}

/* Challenges have seconds: what is decided from now on is about a later one. */
__attribute__((unused)) static void
next_second(struct bench *b)
{
	b->t.now_ms += 2000;
}

__attribute__((unused)) static struct wire_verdict
issued_now(struct bench *b, struct wire_verdict v)
{
	v.issued_s = b->t.now_ms / 1000;
	v.expires_s = v.issued_s + 60;
	return v;
}

#endif
