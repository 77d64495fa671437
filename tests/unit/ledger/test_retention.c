/*
 * test_retention.c - what the ledger forgets after the retention, and what it
 * must not forget.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/store/enrolments.h"
#include "ledger/store/preregistrations.h"
#include "ledger/store/rollouts.h"
#include "tests/common/roles/ledger_rig.h"
#include "tests/unit/ledger/test_plan_kit.h"

#define DAY_MS UINT64_C(86400000)
#define DAYS 30u

/* A ledger that keeps what it knows for DAYS, or for ever. */
static struct rig *
rig_keeping(uint32_t days)
{
	struct rig *g = rig_new();

	g->config.retention_days = days;
	rig_stop(g);
	rig_start(g);
	rig_key_held(g, 7);
	rig_tick(g);
	CU_ASSERT_TRUE(rig_serves(g));
	return g;
}

static struct store *
store_of(struct rig *g)
{
	return g->ledger.store_manager.store;
}

static struct store_marks
marks_of(struct rig *g)
{
	struct store_marks m = { 0 };

	KIT_OK(store_begin(store_of(g)));
	KIT_OK(store_marks_get(store_of(g), &m));
	KIT_OK(store_commit(store_of(g)));
	return m;
}

/* One tick at a time, as if nothing had been to do until then. */
static void
step_now(struct rig *g)
{
	g->ledger.retention.next_at = 0;
	rig_tick(g);
}

/* The time comes without a jump. */
static void
pass_days(struct rig *g, uint64_t days)
{
	clock_set_wall(KIT_NOW_MS + days * DAY_MS);
	g->ledger.retention.mono_ms = 1;
	g->ledger.retention.time_ms = KIT_NOW_MS + days * DAY_MS;
}

static void
redeem_one(struct rig *g, uint64_t serial)
{
	const struct wire_verdict v = kit_verdict(serial);

	rig_verdict(g, &v);
	rig_round(g);
	(void)rig_hear_sign(g);
}

static void
test_outcomes_end(void)
{
	struct rig *g = rig_keeping(DAYS);

	for (uint64_t i = 1; i <= 5; i++)
		redeem_one(g, i);
	pass_days(g, DAYS - 1);
	step_now(g);
	CU_ASSERT_EQUAL(marks_of(g).first, 1);
	pass_days(g, DAYS + 1);
	step_now(g); /* its round has swept the spent challenges */
	step_now(g);
	CU_ASSERT_EQUAL(marks_of(g).first, 6);
	CU_ASSERT_EQUAL(marks_of(g).sequence, 5);
	/* The database is as it must be: none is missing, and it goes on. */
	rig_stop(g);
	(void)unlink(kit_path(&g->dir, "ledger.clean")); /* all is checked */
	rig_start(g);
	rig_key_held(g, 7);
	rig_tick(g);
	CU_ASSERT_TRUE(rig_serves(g));
	CU_ASSERT_EQUAL(g->ledger.store_manager.marks.sequence, 5);
	rig_free(g);
}

static void
test_for_ever(void)
{
	struct rig *g = rig_keeping(0);

	redeem_one(g, 1);
	pass_days(g, 30000);
	step_now(g);
	step_now(g);
	CU_ASSERT_EQUAL(marks_of(g).first, 1);
	rig_free(g);
}

/* A clock that is ahead must not cost the records. */
static void
test_clock_jumps(void)
{
	struct rig *g = rig_keeping(DAYS);

	redeem_one(g, 1);
	step_now(g);
	clock_set_wall(KIT_NOW_MS + (DAYS + 1) * DAY_MS);
	step_now(g);
	step_now(g);
	step_now(g);
	CU_ASSERT_EQUAL(marks_of(g).first, 1);
	/* Nor one that was ahead while the ledger was stopped. */
	rig_stop(g);
	clock_set_wall(KIT_NOW_MS + 3 * (DAYS + 1) * DAY_MS);
	rig_start(g);
	rig_key_held(g, 7);
	step_now(g);
	step_now(g);
	CU_ASSERT_EQUAL(marks_of(g).first, 1);
	g->ledger.retention.calm_at = 0; /* a day later */
	step_now(g);
	CU_ASSERT_EQUAL(marks_of(g).first, 2);
	rig_free(g);
}

/* --- permits --------------------------------------------------------------- */

static struct rollout *
rollout_of(const char *release, const char *lifts)
{
	AUTO(buf_release) struct buf text = buf_of(1024);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct rollout *r = NULL;

	buf_printf(&text,
	           "id=\"x\"; version=1; channels:({name=\"stable\";});"
	           "releases:({release=\"%s\"; channel=\"stable\";"
	           "stages:({name=\"all\"; percent=100;});%s});",
	           release, lifts);
	CU_ASSERT_EQUAL_FATAL(rollout_parse(buf_bytes(&text), &why, &r), OK);
	return r;
}

static void
set_rollout(struct rig *g, const char *release, const char *lifts)
{
	struct rollout_file *f = &g->ledger.rollout;

	rollout_free(TAKE(f->in_force));
	f->wanted = true;
	if (release)
		f->in_force = rollout_of(release, lifts);
}

static const struct permit_of permit_of = {
	.handle = { (const uint8_t *)"dh1_a", 5 },
	.release = { (const uint8_t *)"fw-2", 4 },
	.channel = { (const uint8_t *)"stable", 6 },
};

static void
put_permit(struct rig *g, uint64_t given_s)
{
	const struct permit p = { given_s, given_s + 3600, 2, 1 };

	KIT_OK(store_begin(store_of(g)));
	KIT_OK(store_permit_put(store_of(g), &permit_of, &p));
	KIT_OK(store_commit(store_of(g)));
}

static bool
has_permit(struct rig *g)
{
	struct permit p;
	err_t err = store_permit(store_of(g), &permit_of, &p);

	CU_ASSERT(err == OK || (err == E_NOT_FOUND));
	return err == OK;
}

/* All releases are looked at once. */
static void
step_around(struct rig *g)
{
	for (int i = 0; i < 4; i++)
		step_now(g);
}

static void
test_permits_end(void)
{
	struct rig *g = rig_keeping(DAYS);

	put_permit(g, KIT_NOW_S);
	set_rollout(g, "fw-2", "");
	pass_days(g, 5 * DAYS);
	step_around(g);
	CU_ASSERT(has_permit(g)); /* however old: a file has the release */

	set_rollout(g, "fw-3", "");
	step_around(g);
	CU_ASSERT(has_permit(g)); /* gone since just now */
	pass_days(g, 6 * DAYS - 1);
	step_around(g);
	CU_ASSERT(has_permit(g));

	/* It came back meanwhile, in a file that waits: all begins anew. */
	g->ledger.rollout.next = rollout_of("fw-2", "");
	step_around(g);
	rollout_free(TAKE(g->ledger.rollout.next));
	pass_days(g, 6 * DAYS + 5);
	step_around(g);
	CU_ASSERT(has_permit(g));

	/* Nobody knows what a file has that is away. */
	set_rollout(g, NULL, "");
	pass_days(g, 9 * DAYS);
	step_around(g);
	CU_ASSERT(has_permit(g));
	set_rollout(g, "fw-3", "");
	step_around(g);
	CU_ASSERT_FALSE(has_permit(g));
	rig_free(g);
}

/* One that is valid, or expired a short time ago, stays. */
static void
test_permits_valid(void)
{
	struct rig *g = rig_keeping(DAYS);

	put_permit(g, KIT_NOW_S + 2 * DAYS * DAY_MS / 1000);
	set_rollout(g, "fw-3", "");
	step_around(g);
	pass_days(g, 3 * DAYS - 1);
	step_around(g);
	CU_ASSERT(has_permit(g));
	pass_days(g, 3 * DAYS + 1);
	step_around(g);
	CU_ASSERT_FALSE(has_permit(g));
	rig_free(g);
}

/* --- stops ----------------------------------------------------------------- */

static void
add_stop(struct rig *g)
{
	struct stop stop = { .id = { 1 }, .stopped_ms = KIT_NOW_MS };

	CU_ASSERT(store_small_set(&stop.release, bytes_of_str("fw-2")));
	CU_ASSERT(store_small_set(&stop.who, bytes_of_str("an officer")));
	CU_ASSERT(store_small_set(&stop.reason, bytes_of_str("why")));
	KIT_OK(store_begin(store_of(g)));
	KIT_OK(store_stop_add(store_of(g), &stop));
	KIT_OK(store_commit(store_of(g)));
}

static bool
has_author(struct rig *g)
{
	struct stop stop = { 0 };

	KIT_OK(store_stop(store_of(g), (const uint8_t[CTI_SIZE]){ 1 }, &stop));
	return stop.who.len + stop.reason.len > 0;
}

/* A stop holds for ever; who made it is forgotten when it was lifted. */
static void
test_stops(void)
{
	static const char lifts[] =
	        "lifts=[\"01000000000000000000000000000000\"];";
	struct rig *g = rig_keeping(DAYS);
	store_id ids[STORE_STOPS_MAX];
	size_t n = 0;

	add_stop(g);
	set_rollout(g, "fw-2", "");
	pass_days(g, 9 * DAYS);
	step_around(g);
	CU_ASSERT(has_author(g)); /* it is in force */
	set_rollout(g, "fw-2", lifts);
	pass_days(g, DAYS - 1);
	g->ledger.store_manager.marks.time_ms = KIT_NOW_MS;
	step_around(g);
	CU_ASSERT(has_author(g)); /* not yet */
	pass_days(g, DAYS + 1);
	step_around(g);
	CU_ASSERT_FALSE(has_author(g));
	KIT_OK(store_stops(store_of(g), bytes_of_str("fw-2"), ids, &n));
	CU_ASSERT_EQUAL(n, 1);
	rig_free(g);
}

/* --- known devices --------------------------------------------------------- */

#define ENDS_S (KIT_NOW_S + DAY_MS / 1000)

/* An entry of a tenant, the digest of which begins so. */
static struct known_device
list_device(struct rig *g, const char *tenant, uint16_t first,
            struct known_device k)
{
	bool added = false;

	k.added_s = KIT_NOW_S;
	memcpy(k.name.digest, &first, sizeof(first));
	KIT_OK(store_begin(store_of(g)));
	KIT_OK(store_known_add(store_of(g), bytes_of_str(tenant), &k, &added));
	KIT_OK(store_commit(store_of(g)));
	CU_ASSERT(added);
	return k;
}

/* A device of the tenant enrols by it. */
static void
use_entry(struct rig *g, const char *tenant, const struct known_device *k,
          const char *handle)
{
	struct enrolment e = { .enrolled_s = KIT_NOW_S,
		               .state = WIRE_DEVICE_ACTIVE };
	bool added = false;

	CU_ASSERT(store_small_set(&e.handle, bytes_of_str(handle)));
	CU_ASSERT(store_small_set(&e.tenant, bytes_of_str(tenant)));
	memcpy(e.identity, k->name.digest, HASH_SIZE);
	KIT_OK(store_begin(store_of(g)));
	KIT_OK(store_enrolment_add(store_of(g), &e, &added));
	KIT_OK(store_known_use(store_of(g), bytes_of_str(tenant), &k->name,
	                       bytes_of_str(handle)));
	KIT_OK(store_commit(store_of(g)));
}

static err_t
count_entry(const struct known_device *k, void *user)
{
	(void)k;
	++*(size_t *)user;
	return OK;
}

static size_t
entries_of(struct rig *g, const char *tenant)
{
	size_t n = 0;
	const struct known_page page = { .tenant = bytes_of_str(tenant),
		                         .limit = 2 * RETENTION_STEP,
		                         .fn = count_entry,
		                         .user = &n };
	bool more = true;

	KIT_OK(store_known_page(store_of(g), &page, &more));
	CU_ASSERT_FALSE(more);
	return n;
}

static const struct known_device one_key = {
	.name.kind = WIRE_PREREGISTRATION_KEY, .devices = 1, .expires_s = ENDS_S
};

/* Of any tenant, whether devices of a batch have enrolled by it or not. */
static void
test_entries_end(void)
{
	struct rig *g = rig_keeping(DAYS);
	struct known_device batch = one_key;

	batch.name.kind = WIRE_PREREGISTRATION_CERTIFICATE;
	batch.devices = 5;
	(void)list_device(g, "t", 1, one_key);
	batch = list_device(g, "u", 2, batch);
	use_entry(g, "u", &batch, "dh1_b");
	pass_days(g, DAYS);
	step_now(g);
	CU_ASSERT_EQUAL(entries_of(g, "t"), 1); /* not yet */
	CU_ASSERT_EQUAL(entries_of(g, "u"), 1);
	pass_days(g, DAYS + 1);
	step_now(g);
	CU_ASSERT_EQUAL(entries_of(g, "t"), 0);
	CU_ASSERT_EQUAL(entries_of(g, "u"), 0);
	rig_free(g);
}

/* One without an end, and the one by which a single device is enrolled. */
static void
test_entries_stay(void)
{
	struct rig *g = rig_keeping(DAYS);
	struct known_device endless = one_key;

	endless.expires_s = 0;
	(void)list_device(g, "t", 1, endless);
	const struct known_device used = list_device(g, "u", 2, one_key);
	use_entry(g, "u", &used, "dh1_a");
	pass_days(g, 9 * DAYS);
	step_now(g);
	CU_ASSERT_EQUAL(entries_of(g, "t") + entries_of(g, "u"), 2);
	rig_free(g);
}

static void
test_entries_in_steps(void)
{
	struct rig *g = rig_keeping(DAYS);

	for (uint16_t i = 0; i < RETENTION_STEP + 6; i++)
		(void)list_device(g, "t", i, one_key);
	expect_plan(store_of(g), ST_KNOWN_END, "preregistrations_expires");
	pass_days(g, 2 * DAYS);
	step_now(g);
	CU_ASSERT_EQUAL(entries_of(g, "t"), 6);
	CU_ASSERT(g->ledger.retention.next_at <
	          clock_mono_ms() + RETENTION_IDLE_MS / 2); /* it goes on */
	step_now(g);
	CU_ASSERT_EQUAL(entries_of(g, "t"), 0);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "outcomes end, and the sequence goes on", test_outcomes_end },
	{ "nothing ends without a retention", test_for_ever },
	{ "a clock that jumps deletes nothing", test_clock_jumps },
	{ "permits of releases that are gone end", test_permits_end },
	{ "a permit is kept from its expiry on", test_permits_valid },
	{ "a stop is kept, its author is not", test_stops },
	{ "entries of known devices that ended end", test_entries_end },
	{ "an entry without an end or of a device stays", test_entries_stay },
	{ "entries end in steps, by their index", test_entries_in_steps },
	{ NULL, NULL },
};

HARNESS_MAIN("retention", tests)
