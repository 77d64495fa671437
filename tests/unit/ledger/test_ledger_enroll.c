/*
 * test_ledger_enroll.c - the ledger role and a verdict that enrols a device:
 * first the handle, then everything in one transaction.
 */
#include <string.h>

#include "tests/common/fakes/facts_kit.h"
#include "tests/common/roles/ledger_rig.h"

#define BIT(name) reason_bit(REASON_##name)

static struct wire_verdict
android(uint64_t serial)
{
	struct wire_verdict v = kit_verdict(serial);

	v.format = bytes_of_str("android-key");
	v.enroll = 1;
	*facts_kit_level(&v.facts, "os_version") = 160000;
	facts_kit_add(&v.facts, FACT_EQUAL, "verified_boot_key",
	              bytes_of_str("boot key"));
	return v;
}

static void
say(struct rig *g, const struct wire_verdict *v)
{
	rig_verdict(g, v);
	rig_round(g);
}

static uint64_t
hear_handle_derive(struct rig *g)
{
	struct wire_handle_derive m = { 0 };
	const struct wire_verdict v = android(1);

	CU_ASSERT_EQUAL(wire_get_handle_derive(rig_hear(g, RIG_KEYHOLDER), &m),
	                OK);
	CU_ASSERT_TRUE(bytes_equal_str(m.tenant, "backend-a"));
	CU_ASSERT_EQUAL(memcmp(m.identity, v.identity, HASH_SIZE), 0);
	return m.request;
}

static void
made(struct rig *g, uint64_t request, const char *handle)
{
	const struct wire_handle_made m = { .request = request,
		                            .handle = bytes_of_str(handle) };

	wire_put_handle_made(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_round(g);
}

static void
expect(struct rig *g, uint64_t request, enum wire_enrolled enrolled,
       const char *handle)
{
	struct wire_result m = { 0 };

	CU_ASSERT_EQUAL(wire_get_result(rig_hear(g, RIG_FRONT), &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
	CU_ASSERT_EQUAL(m.enrolled, enrolled);
	CU_ASSERT_TRUE(bytes_equal_str(m.handle, handle));
}

/* The statement that is to be signed names the handle, too. */
static void
sign(struct rig *g, enum wire_enrolled enrolled, const char *handle,
     const char *jwt)
{
	struct wire_result_sign m = rig_hear_sign(g);

	CU_ASSERT_EQUAL(m.enrolled, enrolled);
	CU_ASSERT_TRUE(bytes_equal_str(m.handle, handle));
	rig_signed(g, m.request, jwt);
}

/* Is it enrolled?  Its state on the wire. */
static enum wire_enrolment_answer
state_of(struct rig *g, const char *handle)
{
	const struct wire_enrollment_get get = {
		.request = 99,
		.tenant = bytes_of_str("backend-a"),
		.handle = bytes_of_str(handle),
	};
	struct wire_enrollment m = { 0 };

	wire_put_enrollment_get(&g->packet, &get);
	KIT_OK(rig_say(g, RIG_FRONT));
	rig_round(g);
	CU_ASSERT_EQUAL(wire_get_enrollment(rig_hear(g, RIG_FRONT), &m), OK);
	if (m.state == WIRE_ENROLMENT_EXISTING) {
		CU_ASSERT_TRUE(bytes_equal_str(m.format, "android-key"));
		CU_ASSERT_EQUAL(facts_kit_number(&m.facts, "os_version"),
		                160000);
		CU_ASSERT_EQUAL(
		        facts_kit_bytes(&m.facts, "verified_boot_key").len, 8);
	}
	return m.state;
}

static void
enrol(struct rig *g, uint64_t serial)
{
	const struct wire_verdict v = android(serial);

	say(g, &v);
	made(g, hear_handle_derive(g), "dh1_a");
	sign(g, WIRE_ENROLLED_NOW, "dh1_a", "jwt");
	expect(g, v.request, WIRE_ENROLLED_NOW, "dh1_a");
	rig_tick(g); /* the result is stored */
	rig_round(g);
}

/* --- tests ---------------------------------------------------------------- */

static void
test_new(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = android(1);

	enrol(g, 1);
	CU_ASSERT_EQUAL(state_of(g, "dh1_a"), WIRE_ENROLMENT_EXISTING);
	say(g, &v); /* an honest retry: as it was stored */
	expect(g, v.request, WIRE_ENROLLED_NOW, "dh1_a");
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_free(g);
}

static void
test_existing(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = android(2);

	enrol(g, 1);
	say(g, &v);
	sign(g, WIRE_ENROLLED_BEFORE, "dh1_a", "another");
	expect(g, v.request, WIRE_ENROLLED_BEFORE, "dh1_a");
	rig_free(g);
}

static void
test_refused(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = android(1);

	v.reasons = BIT(BOOT_STATE);
	say(g, &v);
	sign(g, WIRE_ENROLLED_NOT, "", "no");
	expect(g, v.request, WIRE_ENROLLED_NOT, "");
	rig_free(g);
}

/* The key holder goes away before the handle is made: nothing was spent. */
static void
test_handle_lost(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = android(1);

	say(g, &v);
	(void)hear_handle_derive(g);
	rig_down(g, RIG_KEYHOLDER);
	rig_expect_unavailable(g, RIG_FRONT, v.request, "key holder");
	rig_up(g, RIG_KEYHOLDER);
	CU_ASSERT_EQUAL(state_of(g, "dh1_a"), WIRE_ENROLMENT_NOT_FOUND);
	enrol(g, 1);
	rig_free(g);
}

/* It is not there at all. */
static void
test_no_keyholder(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = android(1);

	rig_down(g, RIG_KEYHOLDER);
	say(g, &v);
	rig_expect_unavailable(g, RIG_FRONT, v.request, "key holder");
	rig_free(g);
}

/* It goes away before the result is signed: enrolled, and a retry is told. */
static void
test_signature_lost(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = android(1);

	say(g, &v);
	made(g, hear_handle_derive(g), "dh1_a");
	(void)rig_hear_sign(g);
	rig_down(g, RIG_KEYHOLDER);
	rig_expect_unavailable(g, RIG_FRONT, v.request, "key holder");
	rig_up(g, RIG_KEYHOLDER);
	CU_ASSERT_EQUAL(state_of(g, "dh1_a"), WIRE_ENROLMENT_EXISTING);
	say(g, &v);
	sign(g, WIRE_ENROLLED_NOW, "dh1_a", "jwt");
	expect(g, v.request, WIRE_ENROLLED_NOW, "dh1_a");
	rig_free(g);
}

/* The ledger itself ends in between: before and after the transaction. */
static void
test_ledger_ends(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = android(1);

	say(g, &v);
	(void)hear_handle_derive(g);
	rig_stop(g);
	rig_start(g);
	CU_ASSERT_EQUAL(state_of(g, "dh1_a"), WIRE_ENROLMENT_NOT_FOUND);
	say(g, &v);
	made(g, hear_handle_derive(g), "dh1_a");
	(void)rig_hear_sign(g);
	rig_stop(g);
	rig_start(g);
	CU_ASSERT_EQUAL(state_of(g, "dh1_a"), WIRE_ENROLMENT_EXISTING);
	say(g, &v);
	sign(g, WIRE_ENROLLED_NOW, "dh1_a", "jwt");
	expect(g, v.request, WIRE_ENROLLED_NOW, "dh1_a");
	rig_free(g);
}

/* Its front goes away: the device is enrolled, and nobody else is told. */
static void
test_front_lost(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = android(1);

	say(g, &v);
	uint64_t request = hear_handle_derive(g);
	rig_down(g, RIG_FRONT);
	rig_up(g, RIG_FRONT);
	made(g, request, "dh1_a");
	sign(g, WIRE_ENROLLED_NOW, "dh1_a", "jwt");
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_free(g);
}

/* One device asks twice at once: by one challenge, and by two. */
static void
test_at_once(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict a = android(1), b = android(1), c = android(2);

	b.request = 50;
	rig_verdict(g, &a);
	rig_verdict(g, &b);
	rig_verdict(g, &c);
	rig_round(g);
	uint64_t first = hear_handle_derive(g);
	uint64_t second = hear_handle_derive(g);
	uint64_t third = hear_handle_derive(g);
	made(g, first, "dh1_a");
	made(g, second, "dh1_a");
	made(g, third, "dh1_a");
	sign(g, WIRE_ENROLLED_NOW, "dh1_a",
	     "jwt"); /* the retry joins: one signature */
	expect(g, 50, WIRE_ENROLLED_NOW, "dh1_a");
	expect(g, a.request, WIRE_ENROLLED_NOW, "dh1_a");
	sign(g, WIRE_ENROLLED_BEFORE, "dh1_a", "another");
	expect(g, c.request, WIRE_ENROLLED_BEFORE, "dh1_a");
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_free(g);
}

/* A handle that is another device's: nothing is spent, nobody enrolled. */
static void
test_conflict(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = android(2);

	enrol(g, 1);
	v.identity[0]++;
	say(g, &v);
	struct wire_handle_derive m = { 0 };
	CU_ASSERT_EQUAL(wire_get_handle_derive(rig_hear(g, RIG_KEYHOLDER), &m),
	                OK);
	made(g, m.request, "dh1_a");
	rig_expect_unavailable(g, RIG_FRONT, v.request, "another device");
	say(g, &v);
	CU_ASSERT_EQUAL(wire_get_handle_derive(rig_hear(g, RIG_KEYHOLDER), &m),
	                OK);
	made(g, m.request, "dh1_b");
	sign(g, WIRE_ENROLLED_NOW, "dh1_b", "jwt");
	rig_free(g);
}

/* A key holder that was taken over makes handles that no other can sign: the
 * next ones would be asked to, and end. */
static void
test_no_handle(void)
{
	static const char *const bad[] = { "",        "dh1_",  "\xff",
		                           "dh1_a b", "dh2_a", "dh1_\xc3\xa9" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct rig *g = rig_ready();
		const struct wire_verdict v = android(1);
		struct wire_handle_made m = { .handle = bytes_of_str(bad[i]) };

		say(g, &v);
		m.request = hear_handle_derive(g);
		wire_put_handle_made(&g->packet, &m);
		CU_ASSERT_EQUAL(rig_say(g, RIG_KEYHOLDER), E_MALFORMED);
		rig_round(g);
		CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
		rig_free(g);
	}
}

/* Such a row is in the database already. */
static void
test_no_handle_kept(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = android(1);
	struct enrolment e = { .state = WIRE_DEVICE_ACTIVE };
	bool added = false;

	memcpy(e.identity, v.identity, sizeof(e.identity));
	CU_ASSERT_TRUE(store_small_set(&e.handle, bytes_of_str("\xff")));
	CU_ASSERT_TRUE(store_small_set(&e.tenant, v.tenant));
	CU_ASSERT_TRUE(store_small_set(&e.format, v.format));
	KIT_OK(store_begin(g->ledger.store_manager.store));
	KIT_OK(store_enrolment_add(g->ledger.store_manager.store, &e, &added));
	KIT_OK(store_commit(g->ledger.store_manager.store));
	say(g, &v);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_expect_unavailable(g, RIG_FRONT, v.request, "database");
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "a new device, and its retry", test_new },
	{ "a device that is enrolled already", test_existing },
	{ "what is refused has no handle made", test_refused },
	{ "the handle is lost: nothing was spent", test_handle_lost },
	{ "no key holder: nothing was spent", test_no_keyholder },
	{ "the signature is lost: a retry gets it", test_signature_lost },
	{ "the ledger ends in between", test_ledger_ends },
	{ "the front ends in between", test_front_lost },
	{ "three times at once", test_at_once },
	{ "a handle that is another's", test_conflict },
	{ "a handle that is none", test_no_handle },
	{ "a handle that is none, kept", test_no_handle_kept },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_enroll", tests)
