/*
 * stopped.c - see stopped.h.
 */
#include "tests/common/base/stopped.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/common/base/harness.h"

/* The letter of /proc/PID/stat, behind the name, which may contain anything; 0: there
 * is no such process. */
static char
process_state(pid_t pid)
{
	char path[64];
	char line[256];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	if (!f)
		return 0;
	const char *end =
	        fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	return end ? end[2] : 0;
}

static bool
await_state(pid_t pid, char wanted)
{
	uint64_t until = clock_mono_ms() + HARNESS_WAIT_MS;

	while (process_state(pid) != wanted) {
		if (clock_mono_ms() > until)
			return false;
		(void)usleep(1000);
	}
	return true;
}

bool
process_stop_idle(pid_t pid)
{
	return await_state(pid, 'S') && kill(pid, SIGSTOP) == 0 &&
	       await_state(pid, 'T');
}
