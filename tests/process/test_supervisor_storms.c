/*
 * test_supervisor_storms.c - a child that was taken over turns against the
 * supervisor: descriptors, and words without end.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/common/fakes/fake_role.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/world.h"

static size_t
descriptors_of(pid_t pid)
{
	char path[64];
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* Each time fifty packets of two descriptors: none stays in the supervisor. */
static void
test_descriptors_of_a_child(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	size_t before = descriptors_of(w.pid);
	CU_ASSERT_TRUE_FATAL(before > 4);
	for (int round = 1; round <= 5; round++) {
		(void)kill(world_pid(&w, "front"), SIGUSR2);
		CU_ASSERT_TRUE_FATAL(
		        world_says(&w, "why=\"malformed message\"", round));
		CU_ASSERT_TRUE_FATAL(world_says(&w, "event=ready", round + 1));
	}
	CU_ASSERT_EQUAL(descriptors_of(w.pid), before);
}

/* A storm of its own word: ended, and the others go on meanwhile. */
static void
test_storm_of_a_child(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	(void)kill(world_pid(&w, "front"), SIGHUP);
	CU_ASSERT_TRUE_FATAL(world_says(&w, "why=\"too many messages\"", 1));
	CU_ASSERT_TRUE_FATAL(world_says(&w, "event=ready", 2));
	CU_ASSERT_TRUE(world_count(&w, "event=not-ready") < 100);
	CU_ASSERT_EQUAL(world_count(&w, "why=silent"), 0);
	CU_ASSERT_EQUAL(world_count(&w, "child=ledger index=0"), 1);
}

static const struct harness_test tests[] = {
	{ "a child's descriptors are not kept", test_descriptors_of_a_child },
	{ "a child that talks without end is killed", test_storm_of_a_child },
	{ NULL, NULL },
};

FAKE_ROLE_MAIN("supervisor-storms", tests)
