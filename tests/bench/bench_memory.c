/*
 * bench_memory.c - what the roles hold: RSS counts shared pages in each, PSS
 * shares them out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

#define LINE_MAX_TEST 256

/* The kB after a field of smaps_rollup; 0 when the kernel does not say. */
unsigned long
bench_field_kb(pid_t pid, const char *name)
{
	char path[64], line[LINE_MAX_TEST];
	unsigned long kb = 0;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	FILE *f = fopen(path, "r");
	while (f && kb == 0 && fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			kb = strtoul(line + strlen(name), NULL, 10);
	if (f)
		fclose(f);
	return kb;
}

static void
print_kb(const char *who, unsigned long rss, unsigned long pss)
{
	printf("%-44s%7lu.%lu%9lu.%lu\n", who, rss / 1024,
	       rss % 1024 * 10 / 1024, pss / 1024, pss % 1024 * 10 / 1024);
}

void
bench_memory(const struct service *s)
{
	unsigned long rss = bench_field_kb(s->supervisor, "Rss:");
	unsigned long pss = bench_field_kb(s->supervisor, "Pss:");
	unsigned long rss_sum = rss, pss_sum = pss;

	printf("\n%-44s%9s%11s\n", "memory in MiB", "RSS", "PSS");
	if (pss == 0) {
		/* Roles are not dumpable: their maps are root's to see. */
		printf("  not measured: this needs root\n");
		return;
	}
	print_kb("  anchord", rss, pss);
	for (size_t i = 0; i < BENCH_ROLES; i++) {
		pid_t pid = service_pid(s, bench_roles[i]);
		char who[64];
		rss = bench_field_kb(pid, "Rss:");
		pss = bench_field_kb(pid, "Pss:");
		rss_sum += rss;
		pss_sum += pss;
		snprintf(who, sizeof(who), "  anchord-%s", bench_roles[i]);
		print_kb(who, rss, pss);
	}
	print_kb("  all together", rss_sum, pss_sum);
}
