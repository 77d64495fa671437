/*
 * test_ledger_trouble.c - a disk that fails, a database that is not there or
 * not ours, a clock that goes back: fail closed, say why, recover by itself.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/roles/ledger_rig.h"
#include "ledger/store/clean.h"
#include "base/clock.h"

#include "tests/unit/ledger/test_ledger_disk.h"

/* Ticks until the ledger is what it should be; the retry is 2 s apart. */
static bool
becomes(struct rig *g, bool ready)
{
	for (int i = 0; i < HARNESS_WAIT_MS / 50; i++) {
		rig_tick(g);
		if (rig_serves(g) == ready)
			return true;
		usleep(50 * 1000);
	}
	return false;
}

/* Ready on a database that it makes: not in the second of its making. */
static bool
becomes_anew(struct rig *g, uint64_t later_ms)
{
	const struct wire_verdict early = kit_verdict(99);

	for (int i = 0;
	     i < HARNESS_WAIT_MS / 50 && !g->ledger.store_manager.store; i++) {
		rig_tick(g);
		usleep(50 * 1000);
	}
	rig_tick(g);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->role.why, "created or repaired"));
	rig_verdict(g, &early);
	rig_round(g);
	rig_expect_unavailable(g, RIG_FRONT, 99, "created or repaired");
	clock_set_wall(later_ms);
	return becomes(g, true);
}

static void
test_sync_fails(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);
	const struct wire_verdict w = kit_verdict(2);

	rig_verdict(g, &v);
	rig_verdict(g, &w);
	kit_disk.fail_after = 1;
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_expect_unavailable(g, RIG_FRONT, 1, "database failed");
	rig_expect_unavailable(g, RIG_FRONT, 2, "database failed");
	CU_ASSERT_FALSE(rig_serves(g));

	kit_disk_reset();
	CU_ASSERT_TRUE(becomes(g, true));
	v.request = 3;
	rig_verdict(g, &v); /* honest, whatever had reached the disk */
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	CU_ASSERT_EQUAL(m.redeemed, 1);
	CU_ASSERT_EQUAL(m.reasons, 0);
	rig_free(g);
}

/* The disk that fails once, at every sync of a short life: whatever happens,
 * a result that was announced is the only one there ever is. */
static void
test_sync_fails_anywhere(void)
{
	for (unsigned nth = 1; nth <= 12; nth++) {
		struct rig *g = rig_ready();
		uint8_t jti[CTI_SIZE] = { 0 };
		unsigned told = 0;
		struct wire_verdict v = kit_verdict(1);

		kit_disk.fail_after = nth;
		for (unsigned i = 0; i < 6; i++) {
			const struct wire_verdict o = kit_verdict(100 + i);
			v.request = i;
			rig_verdict(g, &v);
			rig_round(g);
			struct wire_result_sign m;
			if (wire_get_result_sign(rig_hear(g, RIG_KEYHOLDER),
			                         &m) != OK)
				continue;
			if (told++)
				CU_ASSERT_EQUAL(memcmp(m.jti, jti, CTI_SIZE),
				                0);
			memcpy(jti, m.jti, CTI_SIZE);
			rig_verdict(g, &o);
			rig_round(g);
			(void)rig_hear(g, RIG_KEYHOLDER);
			rig_down(g, RIG_KEYHOLDER); /* the result is lost */
			rig_up(g, RIG_KEYHOLDER);
			if (i == 3) {
				kit_disk_reset();
				CU_ASSERT_TRUE(becomes(g, true));
			}
		}
		kit_disk_reset();
		rig_free(g);
	}
}

static void
test_clock_back(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);
	const struct wire_verdict w = kit_verdict(2);

	/* A small correction: time stands still. */
	clock_set_wall(KIT_NOW_MS - 5000);
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_EQUAL(rig_hear_sign(g).issued_s, KIT_NOW_S);

	clock_set_wall(KIT_NOW_MS - 5001);
	rig_verdict(g, &w);
	rig_round(g);
	rig_expect_unavailable(g, RIG_FRONT, 2, "clock went back");
	CU_ASSERT_FALSE(rig_serves(g));
	CU_ASSERT_STRING_EQUAL(g->role.why, "the clock went back");

	clock_set_wall(KIT_NOW_MS);
	rig_tick(g);
	CU_ASSERT_TRUE(rig_serves(g));
	rig_verdict(g, &w);
	rig_round(g);
	CU_ASSERT_EQUAL(rig_hear_sign(g).redeemed, 1);
	rig_free(g);
}

/* The latest time outlives the process, also without any redemption. */
static void
test_clock_back_restart(void)
{
	struct rig *g = rig_ready();

	clock_set_wall(KIT_NOW_MS + STORE_MANAGER_MARK_EVERY_MS);
	rig_tick(g);
	rig_stop(g);
	clock_set_wall(KIT_NOW_MS);
	rig_start(g);
	CU_ASSERT_FALSE(rig_serves(g));
	CU_ASSERT_STRING_EQUAL(g->role.why, "the clock went back");
	clock_set_wall(KIT_NOW_MS + STORE_MANAGER_MARK_EVERY_MS);
	CU_ASSERT_TRUE(becomes(g, true));
	rig_free(g);
}

static void
test_foreign_database(void)
{
	struct rig *g = rig_new();
	struct wire_verdict v = kit_verdict(1);

	rig_stop(g);
	CU_ASSERT_EQUAL(unlink(kit_path(&g->dir, STORE_FILE)), 0);
	FILE *f = fopen(kit_path(&g->dir, STORE_FILE), "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (int i = 0; i < 100; i++)
		fputs("not a database at all ", f);
	fclose(f);

	rig_start(g);
	CU_ASSERT_FALSE(rig_serves(g));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->role.why, "not a database"));
	rig_verdict(g, &v);
	rig_round(g);
	rig_expect_unavailable(g, RIG_FRONT, 1, "not a database");

	/* A person takes it away; nobody starts the ledger anew. */
	CU_ASSERT_EQUAL(unlink(kit_path(&g->dir, STORE_FILE)), 0);
	rig_key_held(g, 7);
	CU_ASSERT_TRUE(becomes_anew(g, KIT_NOW_MS + 1000));
	v.issued_s++;
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_EQUAL(rig_hear_sign(g).redeemed, 1);
	rig_free(g);
}

/* SQLite tells of damage in several lines; a message takes one. */
static void
test_damaged_database(void)
{
	struct rig *g = rig_new();
	const struct wire_verdict v = kit_verdict(1);
	uint8_t noise[2048];

	rig_stop(g);
	int fd = open(kit_path(&g->dir, STORE_FILE), O_WRONLY | O_CLOEXEC);
	CU_ASSERT_FATAL(fd >= 0);
	memset(noise, 0xa5, sizeof(noise));
	/* The third page, which is a table's; the first and the last have the
	 * schema. */
	CU_ASSERT_EQUAL(pwrite(fd, noise, sizeof(noise), 2 * 4096),
	                (ssize_t)sizeof(noise));
	close(fd);
	rig_start(g);
	CU_ASSERT_FALSE(rig_serves(g));
	rig_verdict(g, &v);
	rig_round(g);
	rig_expect_unavailable(g, RIG_FRONT, 1, "quick_check");
	rig_free(g);
}

/* The file is removed under the running ledger: what it would commit would be
 * lost, and a new database would have forgotten what is spent. */
static void
test_database_removed(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_EQUAL(rig_hear_sign(g).redeemed, 1);
	clock_set_wall(KIT_NOW_MS + 2000);
	CU_ASSERT_EQUAL(unlink(kit_path(&g->dir, STORE_FILE)), 0);
	CU_ASSERT_TRUE(becomes(g, false));
	for (int i = 0; i < 3; i++) {
		g->ledger.store_manager.retry_at = 0;
		rig_tick(g);
	}
	CU_ASSERT_FALSE(rig_serves(g));
	v.request = 2;
	v.evidence[0]++;
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));

	/* Started anew, by a person who knows: the old challenge is lost. */
	(void)unlink(kit_path(&g->dir, STORE_FILE "-wal"));
	rig_stop(g);
	(void)unlink(kit_path(&g->dir, STORE_FILE "-wal"));
	rig_start(g);
	rig_key_held(g, 7);
	CU_ASSERT_TRUE(becomes_anew(g, KIT_NOW_MS + 3000));
	v.request = 3;
	rig_verdict(g, &v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	CU_ASSERT_EQUAL(m.redeemed, 0);
	CU_ASSERT_EQUAL(m.reasons, reason_bit(REASON_CHALLENGE_EPOCH_LOST));
	rig_free(g);
}

static void
copy_database(const struct kit_dir *d, const char *name)
{
	uint8_t part[4096];
	int from = open(kit_path(d, STORE_FILE), O_RDONLY | O_CLOEXEC);
	int to = open(kit_path(d, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CU_ASSERT_FATAL(from >= 0 && to >= 0);
	for (ssize_t n; (n = read(from, part, sizeof(part))) > 0;)
		CU_ASSERT_EQUAL(write(to, part, (size_t)n), n);
	close(from);
	close(to);
}

/* An older copy is put in place, without its log, while the ledger lives. */
static void
test_database_put_back(void)
{
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);
	AUTO(buf_release) struct buf old = buf_of(256);

	rig_stop(g); /* all of it is in the one file now */
	rig_start(g);
	copy_database(&g->dir, "old.db");
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_EQUAL(rig_hear_sign(g).redeemed, 1);

	buf_append_str(&old, kit_path(&g->dir, "old.db"));
	CU_ASSERT_EQUAL(rename(buf_str(&old), kit_path(&g->dir, STORE_FILE)),
	                0);
	CU_ASSERT_EQUAL(unlink(kit_path(&g->dir, STORE_FILE "-wal")), 0);
	CU_ASSERT_TRUE(becomes(g, false));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->role.why, "older copy"));
	g->ledger.store_manager.retry_at = 0;
	rig_tick(g);
	CU_ASSERT_FALSE(rig_serves(g));
	rig_free(g);
}

static void
test_directory_missing(void)
{
	struct rig *g = rig_new();

	rig_stop(g);
	(void)unlink(kit_path(&g->dir, STORE_FILE));
	(void)unlink(kit_path(&g->dir, STORE_CLEAN_FILE));
	CU_ASSERT_EQUAL(rmdir(g->dir.path), 0);
	rig_start(g);
	CU_ASSERT_FALSE(rig_serves(g));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->role.why, "directory"));
	CU_ASSERT_EQUAL(mkdir(g->dir.path, 0700), 0);
	CU_ASSERT_TRUE(becomes_anew(g, KIT_NOW_MS + 1000));
	rig_free(g);
}

static void
test_second_ledger(void)
{
	struct rig *g = rig_new();
	struct rig *h = rig_new();

	rig_stop(h);
	h->config.ledger_directory = g->dir.path;
	rig_start(h);
	CU_ASSERT_FALSE(rig_serves(h));
	CU_ASSERT_PTR_NOT_NULL(strstr(h->role.why, "another ledger"));
	rig_tick(g);
	CU_ASSERT_TRUE(rig_serves(g));
	rig_stop(g);
	CU_ASSERT_TRUE(becomes(h, true));
	rig_start(g);
	CU_ASSERT_FALSE(rig_serves(g));
	rig_free(h);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "claims nothing of a group whose commit failed", test_sync_fails },
	{ "has one result, whichever sync fails", test_sync_fails_anywhere },
	{ "stops when the clock goes back", test_clock_back },
	{ "remembers the time over a restart", test_clock_back_restart },
	{ "does not start over what it does not know", test_foreign_database },
	{ "says what is damaged, in one line", test_damaged_database },
	{ "stops when its database is removed", test_database_removed },
	{ "refuses an older copy of its database", test_database_put_back },
	{ "waits for its directory", test_directory_missing },
	{ "waits for another ledger to end", test_second_ledger },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_trouble", tests)
