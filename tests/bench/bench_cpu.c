/*
 * bench_cpu.c - processor time of the roles: it hardly depends on what else
 * runs on the machine, so it is the figure to compare between versions.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

const char *const bench_roles[BENCH_ROLES] = { "front", "verifier", "ledger",
	                                       "keyholder" };

/* Nanoseconds that a process ran; 0 when the kernel does not say. */
static uint64_t
ran_ns(pid_t pid)
{
	char path[64], text[128] = "";

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 ? strtoull(text, NULL, 10) : 0;
}

void
bench_cpu(const struct service *s, uint64_t ret_ns[static BENCH_ROLES])
{
	for (size_t i = 0; i < BENCH_ROLES; i++)
		ret_ns[i] = ran_ns(service_pid(s, bench_roles[i]));
}
