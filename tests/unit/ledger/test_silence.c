/*
 * test_silence.c - devices and tenants that attested once and stopped.
 */
#include <stdio.h>

#include "ledger/redeem_device.h"
#include "ledger/silence.h"
#include "ledger/store/silence.h"
#include "tests/common/roles/ledger_rig.h"
#include "tests/unit/ledger/test_ledger_versions.h"
#include "tests/unit/ledger/test_redeem_kit.h"

#define TODAY (KIT_NOW_S / SILENCE_DAY_S)
#define LONG_AGO (TODAY - 40)

static struct enrolment
device_of(const char *tenant, unsigned n, uint64_t silent_day)
{
	struct enrolment e = { .enrolled_s = KIT_NOW_S - 100 * SILENCE_DAY_S,
		               .state = WIRE_DEVICE_ACTIVE,
		               .silent_day = silent_day };
	char handle[32];

	(void)snprintf(handle, sizeof(handle), "dh1_%05u%s", n, tenant);
	(void)store_small_set(&e.tenant, bytes_of_str(tenant));
	(void)store_small_set(&e.handle, bytes_of_str(handle));
	(void)store_small_set(&e.format, bytes_of_str("tpm2-quote"));
	memset(e.identity, 0x22, sizeof(e.identity));
	memcpy(e.identity, &n, sizeof(n));
	return e;
}

static void
add_device(struct store *s, const struct enrolment *e)
{
	bool added = false;

	KIT_OK(store_enrolment_add(s, e, &added));
	CU_ASSERT_TRUE(added);
}

static struct enrolment
stored_now(struct store *s, const struct enrolment *e)
{
	struct enrolment now = { 0 };

	KIT_OK(store_enrolment(s, store_small_bytes(&e->tenant),
	                       store_small_bytes(&e->handle), &now));
	return now;
}

static struct wire_verdict
verdict_of(const struct enrolment *e, uint64_t serial)
{
	struct wire_verdict v = kit_verdict(serial);

	v.workflow = WORKFLOW_METADATA;
	v.bindings.present = BINDING_BIT(DEVICE);
	v.bindings.device_handle = store_small_bytes(&e->handle);
	memcpy(v.identity, e->identity, sizeof(v.identity));
	return v;
}

/* --- what counts ------------------------------------------------------------ */

static void
test_attested(void)
{
	struct bench b = bench_of();
	struct enrolment e = device_of("backend-a", 1, LONG_AGO);

	add_device(b.t.store, &e);
	struct wire_verdict v = verdict_of(&e, 1);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	struct enrolment now = stored_now(b.t.store, &e);
	CU_ASSERT_EQUAL(now.attested_day, TODAY);
	CU_ASSERT_EQUAL(now.silent_day, TODAY);
	/* the next day again */
	b.t.now_ms += SILENCE_DAY_S * 1000;
	v = verdict_of(&e, 2);
	v.issued_s += SILENCE_DAY_S;
	v.expires_s += SILENCE_DAY_S;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(stored_now(b.t.store, &e).attested_day, TODAY + 1);
	bench_end(&b);
}

static const struct {
	enum reason reason;
	bool attested;
} refusals[] = {
	{ REASON_PCR_MISMATCH, true },
	{ REASON_PATCH_LEVEL, true },
	{ REASON_DEVICE_UNLOCKED, true },
	{ REASON_BINDING_TRANSPORT, true },
	{ REASON_NONCE_MISMATCH, false },
	{ REASON_EVIDENCE_SIGNATURE, false },
	{ REASON_EVIDENCE_MALFORMED, false },
	{ REASON_EVIDENCE_UNSUPPORTED, false },
	{ REASON_CHAIN_UNTRUSTED, false },
	{ REASON_CHAIN_REVOKED, false },
	{ REASON_CHAIN_MALFORMED, false },
	{ REASON_KEY_UNSUPPORTED, false },
};

/* A refused device is there; forged or old evidence does not show it. */
static void
test_refused(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct bench b = bench_of();
		struct enrolment e = device_of("backend-a", 1, LONG_AGO);

		add_device(b.t.store, &e);
		struct wire_verdict v = verdict_of(&e, 1);
		v.reasons = reason_bit(refusals[i].reason);
		CU_ASSERT_NOT_EQUAL(decide(&b, &v), 0);
		CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
		bool same = stored_now(b.t.store, &e).attested_day == TODAY;
		if (same != refusals[i].attested)
			printf("  %s\n", reason_code(refusals[i].reason));
		CU_ASSERT_EQUAL(same, refusals[i].attested);
		CU_ASSERT_EQUAL(redeem_heard(&v, &b.outcome),
		                refusals[i].attested);
		bench_end(&b);
	}
}

/* Another device's key does not speak for this one, nor does evidence that was
 * handed in before. */
static void
test_others(void)
{
	struct bench b = bench_of();
	struct enrolment e = device_of("backend-a", 1, LONG_AGO);

	add_device(b.t.store, &e);
	struct wire_verdict v = verdict_of(&e, 1);
	v.identity[0] ^= 1;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_KEY_MISMATCH));
	CU_ASSERT_EQUAL(stored_now(b.t.store, &e).attested_day, 0);
	CU_ASSERT_FALSE(redeem_heard(&v, &b.outcome));

	v = verdict_of(&e, 2);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_TRUE(redeem_heard(&v, &b.outcome));
	b.t.now_ms += 1000;
	v.evidence[0] ^= 1;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_REPLAYED));
	CU_ASSERT_FALSE(redeem_heard(&v, &b.outcome));
	bench_end(&b);
}

/* The new key speaks for its device, from the change on. */
static void
test_changed(void)
{
	struct bench b = bench_of();
	struct enrolment e = device_of("backend-a", 1, LONG_AGO);

	add_device(b.t.store, &e);
	struct wire_verdict v = verdict_of(&e, 1);
	v.workflow = WORKFLOW_ENROLL;
	v.proved = 1;
	v.change = WIRE_KEY_CHANGE_BY_OFFICER;
	v.identity[0] ^= 1;
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(stored_now(b.t.store, &e).attested_day, TODAY);
	bench_end(&b);
}

/* Who is not on the tenant's list is no device of its own. */
static void
test_unlisted(void)
{
	struct config_client client = { .tenant = "backend-a",
		                        .preregistered = true };
	const struct config config = { .clients = &client, .n_clients = 1 };
	struct bench b = bench_of();
	struct wire_verdict v = kit_verdict(1);

	b.t.config = &config;
	b.t.handle = bytes_of_str("dh1_new");
	v.workflow = WORKFLOW_ENROLL;
	v.enroll = WIRE_FLAG_YES;
	v.proved = 1;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(DEVICE_NOT_LISTED));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 1);
	CU_ASSERT_FALSE(redeem_heard(&v, &b.outcome));
	bench_end(&b);
}

/* --- which are overdue ------------------------------------------------------ */

static uint64_t
overdue(struct store *s, const char *tenant, uint64_t most)
{
	uint64_t n = 0;

	KIT_OK(store_overdue(s, bytes_of_str(tenant), TODAY - 30, most, &n));
	return n;
}

static void
test_count(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	KIT_OK(store_begin(s));
	for (unsigned n = 0; n < 20; n++) {
		struct enrolment e = device_of("backend-a", n, TODAY - 21 - n);

		e.state = n == 19 ? WIRE_DEVICE_SUSPENDED : WIRE_DEVICE_ACTIVE;
		add_device(s, &e);
	}
	struct enrolment other = device_of("backend-b", 1, TODAY - 31);
	add_device(s, &other);
	CU_ASSERT_EQUAL(overdue(s, "backend-a", 100), 9);
	CU_ASSERT_EQUAL(overdue(s, "backend-a", 4), 4);
	CU_ASSERT_EQUAL(overdue(s, "backend-b", 100), 1);
	CU_ASSERT_EQUAL(overdue(s, "backend-c", 100), 0);
	/* one that is suspended is not overdue, nor when it goes on */
	other.state = WIRE_DEVICE_SUSPENDED;
	KIT_OK(store_enrolment_change(s, &other));
	CU_ASSERT_EQUAL(overdue(s, "backend-b", 100), 0);
	other.state = WIRE_DEVICE_ACTIVE;
	other.changed_ms = KIT_NOW_MS;
	KIT_OK(store_enrolment_change(s, &other));
	CU_ASSERT_EQUAL(overdue(s, "backend-b", 100), 0);
	other = stored_now(s, &other);
	CU_ASSERT_EQUAL(other.silent_day, TODAY);
	CU_ASSERT_EQUAL(other.attested_day, 0);
	KIT_OK(store_commit(s));
	store_close(s);
	kit_remove(&d);
}

static err_t
count_row(const struct enrolment *e, void *user)
{
	unsigned *n = user;

	CU_ASSERT_TRUE(e->silent_day < TODAY - 30);
	CU_ASSERT_EQUAL(e->state, WIRE_DEVICE_ACTIVE);
	(*n)++;
	return OK;
}

static void
test_page(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct enrolment_filter f = { .tenant = bytes_of_str("backend-a"),
		                      .silent_before = TODAY - 30,
		                      .limit = 100,
		                      .scan = 1000 };
	struct store_small next;
	unsigned n = 0;

	KIT_OK(store_begin(s));
	for (unsigned i = 0; i < 20; i++) {
		struct enrolment e = device_of("backend-a", i, TODAY - 21 - i);

		e.state = i == 19 ? WIRE_DEVICE_SUSPENDED : WIRE_DEVICE_ACTIVE;
		add_device(s, &e);
	}
	KIT_OK(store_enrolments_page(s, &f, count_row, &n, &next));
	CU_ASSERT_EQUAL(n, 9);
	KIT_OK(store_commit(s));
	store_close(s);
	kit_remove(&d);
}

static void
test_before(void)
{
	CU_ASSERT_EQUAL(silent_before(KIT_NOW_MS, 0), 0);
	CU_ASSERT_EQUAL(silent_before(KIT_NOW_MS, 30), TODAY - 30);
	CU_ASSERT_EQUAL(silent_before(1000, 30), 0);
}

/* By the index: with a million devices as with ten. */
static void
test_index(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	store_close(s);
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(&d, STORE_FILE), &db),
	                      SQLITE_OK);
	CU_ASSERT_EQUAL_FATAL(
	        sqlite3_prepare_v2(
	                db,
	                "EXPLAIN QUERY PLAN SELECT 1 FROM enrolments WHERE "
	                "tenant = 'a' AND state = 1 AND silent_day < 9",
	                -1, &st, NULL),
	        SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_step(st), SQLITE_ROW);
	const char *plan = (const char *)sqlite3_column_text(st, 3);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(plan, "COVERING INDEX enrolments_silent"));
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	kit_remove(&d);
}

/* --- other versions and clocks ---------------------------------------------- */

/* Nobody knows when the devices of an older database attested, so they are not
 * overdue at once. */
static void
test_version_6(void)
{
	struct kit_dir d = kit_dir();

	run(&d, version_4);
	run(&d, "INSERT INTO enrolments VALUES ('dh1_x', 'backend-a',"
	        " zeroblob(32), 1700000000, 1, 'tpm2-quote')");
	struct store *s = kit_open(&d);
	struct enrolment e = { 0 };
	KIT_OK(store_enrolment(s, bytes_of_str("backend-a"),
	                       bytes_of_str("dh1_x"), &e));
	CU_ASSERT_EQUAL(e.attested_day, 0);
	CU_ASSERT_EQUAL(e.silent_day, 1795000000 / SILENCE_DAY_S);
	store_close(s);
	kit_remove(&d);
}

/* Days that a wrong clock wrote would hide the silence until they come. */
static void
test_repaired(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct enrolment e = device_of("backend-a", 1, TODAY + 400);
	struct store_repair done;

	e.attested_day = TODAY + 400;
	KIT_OK(store_begin(s));
	add_device(s, &e);
	KIT_OK(store_repair_look(s, KIT_NOW_MS, &done));
	CU_ASSERT_EQUAL(done.enrolments, 1);
	KIT_OK(store_repair(s, KIT_NOW_MS, &done));
	CU_ASSERT_EQUAL(done.enrolments, 1);
	e = stored_now(s, &e);
	CU_ASSERT_EQUAL(e.attested_day, TODAY);
	CU_ASSERT_EQUAL(e.silent_day, TODAY);
	KIT_OK(store_commit(s));
	store_close(s);
	kit_remove(&d);
}

/* --- the role ---------------------------------------------------------------- */

static const struct config_tenant tenants[] = {
	{ .name = "backend-a", .overdue_days = 30 },
	{ .name = "backend-b", .overdue_days = 0 },
};

static void
begin_again(struct rig *g)
{
	rig_stop(g);
	g->config.tenants = tenants;
	g->config.n_tenants = ARRAY_LEN(tenants);
	g->config.fronts = 2;
	rig_start(g);
	rig_key_held(g, 7);
	while (rig_hear_any(g, RIG_FRONT).len > 0)
		;
}

/* The next TENANT_ATTESTED of that tenant at a front; false: none comes. */
static bool
told(struct rig *g, const char *tenant, struct wire_tenant_attested *ret)
{
	for (unsigned i = 0; i < 8; i++) {
		struct bytes packet;

		while ((packet = rig_hear_any(g, RIG_FRONT)).len > 0)
			if (wire_packet_id(packet) == WIRE_ID_TENANT_ATTESTED &&
			    wire_get_tenant_attested(packet, ret) == OK &&
			    bytes_equal_str(ret->tenant, tenant))
				return true;
		rig_tick(g);
		rig_round(g);
	}
	return false;
}

static void
test_told(void)
{
	struct rig *g = rig_ready();
	struct store *s = g->ledger.store_manager.store;
	struct enrolment a = device_of("backend-a", 1, LONG_AGO);
	struct enrolment b = device_of("backend-b", 1, LONG_AGO);
	struct enrolment other = device_of("backend-a", 2, LONG_AGO);
	struct wire_tenant_attested m;

	KIT_OK(store_begin(s));
	add_device(s, &a);
	add_device(s, &b);
	add_device(s, &other);
	KIT_OK(store_commit(s));
	begin_again(g);
	CU_ASSERT_TRUE_FATAL(told(g, "backend-a", &m));
	CU_ASSERT_EQUAL(m.overdue, 2);
	CU_ASSERT_EQUAL(m.attested_s, 0);
	CU_ASSERT_TRUE_FATAL(told(g, "backend-b", &m));
	CU_ASSERT_EQUAL(m.overdue, 0); /* has no overdue_days */

	struct wire_verdict v = verdict_of(&a, 1);
	rig_verdict(g, &v);
	rig_round(g);
	begin_again(g); /* the time was stored with the redemption */
	CU_ASSERT_TRUE_FATAL(told(g, "backend-a", &m));
	CU_ASSERT_EQUAL(m.overdue, 1);
	CU_ASSERT_EQUAL(m.attested_s, KIT_NOW_S);

	/* a front that comes later is told before the next count */
	rig_down(g, RIG_FRONT);
	rig_up(g, RIG_FRONT);
	ledger_ops.edge_up(&g->role, &g->role.slots[RIG_FRONT].edge);
	CU_ASSERT_TRUE(told(g, "backend-a", &m));
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "the day on which a device attested", test_attested },
	{ "a refused device has not stopped", test_refused },
	{ "nobody else speaks for a device", test_others },
	{ "the key that a device gets", test_changed },
	{ "nor does who is not listed", test_unlisted },
	{ "overdue devices are counted", test_count },
	{ "and listed", test_page },
	{ "from which day on", test_before },
	{ "the count has an index", test_index },
	{ "a database of before", test_version_6 },
	{ "a repaired clock", test_repaired },
	{ "the fronts are told", test_told },
	{ NULL, NULL },
};

HARNESS_MAIN("silence", tests)
