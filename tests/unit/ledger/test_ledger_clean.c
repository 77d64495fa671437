/*
 * test_ledger_clean.c - what is checked after a clean end, and after any other.
 */
#include <sqlite3.h>
#include <sys/stat.h>

#include "ledger/store/clean.h"
#include "ledger/store/open.h"
#include "tests/unit/ledger/test_ledger_old.h"
#include "tests/unit/ledger/test_ledger_reads.h"
#include "tests/unit/ledger/test_ledger_refused.h"

#define ROWS 2000 /* some 200 pages */
#define FEW 60    /* reads, for all that is looked at always */

static struct store *
filled(const struct kit_dir *d)
{
	struct store *s = kit_open(d);
	struct store_marks m;

	KIT_OK(store_begin(s));
	for (uint64_t i = 1; i <= ROWS; i++) {
		struct outcome o = kit_outcome(i);
		o.redeemed = 0;
		KIT_OK(store_outcome_add(s, &o));
	}
	KIT_OK(store_marks_get(s, &m));
	m.sequence = ROWS;
	KIT_OK(store_marks_set(s, &m));
	KIT_OK(store_commit(s));
	return s;
}

static unsigned
reads_of_opening(const struct kit_dir *d, bool whole)
{
	const struct store_opening how = { .whole = whole };
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(store_close) struct store *s = NULL;

	kit_reads.reads = 0;
	KIT_OK(store_open_as(d->path, &how, &why, &s));
	return kit_reads.reads;
}

static bool
has_mark(const struct kit_dir *d)
{
	return access(kit_path(d, STORE_CLEAN_FILE), F_OK) == 0;
}

/* The word of a clean end serves once, and not for long. */
static void
test_once(void)
{
	struct kit_dir d = kit_dir();

	store_end(filled(&d));
	CU_ASSERT_TRUE(has_mark(&d));
	CU_ASSERT_TRUE(reads_of_opening(&d, false) < FEW);
	CU_ASSERT_FALSE(has_mark(&d)); /* taken away, not left by a close */
	CU_ASSERT_TRUE(reads_of_opening(&d, false) > FEW);
	struct store *s = kit_open(&d);
	CU_ASSERT_FALSE(has_mark(&d)); /* while it works: a kill leaves none */
	store_end(s);
	CU_ASSERT_TRUE(has_mark(&d));
	CU_ASSERT_TRUE(reads_of_opening(&d, true) > FEW);
	kit_remove(&d);
}

/* Whatever differs from what was left: all of it is read. */
static void
test_changed(void)
{
	struct kit_dir d = kit_dir();
	struct stat st;
	uint8_t noise[2048] = { 0xa5, 0xa5, 0xa5 };

	store_end(filled(&d));
	CU_ASSERT_EQUAL(stat(kit_path(&d, STORE_FILE), &st), 0);
	usleep(20 * 1000); /* a tick of the file system's clock */
	int fd = open(kit_path(&d, STORE_FILE), O_WRONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(pwrite(fd, noise, sizeof(noise), 40 * 4096),
	                (ssize_t)sizeof(noise));
	const struct timespec times[] = { st.st_atim, st.st_mtim };
	CU_ASSERT_EQUAL(futimens(fd, times), 0); /* as cp -p would */
	close(fd);
	refused(&d, "quick_check");
	CU_ASSERT_TRUE(has_mark(&d));
	refused(&d, "quick_check");
	kit_remove(&d);
}

static void
touch(const struct kit_dir *d, const char *name)
{
	int fd = open(kit_path(d, name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	CU_ASSERT(fd >= 0);
	close(fd);
}

static void
test_log_beside(void)
{
	static const char *const names[] = { STORE_FILE "-wal",
		                             STORE_FILE "-journal" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct kit_dir d = kit_dir();

		store_end(filled(&d));
		touch(&d, names[i]);
		CU_ASSERT_TRUE(reads_of_opening(&d, false) > FEW);
		kit_remove(&d);
	}
}

/* Words that nobody of ours wrote. */
static void
test_strange_mark(void)
{
	struct kit_dir d = kit_dir();

	store_close(filled(&d));
	touch(&d, STORE_CLEAN_FILE);
	CU_ASSERT_TRUE(reads_of_opening(&d, false) > FEW);
	CU_ASSERT_FALSE(has_mark(&d));
	CU_ASSERT_EQUAL(symlink(STORE_FILE, kit_path(&d, STORE_CLEAN_FILE)), 0);
	CU_ASSERT_TRUE(reads_of_opening(&d, false) > FEW);
	CU_ASSERT_FALSE(has_mark(&d));
	CU_ASSERT_EQUAL(mkdir(kit_path(&d, STORE_CLEAN_FILE), 0700), 0);
	refused(&d, STORE_CLEAN_FILE);
	CU_ASSERT_EQUAL(rmdir(kit_path(&d, STORE_CLEAN_FILE)), 0);
	kit_remove(&d);
}

/* Who writes the mark himself keeps what single use rests on from no check. */
static void
test_forged(void)
{
	static const struct {
		const char *sql, *part;
	} lies[] = {
		{ "DELETE FROM outcomes WHERE sequence = 2000", "continuous" },
		{ "DELETE FROM outcomes WHERE sequence = 1", "continuous" },
		{ "CREATE TABLE x (a)", "table x" },
		{ "PRAGMA ignore_check_constraints = ON;"
		  "INSERT INTO redemptions VALUES (x'00', 1, 2, zeroblob(32),"
		  " NULL, x'', x'')",
		  "integrity_check(redemptions)" },
		{ "PRAGMA ignore_check_constraints = ON;"
		  "INSERT INTO epochs VALUES (1, 1, x'00', 1, 1)",
		  "integrity_check(epochs)" },
		{ "PRAGMA ignore_check_constraints = ON;"
		  "INSERT INTO meta VALUES (2, 2000, 1, 1, 1, 1)",
		  "integrity_check(meta)" },
		{ "PRAGMA ignore_check_constraints = ON;"
		  "INSERT INTO stops VALUES (x'00', 'r', 1, 'w', 'y')",
		  "integrity_check(stops)" },
	};

	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		struct kit_dir d = kit_dir();
		sqlite3 *db = NULL;

		store_close(filled(&d));
		CU_ASSERT_EQUAL(sqlite3_open(kit_path(&d, STORE_FILE), &db), 0);
		CU_ASSERT_EQUAL(sqlite3_exec(db, lies[i].sql, NULL, NULL, NULL),
		                0);
		CU_ASSERT_EQUAL(sqlite3_close(db), 0);
		int dir = open(d.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		store_clean_leave(dir);
		CU_ASSERT_TRUE(store_clean_seen(dir));
		close(dir);
		refused(&d, lies[i].part);
		kit_remove(&d);
	}
}

/* A new version is made of all that an older one says: its rows are copied. */
static void
test_older(void)
{
	struct kit_dir d = kit_dir();
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL(sqlite3_open(kit_path(&d, STORE_FILE), &db), 0);
	CU_ASSERT_EQUAL(sqlite3_exec(db, version_1, NULL, NULL, NULL), 0);
	CU_ASSERT_EQUAL(sqlite3_exec(db,
	                             "PRAGMA ignore_check_constraints = ON;"
	                             "UPDATE enrolments SET state = 7"
	                             " WHERE handle = 'dh1_b'",
	                             NULL, NULL, NULL),
	                0);
	CU_ASSERT_EQUAL(sqlite3_close(db), 0);
	int dir = open(d.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	store_clean_leave(dir);
	CU_ASSERT_TRUE(store_clean_seen(dir));
	close(dir);
	refused(&d, "integrity_check(1)");
	kit_remove(&d);
}

/* The check after a clean end leaves the outcomes out: whoever writes the mark
 * as well has a number read that no other role would decode. */
static void
test_outcome_without_word(void)
{
	AUTO(redemption_release) struct redemption seen = { 0 };
	const struct outcome o = kit_outcome(1);
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct outcome found;
	sqlite3 *db = NULL;

	CU_ASSERT_TRUE(kit_redeem(s, 1));
	store_close(s);
	CU_ASSERT_EQUAL(sqlite3_open(kit_path(&d, STORE_FILE), &db), 0);
	CU_ASSERT_EQUAL(sqlite3_exec(db,
	                             "PRAGMA ignore_check_constraints = ON;"
	                             "UPDATE outcomes SET enrolled = 3;"
	                             "UPDATE meta SET sequence = 1",
	                             NULL, NULL, NULL),
	                0);
	CU_ASSERT_EQUAL(sqlite3_close(db), 0);
	int dir = open(d.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	store_clean_leave(dir);
	close(dir);
	s = kit_open(&d);
	CU_ASSERT_EQUAL(store_redemption(s, o.cti, &seen, &found), E_IO);
	store_close(s);
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "reads little after a clean end, once", test_once },
	{ "reads all of a file that was changed", test_changed },
	{ "reads all when there is a log beside it", test_log_beside },
	{ "believes no other mark", test_strange_mark },
	{ "looks at what single use rests on, always", test_forged },
	{ "reads all of a file that an older version made", test_older },
	{ "takes no outcome that nobody could decode",
	  test_outcome_without_word },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_clean", tests)
