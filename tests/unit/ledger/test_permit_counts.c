/*
 * test_permit_counts.c - the remembered numbers of permits are those of the table,
 * whatever is done to permits, and what an ask under a limit costs does not grow with
 * them.  SQLite counts the steps of its statements, so a busy machine changes nothing.
 */
#include <sqlite3.h>

#include "eligibility/eligibility.h"
#include "ledger/store/erase.h"
#include "ledger/store/retention.h"
#include "ledger/store/sqlite.h"
#include "tests/unit/ledger/test_privacy_kit.h"
#include "tests/unit/ledger/test_redeem_kit.h"
#include "tests/unit/ledger/test_steps_kit.h"

/* --- the numbers ----------------------------------------------------------- */

#define CHANNEL "stable"
#define TENANT "backend-a"
#define DEVICES 12u
#define ROUNDS 3000u
#define GROUP 100u /* in a transaction */
#define PERIOD_S 60

static const char *const releases[] = { "fw-2", "fw-3", "fw-4" };

struct table {
	struct kit_dir dir;
	struct store *s;
	uint64_t now_s;
	uint32_t random;
};

static unsigned
draw_below(struct table *t, unsigned n)
{
	t->random = t->random * 1664525u + 1013904223u;
	return (t->random >> 8) % n;
}

static uint64_t
count_by_sql(struct table *t, const char *release, const char *what,
             uint64_t at)
{
	AUTO(buf_release) struct buf sql = buf_of(256);
	sqlite3_stmt *st = NULL;

	buf_printf(&sql,
	           "SELECT count(*) FROM permits WHERE release = '%s' AND "
	           "channel = '" CHANNEL "' AND %s > %llu",
	           release, what, (unsigned long long)at);
	CU_ASSERT_EQUAL_FATAL(
	        sqlite3_prepare_v2(t->s->db, buf_str(&sql), -1, &st, NULL),
	        SQLITE_OK);
	CU_ASSERT_EQUAL_FATAL(sqlite3_step(st), SQLITE_ROW);
	uint64_t n = (uint64_t)sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return n;
}

static bool
is_counted(struct table *t, const char *release)
{
	static const char *const columns[] = { "expires_s", "given_s",
		                               "finished" };
	const uint64_t at_s[] = { t->now_s, t->now_s - PERIOD_S, 0 };
	const struct permit_of of = { bytes_of(NULL, 0), bytes_of_str(release),
		                      bytes_of_str(CHANNEL) };
	bool same = true;

	for (unsigned i = 0; i < ARRAY_LEN(columns); i++) {
		struct permits_query q = { .at_s = at_s[i], .most = 5 };
		uint64_t wanted = count_by_sql(t, release, columns[i], at_s[i]);
		uint64_t few = 0, n = 0;

		q.which = i;
		KIT_OK(store_permits(t->s, &q, &of, &few));
		q.most = INT64_MAX;
		KIT_OK(store_permits(t->s, &q, &of, &n));
		same &= n == wanted && few == (wanted < 5 ? wanted : 5);
	}
	return same;
}

static void
change_permit(struct table *t, const char *release)
{
	const struct enrolment e =
	        privacy_device(TENANT, draw_below(t, DEVICES));
	const struct permit_of of = { store_small_bytes(&e.handle),
		                      bytes_of_str(release),
		                      bytes_of_str(CHANNEL) };
	struct permit p = { 0 };
	err_t err = store_permit(t->s, &of, &p);

	CU_ASSERT(err == OK || err == E_NOT_FOUND);
	if (draw_below(t, 3) == 0) {
		p.finished = 1;
	} else {
		p.given_s = t->now_s;
		p.expires_s = t->now_s + draw_below(t, 200);
		p.attempts++;
	}
	KIT_OK(store_permit_put(t->s, &of, &p));
}

static void
delete_permits(struct table *t, const char *release)
{
	struct permit_release of = { 0 };
	uint64_t n = 0;

	CU_ASSERT(store_small_set(&of.release, bytes_of_str(release)));
	CU_ASSERT(store_small_set(&of.channel, bytes_of_str(CHANNEL)));
	KIT_OK(store_permits_delete(t->s, &of, t->now_s - 10, 4, &n));
}

/* A device is deleted, and its permits stay; then it enrols again. */
static void
delete_device(struct table *t)
{
	const struct enrolment e =
	        privacy_device(TENANT, draw_below(t, DEVICES));
	bool done = false;

	KIT_OK(store_enrolment_delete(t->s, store_small_bytes(&e.tenant),
	                              store_small_bytes(&e.handle), &done));
	CU_ASSERT(done);
	KIT_OK(store_enrolment_add(t->s, &e, &done));
	CU_ASSERT(done);
}

static void
do_something(struct table *t)
{
	const char *release = releases[draw_below(t, ARRAY_LEN(releases))];
	struct store_repair done;

	switch (draw_below(t, 40)) {
	case 0:
		t->now_s += draw_below(t, 400);
		break;
	case 1:
		t->now_s -= draw_below(t, 40);
		break;
	case 2:
		delete_permits(t, release);
		break;
	case 3:
		delete_device(t);
		break;
	case 4:
		t->now_s -= draw_below(t, 100);
		KIT_OK(store_repair(t->s, t->now_s * 1000, &done));
		break;
	default:
		t->now_s += draw_below(t, 3);
		change_permit(t, release);
	}
}

static struct table
table_of(void)
{
	struct table t = { .dir = kit_dir(), .now_s = KIT_NOW_S, .random = 7 };

	t.s = kit_open(&t.dir);
	privacy_fill(t.s, TENANT, DEVICES);
	return t;
}

static void
table_end(struct table *t)
{
	store_close(t->s);
	kit_remove(&t->dir);
}

static void
test_same(void)
{
	struct table t = table_of();
	unsigned wrong = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i % GROUP == 0)
			KIT_OK(store_begin(t.s));
		do_something(&t);
		for (size_t k = 0; k < ARRAY_LEN(releases); k++)
			wrong += !is_counted(&t, releases[k]);
		if (i % GROUP == GROUP - 1)
			KIT_OK(store_commit(t.s));
	}
	CU_ASSERT_EQUAL(wrong, 0);
	table_end(&t);
}

static void
test_erased(void)
{
	struct table t = table_of();
	struct erasure e = { .tenant = bytes_of_str(TENANT) };
	struct erased sum = { 0 };
	bool more = true;

	CU_ASSERT(is_counted(&t, PRIVACY_RELEASE));
	CU_ASSERT_EQUAL(count_by_sql(&t, PRIVACY_RELEASE, "expires_s", t.now_s),
	                DEVICES);
	while (more)
		KIT_OK(store_erase_step(t.s, &e, &sum, &more));
	CU_ASSERT_EQUAL(sum.permits, DEVICES);
	CU_ASSERT(is_counted(&t, PRIVACY_RELEASE));
	table_end(&t);
}

/* More releases than numbers are remembered of. */
static void
test_many_releases(void)
{
	struct table t = table_of();
	const struct enrolment e = privacy_device(TENANT, 1);
	const struct permit p = { t.now_s, t.now_s + 50, 1, 1 };
	unsigned wrong = 0;

	KIT_OK(store_begin(t.s));
	for (unsigned i = 0; i < 3 * COUNTS_MAX; i++) {
		char release[16];

		(void)snprintf(release, sizeof(release), "r-%u",
		               i * 7 % (COUNTS_MAX + 9));
		const struct permit_of of = { store_small_bytes(&e.handle),
			                      bytes_of_str(release),
			                      bytes_of_str(CHANNEL) };
		wrong += !is_counted(&t, release);
		KIT_OK(store_permit_put(t.s, &of, &p));
		wrong += !is_counted(&t, release);
	}
	KIT_OK(store_commit(t.s));
	CU_ASSERT_EQUAL(wrong, 0);
	table_end(&t);
}

/* --- what it costs --------------------------------------------------------- */

#define FEW 100u
#define MANY 5000u
#define ASKS 50u

static const char rules[] =
        "id = \"f\"; version = 1;\n"
        "groups: ( { name = \"all\"; formats = [ \"android-key\" ]; } );\n"
        "channels: ( { name = \"" PRIVACY_CHANNEL "\"; allow = [ \"all\" ];\n"
        "  build = \"count\";\n"
        "  limits = { concurrent = 1000000; rate = 1000000;\n"
        "    period = \"1h\"; permit = \"1h\"; }; } );\n"
        "releases: ( { release = \"" PRIVACY_RELEASE "\";\n"
        "  channel = \"" PRIVACY_CHANNEL "\"; build = 9;\n"
        "  stages = ( { name = \"first\"; group = \"all\"; },\n"
        "    { name = \"rest\"; percent = 100; after_devices = 1000000; } ); } "
        ");\n";

static struct rollout *
rules_of(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct rollout *r = NULL;

	err_t err = rollout_parse(bytes_of_str(rules), &why, &r);
	if (err != OK)
		fprintf(stderr, "%s\n", buf_str(&why));
	CU_ASSERT_EQUAL_FATAL(err, OK);
	return r;
}

/* Enrols a device that has no permit. */
static struct enrolment
enrol_another(struct store *s, unsigned n)
{
	const struct enrolment e = privacy_device(TENANT, n);
	bool added = false;

	KIT_OK(store_begin(s));
	KIT_OK(store_enrolment_add(s, &e, &added));
	KIT_OK(store_commit(s));
	CU_ASSERT(added);
	return e;
}

static void
ask_first(struct bench *b, const struct enrolment *e)
{
	struct wire_verdict v = kit_verdict(b->t.sequence);
	struct permit p = { 0 };
	const struct permit_of of = { store_small_bytes(&e->handle),
		                      bytes_of_str(PRIVACY_RELEASE),
		                      bytes_of_str(PRIVACY_CHANNEL) };

	v.workflow = WORKFLOW_METADATA;
	v.tenant = store_small_bytes(&e->tenant);
	v.format = store_small_bytes(&e->format);
	memcpy(v.identity, e->identity, sizeof(v.identity));
	v.facts = e->facts;
	v.bindings.present = BINDING_BIT(DEVICE) | BINDING_BIT(CHANNEL) |
	                     BINDING_BIT(RELEASE);
	v.bindings.device_handle = of.handle;
	v.bindings.channel = of.channel;
	v.bindings.release = of.release;
	CU_ASSERT_EQUAL(decide(b, &v), 0);
	KIT_OK(store_begin(b->t.store));
	KIT_OK(store_permit(b->t.store, &of, &p));
	KIT_OK(store_commit(b->t.store));
	CU_ASSERT_EQUAL(p.attempts, 1);
}

/* A mean of the steps of a first ask, when these have a permit. */
static int
steps_with(unsigned permits)
{
	struct rollout *r = rules_of();
	struct bench b = bench_of();
	struct enrolment others[ASKS + 1];

	b.t.rollout = r;
	privacy_fill(b.t.store, TENANT, permits);
	for (unsigned i = 0; i <= ASKS; i++)
		others[i] = enrol_another(b.t.store, permits + i);
	ask_first(&b, &others[ASKS]); /* counts them all, once */
	forget_steps(b.t.store);
	for (unsigned i = 0; i < ASKS; i++) {
		b.t.now_ms += 100;
		ask_first(&b, &others[i]);
	}
	CU_ASSERT_EQUAL(steps_of(b.t.store, SQLITE_STMTSTATUS_FULLSCAN_STEP),
	                0);
	int steps = steps_of(b.t.store, SQLITE_STMTSTATUS_VM_STEP);
	bench_end(&b);
	rollout_free(r);
	return steps / (int)ASKS;
}

static void
test_flat(void)
{
	expect_flat(steps_with(FEW), steps_with(MANY));
}

static const struct harness_test tests[] = {
	{ "they are those of the table", test_same },
	{ "also of a tenant that is erased", test_erased },
	{ "also of more releases than are remembered", test_many_releases },
	{ "a first ask costs the same with many permits", test_flat },
	{ NULL, NULL },
};

HARNESS_MAIN("permit_counts", tests)
