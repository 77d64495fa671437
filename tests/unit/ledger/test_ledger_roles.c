/*
 * test_ledger_roles.c - keys and epochs, enrolments, and what is forgotten.
 */
#include <string.h>

#include "tests/common/fakes/facts_kit.h"
#include "tests/common/roles/ledger_rig.h"
#include "base/clock.h"

#include "tests/unit/ledger/test_ledger_disk.h"

/* --- keys ----------------------------------------------------------------- */

static reason_set
reasons_of(struct rig *g, const struct wire_verdict *v)
{
	rig_verdict(g, v);
	rig_round(g);
	return rig_hear_sign(g).reasons;
}

static void
test_epochs(void)
{
	struct rig *g = rig_new();
	struct wire_verdict v = kit_verdict(1);
	const struct cti next = { .node = 1, .epoch = 8, .serial = 1 };

	CU_ASSERT_EQUAL(reasons_of(g, &v),
	                reason_bit(REASON_CHALLENGE_EPOCH_LOST));
	/* Announced and used within one group. */
	rig_key_held(g, 7);
	CU_ASSERT_EQUAL(reasons_of(g, &v), 0);
	cti_encode(&next, v.cti);
	CU_ASSERT_EQUAL(reasons_of(g, &v),
	                reason_bit(REASON_CHALLENGE_EPOCH_LOST));
	rig_key_held(g, 8);
	CU_ASSERT_EQUAL(reasons_of(g, &v), 0);

	/* The old epoch stays known, also to the next ledger. */
	rig_stop(g);
	rig_start(g);
	v = kit_verdict(2);
	CU_ASSERT_EQUAL(reasons_of(g, &v), 0);
	rig_free(g);
}

/* A token that lost its counter begins at 1 again: its challenges would have
 * ids that were used before. */
static void
test_epoch_back(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);
	const struct cti other = { .node = 1, .epoch = 8, .serial = 1 };

	rig_key_held(g, 1);
	rig_verdict(g, &v);
	rig_round(g);
	rig_expect_unavailable(g, RIG_FRONT, v.request, "epoch went back");
	CU_ASSERT_TRUE(strstr(g->role.why, "1, but node 1 already had 7") !=
	               NULL);

	/* The same epoch again is the same life on a new edge. */
	rig_key_held(g, 7);
	CU_ASSERT_EQUAL(reasons_of(g, &v), 0);
	/* Nor does another ledger on the same database take it. */
	rig_stop(g);
	rig_start(g);
	rig_key_held(g, 6);
	rig_verdict(g, &v);
	rig_round(g);
	rig_expect_unavailable(g, RIG_FRONT, v.request, "epoch went back");
	rig_key_held(g, 8);
	cti_encode(&other, v.cti);
	CU_ASSERT_EQUAL(reasons_of(g, &v), 0);
	rig_free(g);
}

/* --- enrolments ----------------------------------------------------------- */

static void
say_enroll(struct rig *g, uint64_t request, uint8_t identity)
{
	struct wire_enroll m = { .request = request,
		                 .tenant = bytes_of_str("backend-a"),
		                 .format = bytes_of_str("tpm2-quote") };

	facts_kit_add(&m.facts, FACT_SHOWN, "ak_name", bytes_of_str("name"));
	memset(m.identity, identity, sizeof(m.identity));
	wire_put_enroll(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_VERIFIER));
	rig_round(g);
}

static uint64_t
hear_handle_derive(struct rig *g)
{
	struct wire_handle_derive m = { 0 };

	CU_ASSERT_EQUAL(wire_get_handle_derive(rig_hear(g, RIG_KEYHOLDER), &m),
	                OK);
	CU_ASSERT_TRUE(bytes_equal_str(m.tenant, "backend-a"));
	return m.request;
}

static void
say_handle_made(struct rig *g, uint64_t request, const char *handle)
{
	const struct wire_handle_made m = { .request = request,
		                            .handle = bytes_of_str(handle) };

	wire_put_handle_made(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
}

static void
expect_enrollment(struct rig *g, uint64_t request,
                  enum wire_enrolment_answer state, const char *handle)
{
	struct wire_enrollment m = { 0 };

	CU_ASSERT_EQUAL(wire_get_enrollment(rig_hear(g, RIG_FRONT), &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
	CU_ASSERT_EQUAL(m.state, state);
	CU_ASSERT_TRUE(bytes_equal_str(m.handle, handle));
	if (state != WIRE_ENROLMENT_NOT_FOUND) {
		CU_ASSERT_EQUAL(m.enrolled_s, KIT_NOW_S);
		CU_ASSERT_TRUE(bytes_equal_str(m.format, "tpm2-quote"));
		CU_ASSERT_TRUE(bytes_equal_str(
		        facts_kit_bytes(&m.facts, "ak_name"), "name"));
	}
}

static void
say_get(struct rig *g, uint64_t request, const char *tenant, const char *handle)
{
	const struct wire_enrollment_get m = {
		.request = request,
		.tenant = bytes_of_str(tenant),
		.handle = bytes_of_str(handle),
	};

	wire_put_enrollment_get(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_FRONT));
	rig_round(g);
}

static void
say_delete(struct rig *g, uint64_t request, const char *tenant,
           const char *handle)
{
	const struct wire_enrollment_delete m = {
		.request = request,
		.tenant = bytes_of_str(tenant),
		.handle = bytes_of_str(handle),
	};

	wire_put_enrollment_delete(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_FRONT));
	rig_round(g);
}

static void
enrol(struct rig *g, uint8_t identity, const char *handle)
{
	say_enroll(g, 1, identity);
	say_handle_made(g, hear_handle_derive(g), handle);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT)); /* not before commit */
	rig_round(g);
	expect_enrollment(g, 1, WIRE_ENROLMENT_NEW, handle);
}

static void
test_enrol(void)
{
	struct rig *g = rig_ready();

	enrol(g, 5, "dh1_a");
	say_enroll(g, 2, 5); /* known: no handle is asked for */
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	expect_enrollment(g, 2, WIRE_ENROLMENT_EXISTING, "dh1_a");
	say_get(g, 3, "backend-a", "dh1_a");
	expect_enrollment(g, 3, WIRE_ENROLMENT_EXISTING, "dh1_a");
	say_get(g, 4, "backend-b", "dh1_a");
	expect_enrollment(g, 4, WIRE_ENROLMENT_NOT_FOUND, "dh1_a");
	say_delete(g, 5, "backend-b", "dh1_a");
	expect_enrollment(g, 5, WIRE_ENROLMENT_NOT_FOUND, "dh1_a");
	say_get(g, 6, "backend-a", "dh1_a");
	expect_enrollment(g, 6, WIRE_ENROLMENT_EXISTING, "dh1_a");
	say_delete(g, 7, "backend-a", "dh1_a");
	expect_enrollment(g, 7, WIRE_ENROLMENT_DELETED, "dh1_a");
	say_get(g, 8, "backend-a", "dh1_a");
	expect_enrollment(g, 8, WIRE_ENROLMENT_NOT_FOUND, "dh1_a");
	enrol(g, 5, "dh1_a");
	rig_free(g);
}

/* Two enrolments of one device at once: one is new, both are answered. */
static void
test_enrol_twice(void)
{
	struct rig *g = rig_ready();

	say_enroll(g, 1, 5);
	say_enroll(g, 2, 5);
	uint64_t first = hear_handle_derive(g);
	uint64_t second = hear_handle_derive(g);
	say_handle_made(g, first, "dh1_a");
	say_handle_made(g, second, "dh1_a");
	rig_round(g);
	expect_enrollment(g, 1, WIRE_ENROLMENT_NEW, "dh1_a");
	expect_enrollment(g, 2, WIRE_ENROLMENT_EXISTING, "dh1_a");
	rig_free(g);
}

static void
test_enrol_conflict(void)
{
	struct rig *g = rig_ready();

	enrol(g, 5, "dh1_a");
	say_enroll(g, 2, 6);
	say_handle_made(g, hear_handle_derive(g), "dh1_a");
	rig_round(g);
	rig_expect_unavailable(g, RIG_FRONT, 2, "another device");
	rig_free(g);
}

static void
test_enrol_keyholder(void)
{
	struct rig *g = rig_ready();

	say_enroll(g, 1, 5);
	uint64_t request = hear_handle_derive(g);
	rig_down(g, RIG_KEYHOLDER);
	rig_expect_unavailable(g, RIG_FRONT, 1, "key holder");
	say_enroll(g, 2, 5);
	rig_expect_unavailable(g, RIG_FRONT, 2, "key holder");
	rig_up(g, RIG_KEYHOLDER);
	say_handle_made(g, request, "dh1_a"); /* nobody waits for it */
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_free(g);
}

static void
test_enrol_nonsense(void)
{
	struct rig *g = rig_ready();
	const struct wire_enroll zero = {
		.tenant = bytes_of_str("backend-a"),
		.format = bytes_of_str("tpm2-quote"),
	};
	const struct wire_enroll no_format = {
		.tenant = bytes_of_str("backend-a"),
		.identity = { 1 },
	};
	const struct wire_enroll stranger = {
		.tenant = bytes_of_str("Not A Tenant"),
		.format = bytes_of_str("tpm2-quote"),
		.identity = { 1 },
	};
	const struct wire_enrollment_get bad = {
		.tenant = bytes_of_str("Not A Tenant"),
	};

	wire_put_enroll(&g->packet, &zero);
	CU_ASSERT_EQUAL(rig_say(g, RIG_VERIFIER), E_MALFORMED);
	wire_put_enroll(&g->packet, &stranger);
	CU_ASSERT_EQUAL(rig_say(g, RIG_VERIFIER), E_MALFORMED);
	wire_put_enroll(&g->packet, &no_format);
	CU_ASSERT_EQUAL(rig_say(g, RIG_VERIFIER), E_MALFORMED);
	wire_put_enrollment_get(&g->packet, &bad);
	CU_ASSERT_EQUAL(rig_say(g, RIG_FRONT), E_MALFORMED);
	say_enroll(g, 1, 5);
	const struct wire_handle_made empty = { .request =
		                                        hear_handle_derive(g) };
	wire_put_handle_made(&g->packet, &empty);
	CU_ASSERT_EQUAL(rig_say(g, RIG_KEYHOLDER), E_MALFORMED);
	rig_free(g);
}

/* The enrolled device is the one that may read. */
static void
test_enrolled_verdict(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	enrol(g, 0x22, "dh1_a");
	v.workflow = WORKFLOW_METADATA;
	v.bindings.present = BINDING_BIT(DEVICE);
	v.bindings.device_handle = bytes_of_str("dh1_a");
	CU_ASSERT_EQUAL(reasons_of(g, &v), 0);
	say_delete(g, 2, "backend-a", "dh1_a");
	expect_enrollment(g, 2, WIRE_ENROLMENT_DELETED, "dh1_a");
	const struct cti next = { .node = 1, .epoch = 7, .serial = 2 };
	cti_encode(&next, v.cti);
	CU_ASSERT_EQUAL(reasons_of(g, &v),
	                reason_bit(REASON_DEVICE_NOT_ENROLLED));
	rig_free(g);
}

/* --- what is forgotten ---------------------------------------------------- */

static bool
is_kept(struct rig *g, const struct wire_verdict *v)
{
	AUTO(redemption_release) struct redemption r = { 0 };
	struct outcome o;

	return store_redemption(g->ledger.store_manager.store, v->cti, &r,
	                        &o) == OK;
}

static void
test_swept(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);
	uint64_t end_s = v.expires_s + 90; /* docs/ledger.md */

	CU_ASSERT_EQUAL(reasons_of(g, &v), 0);
	CU_ASSERT_TRUE(is_kept(g, &v));
	clock_set_wall(end_s * 1000);
	rig_tick(g);
	CU_ASSERT_TRUE(is_kept(g, &v));
	clock_set_wall((end_s + 1) * 1000);
	rig_tick(g);
	CU_ASSERT_FALSE(is_kept(g, &v));
	/* Forgotten is not forgiven: expiry answers. */
	CU_ASSERT_EQUAL(reasons_of(g, &v),
	                reason_bit(REASON_CHALLENGE_EXPIRED));
	rig_free(g);
}

/* A verifier answers for no key holder: what waits for one goes on waiting. */
static void
test_foreign_unavailable(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);

	rig_verdict(g, &v);
	rig_round(g);
	const uint64_t request = rig_hear_sign(g).request;
	const struct wire_unavailable m = { .request = request,
		                            .why = bytes_of_str("no") };
	wire_put_unavailable(&g->packet, &m);
	CU_ASSERT_EQUAL(rig_say(g, RIG_VERIFIER), E_MALFORMED);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_signed(g, request, "a.b.c");
	rig_expect_result(g, RIG_FRONT, 1, "a.b.c");
	rig_free(g);
}

/* A signed result waits in memory for a group, at most until the tick. */
static void
test_result_kept(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);

	rig_verdict(g, &v);
	rig_round(g);
	rig_signed(g, rig_hear_sign(g).request, "a.b.c");
	rig_expect_result(g, RIG_FRONT, 1, "a.b.c");
	kit_disk_reset();
	rig_round(g);
	CU_ASSERT_EQUAL(kit_disk.syncs, 0);
	CU_ASSERT_EQUAL(g->ledger.pendings.n_signed, 1);
	rig_tick(g);
	CU_ASSERT_EQUAL(kit_disk.syncs, 1);
	CU_ASSERT_EQUAL(g->ledger.pendings.n, 0);
	rig_tick(g); /* and an idle ledger writes nothing */
	CU_ASSERT_EQUAL(kit_disk.syncs, 1);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "knows the epochs of its key holder", test_epochs },
	{ "takes no epoch that was over", test_epoch_back },
	{ "enrols, shows, deletes, tenant by tenant", test_enrol },
	{ "enrols a device once", test_enrol_twice },
	{ "gives no handle to two devices", test_enrol_conflict },
	{ "says when the key holder is away", test_enrol_keyholder },
	{ "refuses nonsense about enrolments", test_enrol_nonsense },
	{ "believes enrolled devices only", test_enrolled_verdict },
	{ "forgets redemptions when expiry answers", test_swept },
	{ "keeps results without a sync of their own", test_result_kept },
	{ "hears of no signature from a verifier", test_foreign_unavailable },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_roles", tests)
