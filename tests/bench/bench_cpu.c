/*
 * bench_cpu.c - processor time of the roles: it hardly depends on what else
 * runs on the machine, so it is the figure to compare between versions.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bench/bench.h"

const char *const bench_roles[BENCH_ROLES] = { "front", "verifier", "ledger",
	                                       "keyholder" };

/* Nanoseconds that a thread ran; 0 when the kernel does not say. */
static uint64_t
thread_ns(pid_t pid, const char *thread)
{
	char path[320], text[128] = "";

	snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", (int)pid,
	         thread);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 ? strtoull(text, NULL, 10) : 0;
}

/* Nanoseconds that a process ran, with all its threads. */
static uint64_t
ran_ns(pid_t pid)
{
	char path[64];
	uint64_t sum = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.')
			sum += thread_ns(pid, e->d_name);
	if (d)
		closedir(d);
	return sum;
}

void
bench_cpu(const struct service *s, uint64_t ret_ns[static BENCH_ROLES])
{
	for (size_t i = 0; i < BENCH_ROLES; i++)
		ret_ns[i] = ran_ns(service_pid(s, bench_roles[i]));
}
