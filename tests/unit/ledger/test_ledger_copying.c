/*
 * test_ledger_copying.c - the database is copied while a ledger works with it.
 *
 * The ledger is a process of its own, as it is in life: it redeems as fast as it
 * can and moves its log into the database again and again.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ledger/store/backup.h"
#include "ledger/store/open.h"

#include "tests/common/roles/ledger_kit.h"

#define BACKUPS 12

/* In place of libc's, SQLite included: nothing is killed here. */
__attribute__((visibility("default"))) int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

/* A database that somebody writes to between the copy of the file and that of
 * its log, which begins with this call. */
static char meddle_with[128];

__attribute__((visibility("default"))) int
ftruncate(int fd, off_t length)
{
	uint8_t byte = 0;

	if (*meddle_with) {
		int file = open(meddle_with, O_RDWR | O_CLOEXEC);

		CU_ASSERT_EQUAL(pread(file, &byte, 1, 0), 1);
		CU_ASSERT_EQUAL(pwrite(file, &byte, 1, 0), 1);
		close(file);
	}
	return (int)syscall(SYS_ftruncate, fd, length);
}

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

/* --- a ledger at work ----------------------------------------------------- */

/* Challenges that are spent, as far as anybody was told. */
static _Atomic(uint64_t) *spent;

static void
work(const struct kit_dir *d)
{
	struct store *s = kit_open(d);

	for (uint64_t n = 1;; n++) {
		(void)kit_redeem(s, n);
		*spent = n;
		if (store_checkpoint(s) != OK)
			_exit(1);
	}
}

static pid_t
begin(const struct kit_dir *d)
{
	*spent = 0;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) { /* it goes with this program, however that ends */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
			work(d);
		_exit(1);
	}
	while (*spent < 500)
		usleep(1000);
	return pid;
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
}

/* What was acknowledged before it was begun is in each copy, and the copy is
 * sound. */
static void
test_while_it_works(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir d = kit_dir();
	struct store_facts facts, seen;
	uint64_t before = 0;

	store_close(kit_open(&d));
	pid_t pid = begin(&d);
	for (int i = 0; i < BACKUPS; i++) {
		before = *spent;
		err_t err = back_up(&d, &why, &facts);
		if (err != OK)
			printf("  %s\n", buf_str(&why));
		CU_ASSERT_EQUAL_FATAL(err, OK);
		KIT_OK(store_verify(backup_path(&d), &why, &seen));
		CU_ASSERT_TRUE(seen.backup);
		CU_ASSERT(facts.marks.sequence >= before);
		CU_ASSERT_EQUAL(facts.redemptions, facts.marks.sequence);
		CU_ASSERT_EQUAL(seen.marks.sequence, facts.marks.sequence);
		CU_ASSERT_EQUAL(unlink(backup_path(&d)), 0);
	}
	for (int i = 0; *spent <= before && i < 10000; i++)
		usleep(1000);
	CU_ASSERT(*spent > before); /* it was not stopped by all this */
	end(pid);
	kit_remove(&d);
}

/* A copy of a file that somebody writes to is not one. */
static void
test_notices_writers(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct kit_dir d = kit_dir();
	struct store *s = kit_open(&d);
	struct store_facts facts;
	struct timespec now;
	struct stat st;

	(void)kit_redeem(s, 1); /* there is a log */
	snprintf(meddle_with, sizeof(meddle_with), "%s",
	         kit_path(&d, STORE_FILE));
	do { /* the clock by which files are dated has gone on */
		CU_ASSERT_EQUAL(stat(meddle_with, &st), 0);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (now.tv_sec == st.st_mtim.tv_sec &&
	         now.tv_nsec == st.st_mtim.tv_nsec);
	CU_ASSERT_EQUAL(back_up(&d, &why, &facts), E_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "changed"));
	*meddle_with = '\0';
	KIT_OK(back_up(&d, &why, &facts));
	store_close(s);
	kit_remove(&d);
}

/* --- the hold ------------------------------------------------------------- */

static int
hold(const struct kit_dir *d)
{
	int fd = open(kit_path(d, STORE_FILE), O_RDONLY | O_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0 && flock(fd, LOCK_SH) == 0);
	return fd;
}

static bool
has_log(const struct kit_dir *d)
{
	struct stat st;

	return stat(kit_path(d, STORE_FILE "-wal"), &st) == 0 && st.st_size > 0;
}

/* Neither a checkpoint nor an end writes to a file that is being copied. */
static void
test_held(void)
{
	struct kit_dir d = kit_dir();
	struct stat before, after;
	struct store *s = kit_open(&d);
	int held = hold(&d);

	CU_ASSERT_EQUAL(fstat(held, &before), 0);
	for (uint64_t n = 1; n <= 500; n++) {
		(void)kit_redeem(s, n);
		KIT_OK(store_checkpoint(s));
	}
	store_end(s);
	CU_ASSERT_EQUAL(fstat(held, &after), 0);
	CU_ASSERT_EQUAL(before.st_size, after.st_size);
	CU_ASSERT_EQUAL(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	CU_ASSERT_TRUE(has_log(&d));
	close(held);
	s = kit_open(&d);
	CU_ASSERT_TRUE(kit_is_spent(s, 500));
	store_end(s);
	CU_ASSERT_FALSE(has_log(&d));
	kit_remove(&d);
}

/* Who waits too long does not stop the ledger: its log goes on growing only up
 * to a length. */
static void
test_not_for_ever(void)
{
	struct kit_dir d = kit_dir();
	struct stat before, after;
	struct store *s = kit_open(&d);
	int held = hold(&d);
	uint64_t n = 0;

	CU_ASSERT_EQUAL(fstat(held, &before), 0);
	do {
		(void)kit_redeem(s, ++n);
		KIT_OK(store_checkpoint(s));
		CU_ASSERT_EQUAL(fstat(held, &after), 0);
	} while (before.st_size == after.st_size && n < 200000);
	CU_ASSERT(before.st_size < after.st_size);
	close(held);
	store_close(s);
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "a copy while the ledger works", test_while_it_works },
	{ "a file that somebody writes to", test_notices_writers },
	{ "the ledger does not write to what is copied", test_held },
	{ "it does not wait for ever", test_not_for_ever },
	{ NULL, NULL },
};

static bool
share(void)
{
	spent = mmap(NULL, sizeof(*spent), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return spent != MAP_FAILED;
}

int
main(int argc, char **argv)
{
	return share() ? harness_run("ledger_copying", tests, argc, argv) : 1;
}
