/*
 * test_ledger_durable.c - what a commit is worth: counted syncs, syncs that
 * fail, a disk that is full, a log that was moved.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/roles/ledger_kit.h"

#include "tests/unit/ledger/test_ledger_disk.h"

static void
redeem_group(struct store *s, uint64_t first, uint64_t n)
{
	AUTO(redemption_release) struct redemption r = kit_redemption();
	struct store_marks m = { .sequence = first + n - 1,
		                 .time_ms = KIT_NOW_MS };
	bool won = false;

	KIT_OK(store_begin(s));
	KIT_OK(store_marks_set(s, &m));
	for (uint64_t i = first; i < first + n; i++) {
		const struct outcome o = kit_outcome(i);
		KIT_OK(store_redeem(s, &o, &r, &won));
		KIT_OK(store_outcome_add(s, &o));
	}
	KIT_OK(store_commit(s));
}

static void
test_syncs(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);

	redeem_group(s, 1, 1); /* the log's own header is synced with it */
	for (uint64_t group = 0; group < 10; group++) {
		kit_disk_reset();
		redeem_group(s, 1000 * (group + 1), group * 8 + 1);
		CU_ASSERT_EQUAL(kit_disk.syncs, 1);
	}
	store_close(s);
	kit_remove(&d);
}

static void
test_make_syncs(void)
{
	struct kit_dir d = kit_dir();

	kit_disk_reset();
	store_close(kit_open(&d));
	CU_ASSERT(kit_disk.syncs >= 3);
	CU_ASSERT_TRUE(kit_disk.published);
	kit_remove(&d);
}

static void
test_sync_fails(void)
{
	AUTO(redemption_release) struct redemption r = kit_redemption();
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	const struct outcome o = kit_outcome(2);
	const struct store_marks m = { .sequence = 2, .time_ms = KIT_NOW_MS };
	bool won = false;

	CU_ASSERT_TRUE(kit_redeem(s, 1));
	KIT_OK(store_begin(s));
	KIT_OK(store_redeem(s, &o, &r, &won));
	KIT_OK(store_outcome_add(s, &o));
	KIT_OK(store_marks_set(s, &m));
	kit_disk.fail_after = 1;
	CU_ASSERT_EQUAL(store_commit(s), E_IO);
	store_close(s);
	kit_disk_reset();
	s = kit_open(&d);
	CU_ASSERT_TRUE(kit_is_spent(s, 1));
	store_close(s);
	kit_remove(&d);
}

static void
test_checkpoint(void)
{
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct stat st;

	/* Far more pages than one log may have: it must have been reused. */
	for (uint64_t i = 0; i < 60; i++) {
		redeem_group(s, 1 + i * 100, 100);
		KIT_OK(store_checkpoint(s));
	}
	CU_ASSERT_EQUAL(stat(kit_path(&d, STORE_FILE "-wal"), &st), 0);
	CU_ASSERT(st.st_size < 8 * 1024 * 1024);
	CU_ASSERT_EQUAL(stat(kit_path(&d, STORE_FILE), &st), 0);
	CU_ASSERT(st.st_size > 1024 * 1024);
	store_close(s);
	s = kit_open(&d);
	CU_ASSERT_TRUE(kit_is_spent(s, 5999));
	store_close(s);
	kit_remove(&d);
}

/* Redeems until the disk is full; tells how many commits were acknowledged. */
static void
fill_disk(const struct kit_dir *d, int fd)
{
	AUTO(redemption_release) struct redemption r = kit_redemption();
	const struct rlimit limit = { 600000, 600000 };
	struct store *s = kit_open(d);
	struct store_marks m = { .time_ms = KIT_NOW_MS };
	uint64_t n = 0;
	bool won = false;
	err_t err = OK;

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		_exit(2);
	while (err == OK && n < 100000) {
		const struct outcome o = kit_outcome(n + 1);
		err = store_begin(s);
		if (err == OK)
			err = store_redeem(s, &o, &r, &won);
		if (err == OK)
			err = store_outcome_add(s, &o);
		m.sequence = n + 1;
		if (err == OK)
			err = store_marks_set(s, &m);
		if (err == OK)
			err = store_commit(s);
		if (err == OK)
			n++;
	}
	if (write(fd, &n, sizeof(n)) != sizeof(n) || err != E_IO)
		_exit(3);
	_exit(0); /* as killed: nothing is tidied up */
}

static void
test_disk_full(void)
{
	struct kit_dir d = kit_dir();
	int fds[2];
	int status = -1;
	uint64_t n = 0;

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0)
		fill_disk(&d, fds[1]);
	CU_ASSERT_EQUAL(read(fds[0], &n, sizeof(n)), sizeof(n));
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	close(fds[0]);
	close(fds[1]);

	struct store *s = kit_open(&d);
	CU_ASSERT(n > 10);
	for (uint64_t i = 1; i <= n; i++)
		CU_ASSERT_TRUE(kit_is_spent(s, i));
	CU_ASSERT_FALSE(kit_is_spent(s, n + 1));
	store_close(s);
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "syncs once a group, never less", test_syncs },
	{ "syncs a new database and its directory", test_make_syncs },
	{ "claims nothing when a sync fails", test_sync_fails },
	{ "moves the log into the database", test_checkpoint },
	{ "loses nothing when the disk is full", test_disk_full },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_durable", tests)
