/*
 * test_outcome_list.c - `anchorctl outcome list`: what an auditor gets from a
 * backup and from a stopped service's directory, and what is refused.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/ctl.h"
#include "tests/common/base/files.h"
#include "tests/common/roles/ledger_kit.h"
#include "ledger/store/backup.h"
#include "ledger/store/open.h"

#define N 60u

/* A ledger's directory, and a private one with a backup of it. */
static struct rig {
	struct kit_dir ledger;
	char place[64], backup[128];
} rig;

static struct outcome
row_of(uint64_t n)
{
	struct outcome o = kit_outcome(n);

	o.recorded_ms = KIT_NOW_MS + n * 1000;
	o.reasons = n % 4 == 0   ? reason_bit(REASON_PCR_MISMATCH)
	            : n % 4 == 1 ? reason_bit(REASON_PCR_MISMATCH) |
	                                   reason_bit(REASON_BOOT_STATE)
	                         : 0;
	o.workflow = n % WORKFLOW_COUNT;
	(void)store_small_set(
	        &o.tenant,
	        bytes_of_str(n % 3 == 0 ? "backend-b" : "backend-a"));
	(void)store_small_set(&o.channel,
	                      bytes_of_str(n % 2 ? "beta" : "stable"));
	(void)store_small_set(&o.shadow_id,
	                      bytes_of_str(n % 5 == 0 ? "next" : ""));
	o.shadow_reasons =
	        n % 5 == 0 && n % 4 > 1 ? reason_bit(REASON_PATCH_LEVEL) : 0;
	return o;
}

static void
fill_ledger(uint64_t n)
{
	struct store *s = kit_open(&rig.ledger);
	struct store_marks m;

	KIT_OK(store_begin(s));
	for (uint64_t i = 1; i <= n; i++) {
		const struct outcome o = row_of(i);

		KIT_OK(store_outcome_add(s, &o));
	}
	KIT_OK(store_marks_get(s, &m));
	m.sequence = n;
	KIT_OK(store_marks_set(s, &m));
	KIT_OK(store_commit(s));
	store_end(s);
}

static void
rig_open(uint64_t n)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct store_facts facts;

	snprintf(rig.place, sizeof(rig.place), "/tmp/anchord-outcomes-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(rig.place));
	snprintf(rig.backup, sizeof(rig.backup), "%s/backup", rig.place);
	rig.ledger = kit_dir();
	fill_ledger(n);
	KIT_OK(store_backup(rig.ledger.path, rig.backup, &why, &facts));
}

static void
rig_close(void)
{
	(void)unlink(rig.backup);
	CU_ASSERT_EQUAL(rmdir(rig.place), 0);
	kit_remove(&rig.ledger);
}

static struct ctl
list(const char *where, const char *const *options)
{
	const char *words[16] = { "outcome", "list", where };
	size_t n = 3;

	for (; *options; options++)
		words[n++] = *options;
	words[n] = NULL;
	return ctl_run(words, NULL);
}

#define LIST(where, ...) list(where, (const char *const[]){ __VA_ARGS__, NULL })

static json_t *
json_of(struct ctl *c)
{
	json_t *document = json_loads(buf_str(&c->out), 0, NULL);

	CU_ASSERT_EQUAL(c->status, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(document);
	return document;
}

/* --- the list ------------------------------------------------------------- */

static void
check_list(const char *where)
{
	AUTO(ctl_release) struct ctl c = LIST(where, "--json");
	AUTO(ctl_release) struct ctl text = LIST(where, "--limit", "5");
	json_t *d = json_of(&c);
	const json_t *rows = json_object_get(d, "outcomes");

	CU_ASSERT_TRUE(ctl_is_clean(&c.out));
	CU_ASSERT_EQUAL(json_array_size(rows), N);
	CU_ASSERT_PTR_NULL(json_object_get(d, "next"));
	for (size_t i = 0; i < N; i++)
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(
		                        json_array_get(rows, i), "sequence")),
		                (json_int_t)i + 1);
	json_decref(d);
	CU_ASSERT_EQUAL(text.status, 0);
	CU_ASSERT_TRUE(ctl_is_clean(&text.out));
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&text.out), "boot-state,pcr-mismatch"));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text.out), "--after 5"));
}

/* Neither place is written to. */
static void
test_list(void)
{
	rig_open(N);
	AUTO(buf_release) struct buf before = kit_snapshot(rig.ledger.path);
	AUTO(buf_release) struct buf backup = kit_snapshot(rig.place);
	check_list(rig.backup);
	check_list(rig.ledger.path);
	AUTO(buf_release) struct buf after = kit_snapshot(rig.ledger.path);
	AUTO(buf_release) struct buf still = kit_snapshot(rig.place);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&backup), buf_bytes(&still)));
	rig_close();
}

static const struct filter_row {
	const char *option, *value;
	size_t n;
} filters[] = {
	{ "--after", "50", 10 },
	{ "--limit", "7", 7 },
	{ "--since", "2026-11-18T11:07:10Z", 31 },
	{ "--until", "2026-11-18T11:07:10Z", 29 },
	{ "--tenant", "backend-b", 20 },
	{ "--tenant", "backend-c", 0 },
	{ "--reason", "boot-state", 15 },
	{ "--eligible", "true", 30 },
	{ "--eligible", "false", 30 },
	{ "--workflow", "metadata", 12 },
	{ "--channel", "beta", 30 },
	{ "--shadow", "next", 12 },
	{ "--shadow", "nex", 0 },
	{ "--difference", "any", 12 },
	{ "--difference", "refuses", 6 },
	{ "--difference", "accepts", 6 },
	{ "--difference", "reasons", 0 },
};

static void
test_filters(void)
{
	rig_open(N);
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		const struct filter_row *f = &filters[i];
		AUTO(ctl_release)
		struct ctl c = LIST(rig.backup, "--json", f->option, f->value);
		json_t *d = json_of(&c);
		size_t n = json_array_size(json_object_get(d, "outcomes"));

		if (n != f->n)
			fprintf(stderr, "%s %s: %zu\n", f->option, f->value, n);
		CU_ASSERT_EQUAL(n, f->n);
		json_decref(d);
	}
	AUTO(ctl_release)
	struct ctl c = LIST(rig.backup, "--json", "--tenant", "backend-b",
	                    "--channel", "beta", "--eligible", "false",
	                    "--after", "9", "--limit", "2");
	json_t *d = json_of(&c);
	const json_t *rows = json_object_get(d, "outcomes");
	CU_ASSERT_EQUAL(json_array_size(rows), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(
	                        json_array_get(rows, 0), "sequence")),
	                21);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(d, "next")), 33);
	json_decref(d);
	rig_close();
}

static void
test_count(void)
{
	rig_open(N);
	AUTO(ctl_release) struct ctl c = LIST(rig.backup, "--json", "--count");
	AUTO(ctl_release) struct ctl text = LIST(rig.backup, "--count");
	AUTO(ctl_release)
	struct ctl b = LIST(rig.backup, "--count", "--tenant", "backend-b");
	json_int_t all = 0, good = 0, pcr = 0, boot = 0, first = 0;
	json_t *d = json_of(&c);

	CU_ASSERT_EQUAL(json_unpack(d, "{s:I,s:I,s:{s:I,s:I},s:[{s:I},{}]}",
	                            "outcomes", &all, "eligible", &good,
	                            "reasons", "pcr-mismatch", &pcr,
	                            "boot-state", &boot, "tenants", "outcomes",
	                            &first),
	                0);
	CU_ASSERT(all == N && good == N / 2 && pcr == N / 2 && boot == N / 4);
	CU_ASSERT_EQUAL(first, 40);
	json_decref(d);
	CU_ASSERT_TRUE(ctl_is_clean(&text.out));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text.out), "15  boot-state"));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&b.out), "20 outcomes"));
	CU_ASSERT_PTR_NULL(strstr(buf_str(&b.out), "backend-a"));
	rig_close();
}

/* --- what is refused ------------------------------------------------------ */

static void
test_usage(void)
{
	static const char *const bad[][2] = {
		{ "--after", "x" },
		{ "--after", "9223372036854775808" },
		{ "--limit", "0" },
		{ "--limit", "-1" },
		{ "--since", "tuesday" },
		{ "--until", "1970-01-01T00:00:00Z" },
		{ "--tenant", "A B" },
		{ "--tenant", "" },
		{ "--reason", "no-such-reason" },
		{ "--eligible", "yes" },
		{ "--workflow", "delete" },
		{ "--channel", "" },
	};

	rig_open(1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(ctl_release)
		struct ctl c = LIST(rig.backup, bad[i][0], bad[i][1]);

		if (c.status != 2)
			fprintf(stderr, "%s %s\n", bad[i][0], bad[i][1]);
		CU_ASSERT_EQUAL(c.status, 2);
		CU_ASSERT_EQUAL(c.out.len, 0);
	}
	rig_close();
}

static int
status_of_backup(void)
{
	AUTO(ctl_release) struct ctl c = LIST(rig.backup, "--json");

	CU_ASSERT_EQUAL(c.out.len == 0, c.status != 0);
	return c.status;
}

/* Puts bytes over the backup's at that place; the status of reading it. */
static int
status_with(off_t at, const void *data, size_t n)
{
	FILE *f = fopen(rig.backup, "r+");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fseeko(f, at, SEEK_SET), 0);
	CU_ASSERT_EQUAL(fwrite(data, 1, n, f), n);
	fclose(f);
	return status_of_backup();
}

static void
test_garbage(void)
{
	static const char noise[8192] = "no database";
	static const uint8_t zeros[64];
	char beside[256];

	rig_open(N);
	/* a log beside it: a part of a ledger's own files */
	snprintf(beside, sizeof(beside), "%s-wal", rig.backup);
	CU_ASSERT_TRUE(file_write_text(beside, "x"));
	CU_ASSERT_EQUAL(status_with(0, "S", 1), 1);
	CU_ASSERT_EQUAL(unlink(beside), 0);
	CU_ASSERT_EQUAL(status_of_backup(), 0);
	/* a page of rows: found by the check of all pages */
	CU_ASSERT_EQUAL(status_with(4096L * 9, noise, 64), 1);
	/* the header: another program's, then none */
	CU_ASSERT_EQUAL(status_with(68, "\0\0\0\1", 4), 1);
	CU_ASSERT_EQUAL(status_with(0, zeros, sizeof(zeros)), 1);
	AUTO(ctl_release) struct ctl none = LIST("/nowhere/at/all", "--json");
	CU_ASSERT_EQUAL(none.status, 3);
	AUTO(ctl_release) struct ctl device = LIST("/dev/null", "--json");
	CU_ASSERT_EQUAL(device.status, 1);
	AUTO(ctl_release) struct ctl empty = LIST(rig.place, "--json");
	CU_ASSERT_EQUAL(empty.status, 3);
	rig_close();
}

/* While the service runs its directory is locked: a backup is what is read. */
static void
test_in_use(void)
{
	rig_open(N);
	struct store *s = kit_open(&rig.ledger);
	AUTO(ctl_release) struct ctl c = LIST(rig.ledger.path, "--json");
	CU_ASSERT_EQUAL(c.status, 1);
	CU_ASSERT_EQUAL(c.out.len, 0);
	store_close(s);
	rig_close();
}

/* --- memory --------------------------------------------------------------- */

static long
peak_kb(void)
{
	struct rusage r;

	CU_ASSERT_EQUAL(getrusage(RUSAGE_CHILDREN, &r), 0);
	return r.ru_maxrss;
}

#ifdef ANCHORD_SAN /* what is freed waits in its quarantine */
#define GROWTH_KB (1024L * 1024)
#else
#define GROWTH_KB 3072L
#endif

/* The peak is that of all commands so far. */
static void
test_flat(void)
{
	rig_open(1000);
	AUTO(ctl_release)
	struct ctl few =
	        ctl_run((const char *const[]){ "outcome", "list", "--json",
	                                       rig.backup, NULL },
	                "/dev/null");
	CU_ASSERT_EQUAL(few.status, 0);
	rig_close();
	long before = peak_kb();
	rig_open(40000);
	AUTO(ctl_release)
	struct ctl many =
	        ctl_run((const char *const[]){ "outcome", "list", "--json",
	                                       rig.backup, NULL },
	                "/dev/null");
	CU_ASSERT_EQUAL(many.status, 0);
	long after = peak_kb();
	if (after > before + GROWTH_KB)
		fprintf(stderr, "%ld kB, then %ld kB\n", before, after);
	CU_ASSERT_TRUE(after <= before + GROWTH_KB);
	rig_close();
}

static const struct harness_test tests[] = {
	{ "memory that does not grow", test_flat }, /* first: a peak */
	{ "a backup, and a stopped service's directory", test_list },
	{ "each filter, and several", test_filters },
	{ "counts by reason and tenant", test_count },
	{ "values that are none", test_usage },
	{ "garbage", test_garbage },
	{ "a ledger that runs", test_in_use },
	{ NULL, NULL },
};

HARNESS_MAIN("outcome_list", tests)
