/*
 * test_ledger_files.c - every database that a ledger must not start over: each
 * is refused, says why, and is not written to.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/roles/ledger_kit.h"

#include "tests/unit/ledger/test_ledger_refused.h"

/* The SQLite header's fields, as in ledger/store/file.c. */
#define VERSION_AT 60
#define APPLICATION_AT 68
#define PAGE 4096

static void
make(const struct kit_dir *d)
{
	struct store *s = kit_open(d);

	/* Enough pages that one in the middle can be damaged. */
	KIT_OK(store_begin(s));
	for (uint32_t i = 0; i < 5000; i++)
		KIT_OK(store_epoch_live(
		        s, &(struct store_life){ .node = i, .epoch = i },
		        KIT_NOW_MS));
	KIT_OK(store_commit(s));
	store_close(s);
}

static void
poke(const struct kit_dir *d, long at, const void *bytes, size_t n)
{
	int fd = open(kit_path(d, STORE_FILE), O_WRONLY | O_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(pwrite(fd, bytes, n, at), (ssize_t)n);
	close(fd);
}

static void
test_foreign(void)
{
	struct kit_dir d = kit_dir();

	make(&d);
	poke(&d, APPLICATION_AT, "\0\0\0\1", 4);
	refused(&d, "another program");
	kit_remove(&d);
}

static void
test_newer(void)
{
	static const char later[] = { 0, 0, 0, STORE_VERSION + 1 };
	struct kit_dir d = kit_dir();
	char version[32];

	(void)snprintf(version, sizeof(version), "version %d",
	               STORE_VERSION + 1);
	make(&d);
	poke(&d, VERSION_AT, later, sizeof(later));
	refused(&d, version);
	poke(&d, VERSION_AT, "\0\0\0\0", 4);
	refused(&d, "version 0");
	kit_remove(&d);
}

static void
test_no_database(void)
{
	struct kit_dir d = kit_dir();

	make(&d);
	/* by our words, before SQLite is asked */
	poke(&d, 0, "SQLite format 4", 16);
	refused(&d, STORE_FILE " is not a database");
	CU_ASSERT_EQUAL(truncate(kit_path(&d, STORE_FILE), 99), 0);
	refused(&d, STORE_FILE " is not a database");
	CU_ASSERT_EQUAL(truncate(kit_path(&d, STORE_FILE), 0), 0);
	refused(&d, STORE_FILE " is not a database");
	kit_remove(&d);
}

/* A page in the middle; the header and the schema are as they should be. */
static void
test_damaged(void)
{
	struct kit_dir d = kit_dir();
	struct stat st;
	uint8_t noise[PAGE / 2];

	make(&d);
	CU_ASSERT_EQUAL(stat(kit_path(&d, STORE_FILE), &st), 0);
	memset(noise, 0xa5, sizeof(noise));
	poke(&d, st.st_size - 3 * PAGE, noise, sizeof(noise));
	refused(&d, "quick_check");
	kit_remove(&d);
}

static void
test_cut(void)
{
	struct kit_dir d = kit_dir();
	struct stat st;

	make(&d);
	CU_ASSERT_EQUAL(stat(kit_path(&d, STORE_FILE), &st), 0);
	CU_ASSERT_EQUAL(
	        truncate(kit_path(&d, STORE_FILE), st.st_size - 2 * PAGE), 0);
	refused(&d, "");
	kit_remove(&d);
}

/* The log of a database that was taken away holds redemptions. */
static void
test_lost_database(void)
{
	struct kit_dir d = kit_dir();
	int fd =
	        open(kit_path(&d, STORE_FILE "-wal"), O_CREAT | O_WRONLY, 0600);

	close(fd);
	refused(&d, "-wal");
	kit_remove(&d);
}

static void
test_link(void)
{
	struct kit_dir d = kit_dir();

	make(&d);
	AUTO(buf_release) struct buf from = buf_of(256);
	buf_append_str(&from, kit_path(&d, STORE_FILE));
	CU_ASSERT_EQUAL(rename(buf_str(&from), kit_path(&d, "old.db")), 0);
	CU_ASSERT_EQUAL(symlink("old.db", buf_str(&from)), 0);
	refused(&d, STORE_FILE);
	kit_remove(&d);
}

static void
test_directory_missing(void)
{
	struct kit_dir d = kit_dir();

	CU_ASSERT_EQUAL(rmdir(d.path), 0);
	refused(&d, "No such file");
	CU_ASSERT_NOT_EQUAL(access(d.path, F_OK), 0);
}

static void
test_directory_open(void)
{
	struct kit_dir d = kit_dir();

	CU_ASSERT_EQUAL(chmod(d.path, 0777), 0);
	refused(&d, "others may write");
	CU_ASSERT_EQUAL(chmod(d.path, 0770), 0);
	refused(&d, "others may write");
	kit_remove(&d);
}

static void
test_directory_closed(void)
{
	struct kit_dir d = kit_dir();

	if (geteuid() == 0) {
		harness_skip("root may read every directory");
	} else {
		make(&d);
		CU_ASSERT_EQUAL(chmod(d.path, 0), 0);
		refused(&d, "Permission denied");
		CU_ASSERT_EQUAL(chmod(d.path, 0500), 0);
		CU_ASSERT_EQUAL(chmod(kit_path(&d, STORE_FILE), 0), 0);
		refused(&d, "Permission denied");
		CU_ASSERT_EQUAL(chmod(d.path, 0700), 0);
	}
	kit_remove(&d);
}

/* An outcome was cut out, or the count of them: it is not our whole memory. */
static void
test_not_continuous(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct store_marks m = { .sequence = 1, .time_ms = KIT_NOW_MS };

	KIT_OK(store_marks_set(s, &m));
	store_close(s);
	refused(&d, "not continuous");
	kit_remove(&d);

	d = kit_dir();
	s = kit_open(&d);
	CU_ASSERT_TRUE(kit_redeem(s, 1));
	CU_ASSERT_TRUE(kit_redeem(s, 3)); /* two, and the last is 3 */
	store_close(s);
	refused(&d, "not continuous");
	kit_remove(&d);

	d = kit_dir();
	s = kit_open(&d);
	CU_ASSERT_TRUE(kit_redeem(s, 1));
	CU_ASSERT_TRUE(kit_redeem(s, 3));
	m.sequence = 2; /* two were counted, but not 1 and 2 */
	KIT_OK(store_marks_set(s, &m));
	store_close(s);
	refused(&d, "not continuous");
	kit_remove(&d);
}

static void
test_taken_away(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	CU_ASSERT_EQUAL(store_check_file(s), OK);
	CU_ASSERT_EQUAL(unlink(kit_path(&d, STORE_FILE)), 0);
	CU_ASSERT_EQUAL(store_check_file(s), E_IO);
	int fd = open(kit_path(&d, STORE_FILE), O_CREAT | O_WRONLY, 0600);
	close(fd);
	CU_ASSERT_EQUAL(store_check_file(s), E_IO);
	store_close(s);
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "refuses another program's database", test_foreign },
	{ "refuses another version's database", test_newer },
	{ "refuses what is no database", test_no_database },
	{ "refuses a damaged page", test_damaged },
	{ "refuses a file that was cut", test_cut },
	{ "refuses a log without its database", test_lost_database },
	{ "refuses a link", test_link },
	{ "refuses a missing directory", test_directory_missing },
	{ "refuses a directory that others may write", test_directory_open },
	{ "refuses what it may not read", test_directory_closed },
	{ "refuses outcomes with a gap", test_not_continuous },
	{ "notices that its file was taken away", test_taken_away },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_files", tests)
