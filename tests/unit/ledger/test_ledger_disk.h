/*
 * test_ledger_disk.h - a disk whose syncs are counted and can fail: fsync(2)
 * and fdatasync(2) of the whole test program, its libraries included.
 *
 * It defines functions; a program includes it once.
 */
#ifndef UNIT_LEDGER_TEST_LEDGER_DISK_H
#define UNIT_LEDGER_TEST_LEDGER_DISK_H

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ledger/store/store.h"

static struct {
	unsigned syncs;
	unsigned fail_after; /* 0: never; n: the n-th from now, and all later */
	/* The directory was synced when the database had its name, and before
	 * an engine used it. */
	bool published;
} kit_disk;

__attribute__((unused)) static void
kit_disk_reset(void)
{
	kit_disk.syncs = 0;
	kit_disk.fail_after = 0;
	kit_disk.published = false;
}

static int
kit_sync(long number, int fd)
{
	kit_disk.syncs++;
	if (faccessat(fd, STORE_FILE, F_OK, 0) == 0 &&
	    faccessat(fd, STORE_FILE "-journal", F_OK, 0) != 0 &&
	    faccessat(fd, STORE_FILE "-wal", F_OK, 0) != 0)
		kit_disk.published = true;
	if (kit_disk.fail_after && --kit_disk.fail_after == 0) {
		kit_disk.fail_after = 1;
		errno = EIO;
		return -1;
	}
	return (int)syscall(number, fd);
}

/* In place of libc's for this whole program, SQLite included. */
__attribute__((visibility("default"))) int
fdatasync(int fd)
{
	return kit_sync(SYS_fdatasync, fd);
}

__attribute__((visibility("default"))) int
fsync(int fd)
{
	return kit_sync(SYS_fsync, fd);
}

#endif
