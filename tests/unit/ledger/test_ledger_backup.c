/*
 * test_ledger_backup.c - what a backup is, who takes it, and what becomes of one
 * that is put back.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "ledger/store/backup.h"
#include "ledger/store/open.h"
#include "tests/unit/ledger/test_redeem_kit.h"

static const char *
backup_path(const struct kit_dir *d)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/backup", d->path);
	return path;
}

static err_t
back_up(const struct kit_dir *d, struct buf *why, struct store_facts *facts)
{
	buf_reset(why);
	return store_backup(d->path, backup_path(d), why, facts);
}

/* --- what a backup is ----------------------------------------------------- */

/* As the ledger does in the transaction of the outcome. */
static void
count_one(struct store *s)
{
	struct store_marks m;

	KIT_OK(store_begin(s));
	KIT_OK(store_marks_get(s, &m));
	m.sequence = 1;
	KIT_OK(store_marks_set(s, &m));
	KIT_OK(store_commit(s));
}

/* An empty place with a backup of one spent challenge in it. */
static struct kit_dir
with_backup(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct bench b = bench_of();
	struct store_facts facts;
	const struct wire_verdict v = kit_verdict(1);

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	count_one(b.t.store);
	KIT_OK(back_up(&b.dir, &why, &facts));
	CU_ASSERT_EQUAL(facts.lives_open, 1);
	store_close(b.t.store);
	redemption_release(&b.spent);
	(void)unlink(kit_path(&b.dir, STORE_FILE));
	(void)unlink(kit_path(&b.dir, STORE_FILE "-wal"));
	return b.dir;
}

static err_t
open_it(const struct kit_dir *d, struct buf *why)
{
	AUTO(store_close) struct store *s = NULL;

	buf_reset(why);
	return store_open_existing(d->path, why, &s);
}

static void
expect_word(struct buf *why, const char *word)
{
	if (strstr(buf_str(why), word))
		return;
	printf("  said: %s\n", buf_str(why));
	CU_FAIL("another reason");
}

/* It has forgotten what came after it, so no ledger takes it as it is. */
static void
test_no_ledger_takes_it(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir d = with_backup();
	AUTO(buf_release) struct buf from = buf_of(512);

	buf_append_str(&from, backup_path(&d));
	CU_ASSERT_EQUAL(rename(buf_str(&from), kit_path(&d, STORE_FILE)), 0);
	CU_ASSERT_EQUAL(open_it(&d, &why), E_DENIED);
	expect_word(&why, "ledger restore");
	kit_remove(&d);
}

static void
test_refuses(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir d = with_backup();
	struct store_facts facts;
	struct store_repair done;
	char file[128];

	snprintf(file, sizeof(file), "%s", backup_path(&d));
	struct store *s = kit_open(&d); /* a new one, at work */
	CU_ASSERT_EQUAL(back_up(&d, &why, &facts), E_CONFLICT);
	expect_word(&why, "already");
	CU_ASSERT_EQUAL(store_restore(file, d.path, KIT_NOW_MS, &why, &done),
	                E_CONFLICT);
	store_end(s);
	buf_reset(&why);
	CU_ASSERT_EQUAL(store_restore(file, d.path, KIT_NOW_MS, &why, &done),
	                E_CONFLICT);
	expect_word(&why, "move it away");
	KIT_OK(open_it(&d, &why));
	kit_remove(&d);
}

/* Shorter by a page; with a word changed; with code in it; a log beside it. */
static void
spoil(const char *file, int how)
{
	sqlite3 *db = NULL;
	static const char *const sql[] = {
		"DELETE FROM outcomes",
		"CREATE TRIGGER x AFTER INSERT ON redemptions BEGIN"
		" DELETE FROM redemptions; END",
		"UPDATE epochs SET ended_ms = -1",
	};

	if (how == 3) {
		struct stat st;
		CU_ASSERT_EQUAL(stat(file, &st), 0);
		CU_ASSERT_EQUAL(truncate(file, st.st_size - 4096), 0);
		return;
	}
	CU_ASSERT_EQUAL(sqlite3_open(file, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, sql[how], NULL, NULL, NULL),
	                SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_close(db), SQLITE_OK);
}

static void
test_spoiled(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct store_facts facts;
	struct store_repair done;

	for (int how = 0; how < 4; how++) {
		struct kit_dir d = with_backup();
		char file[128];

		snprintf(file, sizeof(file), "%s", backup_path(&d));
		KIT_OK(store_verify(file, &why, &facts));
		spoil(file, how);
		AUTO(buf_release) struct buf before = kit_snapshot(d.path);
		CU_ASSERT_NOT_EQUAL(store_verify(file, &why, &facts), OK);
		AUTO(buf_release) struct buf after = kit_snapshot(d.path);
		CU_ASSERT_TRUE(
		        bytes_equal(buf_bytes(&before), buf_bytes(&after)));
		CU_ASSERT_NOT_EQUAL(
		        store_restore(file, d.path, KIT_NOW_MS, &why, &done),
		        OK);
		CU_ASSERT_NOT_EQUAL(access(kit_path(&d, STORE_FILE), F_OK), 0);
		kit_remove(&d);
	}
}

static void
test_no_backup(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir d = kit_dir();
	struct store_facts facts;
	struct store *s = kit_open(&d);
	char file[128];

	(void)kit_redeem(s, 1);
	snprintf(file, sizeof(file), "%s", kit_path(&d, STORE_FILE));
	CU_ASSERT_EQUAL(store_verify(file, &why, &facts), E_DENIED);
	expect_word(&why, "-wal exists");
	store_end(s);
	KIT_OK(store_verify(file, &why, &facts));
	CU_ASSERT_FALSE(facts.backup);
	kit_remove(&d);
}

/* What others have put where ours is to be. */
static void
test_planted(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir d = kit_dir();
	struct store_facts facts;
	char part[160];

	(void)alarm(HARNESS_WAIT_MS / 1000); /* ends who waits for a writer */
	CU_ASSERT_EQUAL(mkfifo(kit_path(&d, STORE_FILE), 0600), 0);
	CU_ASSERT_NOT_EQUAL(back_up(&d, &why, &facts), OK);
	CU_ASSERT_NOT_EQUAL(open_it(&d, &why), OK);
	(void)alarm(0);
	CU_ASSERT_EQUAL(unlink(kit_path(&d, STORE_FILE)), 0);

	store_end(kit_open(&d));
	snprintf(part, sizeof(part), "%s.part", backup_path(&d));
	CU_ASSERT_EQUAL(mkdir(part, 0777), 0);
	CU_ASSERT_EQUAL(chmod(part, 0777), 0);
	CU_ASSERT_EQUAL(back_up(&d, &why, &facts), E_DENIED);
	expect_word(&why, "another user owns it");
	CU_ASSERT_EQUAL(chmod(part, 0700), 0); /* left by one that was killed */
	KIT_OK(back_up(&d, &why, &facts));
	kit_remove(&d);
}

/* --- put back ------------------------------------------------------------- */

/* What was spent after the copy is not known to it; nobody can spend it again,
 * nor what was spent before. */
static void
test_nothing_spendable(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir d = with_backup();
	struct store_repair done;
	struct bench b = { .dir = d };
	char file[128];

	snprintf(file, sizeof(file), "%s", backup_path(&d));
	KIT_OK(store_restore(file, d.path, KIT_NOW_MS + 5000, &why, &done));
	CU_ASSERT_EQUAL(done.epochs, 1);
	b.t = (struct redeem_terms){
		.store = kit_open(&d),
		.now_ms = KIT_NOW_MS + 6000,
		.horizon_ms = 0, /* the life alone must do */
		.ttl_max_s = 120,
		.sequence = 2,
		.result_ttl_s = 300,
		.jti = { 2 },
	};
	struct wire_verdict v = kit_verdict(1);
	v.evidence[0]++;
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_REPLAYED));
	v = kit_verdict(2);
	CU_ASSERT_EQUAL(decide(&b, &v), BIT(CHALLENGE_EPOCH_LOST));
	CU_ASSERT_EQUAL(b.outcome.redeemed, 0);

	/* Of a life that it has never heard of: by its horizon. */
	struct store_marks m;
	KIT_OK(store_begin(b.t.store));
	KIT_OK(store_marks_get(b.t.store, &m));
	KIT_OK(store_commit(b.t.store));
	CU_ASSERT_EQUAL(m.horizon_ms, KIT_NOW_MS + 5000);
	CU_ASSERT_EQUAL(m.time_ms, KIT_NOW_MS + 5000);
	bench_end(&b);
}

/* Who may rename above the place where it is put together decides what it is. */
static void
test_shared_place(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir d = with_backup(), shared = kit_dir();
	struct store_facts facts;
	struct store_repair done;

	KIT_OK(store_restore(backup_path(&d), d.path, KIT_NOW_MS, &why, &done));
	CU_ASSERT_EQUAL(chmod(shared.path, 0777), 0);
	CU_ASSERT_EQUAL(
	        store_backup(d.path, kit_path(&shared, "backup"), &why, &facts),
	        E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "other users may change"));
	buf_reset(&why);
	CU_ASSERT_EQUAL(chmod(shared.path, 01777), 0);
	KIT_OK(store_backup(d.path, kit_path(&shared, "backup"), &why, &facts));
	CU_ASSERT_EQUAL(unlink(kit_path(&shared, "backup")), 0);
	kit_remove(&shared);
	kit_remove(&d);
}

/* Neither may it be another who can rename a directory further above, nor who
 * can change a link on the way. */
static void
test_shared_way(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir d = with_backup(), shared = kit_dir(), own = kit_dir();
	struct store_facts facts;
	struct store_repair done;
	char inner[192], link[192], file[256];

	KIT_OK(store_restore(backup_path(&d), d.path, KIT_NOW_MS, &why, &done));
	snprintf(inner, sizeof(inner), "%s", kit_path(&shared, "inner"));
	snprintf(link, sizeof(link), "%s", kit_path(&own, "link"));
	CU_ASSERT_EQUAL(mkdir(inner, 0700), 0);
	CU_ASSERT_EQUAL(symlink(inner, link), 0);
	snprintf(file, sizeof(file), "%s/backup", link);

	CU_ASSERT_EQUAL(chmod(shared.path, 0777), 0);
	CU_ASSERT_EQUAL(store_backup(d.path, file, &why, &facts), E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), shared.path));
	buf_reset(&why);
	CU_ASSERT_EQUAL(chmod(shared.path, 0700), 0);
	KIT_OK(store_backup(d.path, file, &why, &facts));

	CU_ASSERT_EQUAL(unlink(file), 0);
	CU_ASSERT_EQUAL(unlink(link), 0);
	CU_ASSERT_EQUAL(rmdir(inner), 0);
	kit_remove(&own);
	kit_remove(&shared);
	kit_remove(&d);
}

static void
test_leaves_nothing(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir d = with_backup(), empty = kit_dir();
	struct store_facts facts;
	struct store_repair done;
	struct stat st;
	char file[128];

	snprintf(file, sizeof(file), "%s", backup_path(&d));
	CU_ASSERT_EQUAL(stat(file, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(store_backup(empty.path, kit_path(&empty, "backup"),
	                             &why, &facts),
	                E_NOT_FOUND);
	kit_remove(&empty); /* complains of what is left */
	KIT_OK(store_restore(file, d.path, KIT_NOW_MS, &why, &done));
	CU_ASSERT_NOT_EQUAL(access(kit_path(&d, STORE_FILE ".new"), F_OK), 0);
	kit_remove(&d);
	CU_ASSERT_NOT_EQUAL(access(d.path, F_OK), 0);
}

static const struct harness_test tests[] = {
	{ "no ledger takes a backup", test_no_ledger_takes_it },
	{ "refuses what would overwrite", test_refuses },
	{ "a spoiled backup", test_spoiled },
	{ "a ledger's own file", test_no_backup },
	{ "what others have planted", test_planted },
	{ "where others may plant", test_shared_place },
	{ "where others may plant further above", test_shared_way },
	{ "put back, nothing is spendable again", test_nothing_spendable },
	{ "leaves nothing behind", test_leaves_nothing },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_backup", tests)
