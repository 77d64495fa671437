/*
 * test_ledger_reads.h - a disk whose reads are counted and can be slow: each
 * takes a second by the monotonic clock, and no time at all.
 *
 * It defines pread(2) and clock_gettime(2) of the whole test program, its
 * libraries included; a program includes it once.
 */
#ifndef UNIT_LEDGER_TEST_LEDGER_READS_H
#define UNIT_LEDGER_TEST_LEDGER_READS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct {
	unsigned reads;
	bool slow;
	time_t passed_s;
	void (*each)(void); /* NULL, or called after each slow one */
} kit_reads;

/* In place of libc's for this whole program, SQLite included. */
__attribute__((visibility("default"))) int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, ts);

	if (clock == CLOCK_MONOTONIC)
		ts->tv_sec += kit_reads.passed_s;
	return rc;
}

static ssize_t
kit_read(int fd, void *out, size_t n, off_t at)
{
	kit_reads.reads++;
	if (kit_reads.slow) {
		kit_reads.passed_s++;
		if (kit_reads.each)
			kit_reads.each();
	}
	return syscall(SYS_pread64, fd, out, n, at);
}

__attribute__((visibility("default"))) ssize_t
pread(int fd, void *out, size_t n, off_t at)
{
	return kit_read(fd, out, n, at);
}

__attribute__((visibility("default"))) ssize_t
pread64(int fd, void *out, size_t n, off64_t at)
{
	return kit_read(fd, out, n, at);
}

#endif
