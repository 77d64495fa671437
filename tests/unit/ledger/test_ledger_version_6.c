/*
 * test_ledger_version_6.c - a database of version 6: its devices have the keys that
 * they had, may get others, and may be listed; and one of each version around it.
 */
#include "ledger/store/enrolments.h"
#include "ledger/store/preregistrations.h"
#include "ledger/store/rollouts.h"
#include "tests/unit/ledger/test_ledger_versions.h"

#define DEVICE_6                                                            \
	"INSERT INTO enrolments VALUES ('dh1_a', 't', zeroblob(32),"        \
	" 1794000001, 2, 'tpm2-quote', 1794000002000, 'lost');"             \
	"INSERT INTO facts VALUES ('dh1_a', 'ak_name', 1, x'000b');"        \
	"INSERT INTO facts VALUES ('dh1_a', 'os_version', 3, 15);"          \
	"INSERT INTO stops VALUES (x'0102030405060708090a0b0c0d0e0f10',"    \
	" 'fw-1', 1794000001000, 'URI:o', 'bad');"                          \
	"INSERT INTO epochs VALUES (1, 7,"                                  \
	" x'0102030405060708090a0b0c0d0e0f10', 1794000000000, 0);"          \
	"INSERT INTO permits VALUES ('dh1_a', 'fw-2', 'beta', 1, 2, 3, 0);" \
	"INSERT INTO outcomes (sequence, recorded_ms, jti, issued_s,"       \
	" expires_s, tenant, redeemed, cti, nonce, workflow, present,"      \
	" device_handle, transport, request, channel, purpose, reasons,"    \
	" vector, format, evidence, policy_id, policy_version,"             \
	" policy_digest) VALUES (1, 1794000003000, zeroblob(16),"           \
	" 1794000003, 1794000303, 't', 0, zeroblob(16), zeroblob(32), 2,"   \
	" 0, 'dh1_a', zeroblob(32), zeroblob(32), '', '', 0, zeroblob(8),"  \
	" 'tpm2-quote', zeroblob(32), 'demo', 3, zeroblob(32));"            \
	"INSERT INTO redemptions VALUES (zeroblob(16), 1, 1794000303,"      \
	" zeroblob(32), CAST('a.b.c' AS BLOB), x'07', x'08');"              \
	"UPDATE meta SET sequence = 1"

static void
check_device(struct store *s, struct enrolment *e)
{
	KIT_OK(store_enrolment(s, bytes_of_str("t"), bytes_of_str("dh1_a"), e));
	CU_ASSERT_EQUAL(e->enrolled_s, 1794000001);
	CU_ASSERT_EQUAL(e->state, WIRE_DEVICE_SUSPENDED);
	CU_ASSERT(bytes_equal_str(store_small_bytes(&e->note), "lost"));
	CU_ASSERT_EQUAL(e->facts.n, 1);
}

/* A row of each other table; what was found before cannot be signed again. */
static void
check_others(struct store *s)
{
	static const store_id stopped = { 1, 2,  3,  4,  5,  6,  7,  8,
		                          9, 10, 11, 12, 13, 14, 15, 16 };
	static const uint8_t cti[CTI_SIZE] = { 0 };
	const struct permit_of of = { bytes_of_str("dh1_a"),
		                      bytes_of_str("fw-2"),
		                      bytes_of_str("beta") };
	AUTO(redemption_release) struct redemption spent = { 0 };
	struct store_epoch epoch;
	struct outcome o;
	struct permit p;
	struct stop stop;

	KIT_OK(store_redemption(s, cti, &spent, &o));
	CU_ASSERT(bytes_equal_str(buf_bytes(&spent.jwt), "a.b.c"));
	CU_ASSERT_EQUAL(spent.finding.len, 0);
	CU_ASSERT_EQUAL(o.sequence, 1);
	CU_ASSERT_EQUAL(o.key_change, 0);
	CU_ASSERT_EQUAL(o.policy_group.len + o.shadow_id.len, 0);
	KIT_OK(store_permit(s, &of, &p));
	CU_ASSERT_EQUAL(p.attempts, 3);
	KIT_OK(store_stop(s, stopped, &stop));
	CU_ASSERT(bytes_equal_str(store_small_bytes(&stop.reason), "bad"));
	KIT_OK(store_epoch(s, 1, 7, &epoch));
	CU_ASSERT_EQUAL(memcmp(epoch.life, stopped, sizeof(stopped)), 0);
}

static void
test_upgraded(void)
{
	struct kit_dir d = kit_dir();
	struct enrolment e;
	store_hash zero = { 0 }, one = { 1 }, before;
	struct known_device known = {
		.name = { .kind = WIRE_PREREGISTRATION_KEY, .digest = { 1 } },
		.devices = 1,
	};
	bool added = false, former = true;

	run(&d, version_4);
	run(&d, steps[3]);
	run(&d, steps[4]);
	run(&d, DEVICE_6);
	struct store *s = kit_open(&d);
	check_device(s, &e);
	CU_ASSERT_EQUAL(e.keyed_s, 0);
	CU_ASSERT_EQUAL(e.changed_ms, 1794000002000);
	KIT_OK(store_key_former(s, bytes_of_str("t"), zero, &former));
	CU_ASSERT_FALSE(former);
	CU_ASSERT(store_identity_is(&e, zero));
	check_others(s);

	memcpy(before, e.identity, sizeof(before));
	KIT_OK(store_begin(s));
	KIT_OK(store_known_add(s, bytes_of_str("t"), &known, &added));
	CU_ASSERT(added);
	memcpy(e.identity, one, sizeof(one));
	e.keyed_s = 1794000005;
	e.changed_ms = 1794000005000;
	KIT_OK(store_enrolment_rekey(s, &e, before));
	KIT_OK(store_commit(s));
	store_close(s);

	s = kit_open(&d); /* as it is now */
	check_device(s, &e);
	CU_ASSERT(store_identity_is(&e, one));
	check_others(s);
	CU_ASSERT_EQUAL(e.keyed_s, 1794000005);
	KIT_OK(store_key_former(s, bytes_of_str("t"), zero, &former));
	CU_ASSERT(former);
	KIT_OK(store_known_free(s, bytes_of_str("t"), &known.name, 5));
	store_close(s);
	kit_remove(&d);
}

/* The clock was ahead when the key was changed, and is repaired: the key is not of
 * the future, so a chain that ended meanwhile did not end before it. */
static void
test_repaired(void)
{
	struct kit_dir d = kit_dir();
	struct store_repair done;
	struct enrolment e;
	store_hash zero = { 0 };

	run(&d, version_4);
	run(&d, steps[3]);
	run(&d, steps[4]);
	run(&d, DEVICE_6);
	struct store *s = kit_open(&d);
	KIT_OK(store_enrolment(s, bytes_of_str("t"), bytes_of_str("dh1_a"),
	                       &e));
	e.identity[0] = 1;
	e.keyed_s = KIT_NOW_S + 1000;
	e.changed_ms = e.keyed_s * 1000;
	KIT_OK(store_begin(s));
	KIT_OK(store_enrolment_rekey(s, &e, zero));
	KIT_OK(store_repair(s, KIT_NOW_MS, &done));
	KIT_OK(store_commit(s));
	CU_ASSERT_EQUAL(done.enrolments, 1);
	check_device(s, &e);
	CU_ASSERT_EQUAL(e.keyed_s, KIT_NOW_S);
	CU_ASSERT_EQUAL(e.changed_ms, KIT_NOW_MS);
	store_close(s);
	kit_remove(&d);
}

static void
test_each_version(void)
{
	for (int version = 4; version <= STORE_VERSION; version++) {
		struct kit_dir d = kit_dir();
		struct enrolment e;

		make_version(&d, version);
		struct store *s = kit_open(&d);
		KIT_OK(store_enrolment(s, bytes_of_str("t"),
		                       bytes_of_str("dh1_a"), &e));
		CU_ASSERT_EQUAL(e.state, WIRE_DEVICE_SUSPENDED);
		CU_ASSERT_TRUE(kit_redeem(s, 1));
		store_close(s);
		kit_remove(&d);
	}
}

static const struct harness_test tests[] = {
	{ "keeps its devices", test_upgraded },
	{ "a repaired clock", test_repaired },
	{ "each version can be upgraded", test_each_version },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_version_6", tests)
