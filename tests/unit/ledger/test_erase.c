/*
 * test_erase.c - a tenant is erased: step by step, interrupted, and with nothing of
 * it left in any file.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/token/challenge.h"
#include "ledger/store/erase.h"
#include "ledger/store/open.h"
#include "ledger/store/outcomes.h"
#include "ledger/store/preregistrations.h"
#include "ledger/store/silence.h"
#include "tests/unit/ledger/test_privacy_kit.h"
#include "tests/unit/ledger/test_redeem_kit.h"

#define DEVICES (ERASE_STEP + 900u)
#define CLIENT "URI:urn:x:officer"
#define WORDS "ticket 4711"

static void
add_stop(struct store *s, uint8_t id, const char *who)
{
	struct stop stop = { .id = { id }, .stopped_ms = KIT_NOW_MS };

	CU_ASSERT(store_small_set(&stop.release, bytes_of_str("fw-9")));
	CU_ASSERT(store_small_set(&stop.who, bytes_of_str(who)));
	CU_ASSERT(store_small_set(&stop.reason, bytes_of_str(WORDS)));
	KIT_OK(store_begin(s));
	KIT_OK(store_stop_add(s, &stop));
	KIT_OK(store_commit(s));
}

#define LISTED (ERASE_STEP + 3u)

/* Devices that are known before they enrol, and when one attested. */
static void
list_devices(struct store *s, const char *tenant, unsigned n)
{
	struct known_device k = {
		.name.kind = WIRE_PREREGISTRATION_KEY,
		.devices = 1,
		.added_s = 1,
	};
	bool added = false;

	KIT_OK(store_begin(s));
	for (unsigned i = 0; i < n; i++) {
		memcpy(k.name.digest, &i, sizeof(i));
		KIT_OK(store_known_add(s, bytes_of_str(tenant), &k, &added));
		CU_ASSERT(added);
	}
	KIT_OK(store_tenant_attested(s, bytes_of_str(tenant), 1795000000));
	KIT_OK(store_commit(s));
}

/* Two tenants, one of them with a deleted device, and outcomes by turns. */
static void
fill(struct store *s)
{
	const struct enrolment gone = privacy_device("tenant-a", 1);
	bool deleted = false;

	privacy_fill(s, "tenant-a", DEVICES);
	privacy_fill(s, "tenant-b", 50);
	for (unsigned i = 0; i < 20; i++) {
		const struct enrolment e =
		        privacy_device(i % 2 ? "tenant-b" : "tenant-a", i + 2);
		privacy_redeem(s, &e, i + 1);
	}
	KIT_OK(store_begin(s));
	KIT_OK(store_enrolment_delete(s, store_small_bytes(&gone.tenant),
	                              store_small_bytes(&gone.handle),
	                              &deleted));
	KIT_OK(store_commit(s));
	list_devices(s, "tenant-a", LISTED);
	list_devices(s, "tenant-b", 5);
	add_stop(s, 1, CLIENT);
	add_stop(s, 2, "URI:urn:x:other");
}

static void
expect_counts(const struct erased *n)
{
	CU_ASSERT_EQUAL(n->enrolments, DEVICES - 1);
	CU_ASSERT_EQUAL(n->facts, 2 * (DEVICES - 1));
	CU_ASSERT_EQUAL(n->permits, DEVICES);
	CU_ASSERT_EQUAL(n->listed, LISTED);
	CU_ASSERT_EQUAL(n->outcomes, 10);
	CU_ASSERT_EQUAL(n->redemptions, 10);
	CU_ASSERT_EQUAL(n->stops, 1);
}

static struct erasure
erasure_of(const char *tenant)
{
	return (struct erasure){ .tenant = bytes_of_str(tenant),
		                 .client = bytes_of_str(CLIENT) };
}

/* The database is whole, with the other tenant as it was. */
static void
check_rest(const struct kit_dir *d)
{
	const struct store_opening how = { .whole = true };
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(store_close) struct store *s = NULL;
	struct enrolment e;
	struct erased n;

	KIT_OK(store_open_as(d->path, &how, &why, &s));
	struct erasure b = erasure_of("tenant-b");
	KIT_OK(store_erase_look(s, &b, &n));
	CU_ASSERT_EQUAL(n.enrolments, 50);
	CU_ASSERT_EQUAL(n.facts, 100);
	CU_ASSERT_EQUAL(n.permits, 50);
	CU_ASSERT_EQUAL(n.listed, 5);
	CU_ASSERT_EQUAL(n.outcomes, 10);
	CU_ASSERT_EQUAL(n.redemptions, 10);
	const struct enrolment one = privacy_device("tenant-b", 1);
	KIT_OK(store_enrolment_of(s, bytes_of_str("tenant-b"), one.identity,
	                          &e));
	CU_ASSERT_EQUAL(e.facts.n, 2);
	struct stop stop;
	KIT_OK(store_stop(s, (const uint8_t[CTI_SIZE]){ 1 }, &stop));
	CU_ASSERT(bytes_equal_str(store_small_bytes(&stop.release), "fw-9"));
	CU_ASSERT_EQUAL(stop.who.len + stop.reason.len, 0);
	KIT_OK(store_stop(s, (const uint8_t[CTI_SIZE]){ 2 }, &stop));
	CU_ASSERT(bytes_equal_str(store_small_bytes(&stop.reason), WORDS));
}

static void
check_no_trace(const struct kit_dir *d)
{
	AUTO(buf_release) struct buf files = kit_snapshot(d->path);

	CU_ASSERT(found_in(&files, bytes_of_str("tenant-b")) > 50);
	CU_ASSERT_EQUAL(found_in(&files, bytes_of_str("tenant-a")), 0);
	CU_ASSERT_EQUAL(found_in(&files, bytes_of_str(CLIENT)), 0);
	for (unsigned i = 0; i < DEVICES; i += 7) {
		const struct enrolment e = privacy_device("tenant-a", i);

		CU_ASSERT_EQUAL(found_in(&files, store_small_bytes(&e.handle)),
		                0);
		CU_ASSERT_EQUAL(found_beside_handle(&files, &e), 0);
	}
}

static void
test_erase(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct erasure e = erasure_of("tenant-a");
	struct erased look, sum = { 0 };
	bool more = true;
	unsigned steps = 0;

	fill(s);
	AUTO(buf_release) struct buf before = kit_snapshot(d.path);
	CU_ASSERT(found_in(&before, bytes_of_str("tenant-a")) > DEVICES);
	CU_ASSERT(found_in(&before, bytes_of_str(CLIENT)) > 0);
	KIT_OK(store_erase_look(s, &e, &look));
	expect_counts(&look);
	for (; more; steps++) {
		KIT_OK(store_erase_step(s, &e, &sum, &more));
		if (steps > 0)
			continue;
		/* Interrupted: it is begun again, and goes on. */
		CU_ASSERT(sum.enrolments < DEVICES - 1);
		store_close(s);
		s = kit_open(&d);
		e = erasure_of("tenant-a");
	}
	CU_ASSERT(steps > 2);
	expect_counts(&sum);
	KIT_OK(store_erase_end(s, d.path));
	KIT_OK(store_erase_look(s, &e, &look));
	CU_ASSERT_EQUAL(look.enrolments + look.facts + look.permits, 0);
	CU_ASSERT_EQUAL(look.outcomes + look.redemptions + look.stops, 0);
	check_no_trace(&d);
	store_end(s);
	check_no_trace(&d);
	check_rest(&d);
	kit_remove(&d);
}

static void
run_sql(const struct kit_dir *d, const char *sql)
{
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(d, STORE_FILE), &db),
	                      SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_close(db), SQLITE_OK);
}

/* What an earlier program deleted without overwriting it goes, too. */
static void
test_left_before(void)
{
	struct kit_dir d = kit_dir();
	struct erasure e = erasure_of("tenant-a");
	struct erased sum = { 0 };
	bool more = true;

	store_close(kit_open(&d));
	run_sql(&d, "PRAGMA secure_delete = OFF;"
	            "INSERT INTO enrolments (handle, tenant, identity,"
	            " enrolled_s, state, format) VALUES ('dh1_left_behind',"
	            " 'tenant-a', zeroblob(32), 1, 1, 'f');"
	            "DELETE FROM enrolments");
	struct store *s = kit_open(&d);
	AUTO(buf_release) struct buf before = kit_snapshot(d.path);
	CU_ASSERT(found_in(&before, bytes_of_str("dh1_left_behind")) > 0);
	while (more)
		KIT_OK(store_erase_step(s, &e, &sum, &more));
	KIT_OK(store_erase_end(s, d.path));
	AUTO(buf_release) struct buf after = kit_snapshot(d.path);
	CU_ASSERT_EQUAL(found_in(&after, bytes_of_str("dh1_left_behind")), 0);
	store_close(s);
	kit_remove(&d);
}

/* --- what stays ------------------------------------------------------------ */

static err_t
count_outcome(void *user, const struct outcome *o)
{
	unsigned *n = user;

	CU_ASSERT(o->tenant.len > 0);
	(*n)++;
	return OK;
}

/* The empty rows are shown to nobody; pages go on beyond them. */
static void
test_readers(void)
{
	const struct outcome_query all = { .rows = 100, .scan = 1000 };
	const struct outcome_query since = {
		.filter = { .since_ms = KIT_NOW_MS }, .rows = 3, .scan = 1000
	};
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct erasure e = erasure_of("tenant-a");
	struct erased sum = { 0 };
	unsigned n = 0;
	uint64_t next = 0;
	bool more = true;

	fill(s);
	while (more)
		KIT_OK(store_erase_step(s, &e, &sum, &more));
	KIT_OK(store_outcomes(s, &all, count_outcome, &n, &next));
	CU_ASSERT_EQUAL(n, 10);
	n = 0;
	KIT_OK(store_outcomes(s, &since, count_outcome, &n, &next));
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT_EQUAL(next, 6);
	store_close(s);
	kit_remove(&d);
}

/* A challenge that was spent before is not redeemed again, and its result is not
 * handed out again. */
static void
test_replay(void)
{
	struct bench b = bench_of();
	struct erasure e = erasure_of("backend-a");
	struct erased sum = { 0 };
	const struct wire_verdict v = kit_verdict(1);
	bool more = true;

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	KIT_OK(store_begin(b.t.store));
	KIT_OK(store_jwt_set(b.t.store, v.cti, bytes_of_str("the result")));
	KIT_OK(store_marks_set(
	        b.t.store,
	        &(struct store_marks){ .sequence = 1, .time_ms = b.t.now_ms }));
	KIT_OK(store_commit(b.t.store));
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_FALSE(b.fresh); /* an honest retry */
	while (more)
		KIT_OK(store_erase_step(b.t.store, &e, &sum, &more));
	KIT_OK(store_erase_end(b.t.store, b.dir.path));
	CU_ASSERT_EQUAL(sum.redemptions, 1);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_REPLAYED));
	CU_ASSERT_EQUAL(b.spent.jwt.len, 0);
	bench_end(&b);
}

static const struct harness_test tests[] = {
	{ "erases one tenant and leaves the other", test_erase },
	{ "erases what was left behind before", test_left_before },
	{ "shows no empty outcome", test_readers },
	{ "a spent challenge stays spent", test_replay },
	{ NULL, NULL },
};

HARNESS_MAIN("erase", tests)
