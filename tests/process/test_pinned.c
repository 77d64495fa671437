/*
 * test_pinned.c - the supervisor and the pins file: which version rules, also
 * the next life, and what it says of one that does not.
 */
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/fakes/fake_role.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/soft_key.h"
#include "tests/common/service/world.h"
#include "base/clock.h"

/* The next version, whose second key signs from now + from on, and until when
 * the first counts. */
static void
order(const struct world *w, uint32_t version, int from, int until)
{
	AUTO(soft_key_free)
	struct soft_key *old = soft_key_new(ALG_ES256, "world");
	AUTO(soft_key_free)
	struct soft_key *next = soft_key_new(ALG_ES256, "next");
	AUTO(pins_free) struct pins *pins = pins_kit_new();
	uint64_t now_s = clock_wall_ms() / 1000;
	char path[PATH_MAX];

	pins->version = version;
	pins_kit_add(pins, "token", 1, soft_key_spki(old), ALG_COUNT);
	struct pin *pin =
	        pins_kit_add(pins, "token", 1, soft_key_spki(next), ALG_COUNT);
	pins->keys[0].until_s = now_s + (uint64_t)until;
	pin->from_s = now_s + (uint64_t)from;
	pin->publish_s = pin->from_s < now_s ? pin->from_s : now_s;
	world_path(w, "officers", path);
	pins_kit_write(pins, path);
}

static void
test_follows(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	CU_ASSERT_TRUE(world_says(&w, "event=pins-in-force version=1", 1));
	order(&w, 2, 60, 3600);
	CU_ASSERT_TRUE(world_says(&w, "event=pins-in-force version=2", 1));
	CU_ASSERT_TRUE(
	        world_says(&w, "role=verifier event=fake-file name=pins", 1));
	CU_ASSERT_TRUE(
	        world_says(&w, "role=keyholder event=fake-file name=pins", 1));
	CU_ASSERT_EQUAL(world_count(&w, "event=pins-refused"), 0);
}

/* Each is said, and changes nothing: no role hears of it. */
static void
test_refuses(void)
{
	AUTO(world_free) struct world w;
	char path[PATH_MAX];

	world_make(&w, "");
	world_ready(&w);
	order(&w, 7, 60, 3600);
	CU_ASSERT_TRUE(world_says(&w, "event=pins-in-force version=7", 1));
	order(&w, 6, 60, 3600); /* older */
	CU_ASSERT_TRUE(world_says(&w, "version 6 does not follow", 1));
	order(&w, 7, 50, 3600); /* the same with other bytes */
	CU_ASSERT_TRUE(world_says(&w, "version 7 does not follow", 1));
	order(&w, 8, -1, 3600); /* would sign at once */
	CU_ASSERT_TRUE(world_says(&w, "would sign at once", 1));
	order(&w, 8, 60, 70); /* no time for what the old one signs */
	CU_ASSERT_TRUE(
	        world_says(&w, "before the expiry of what it can sign", 1));
	world_write(&w, "officers", "nonsense\n", 0644);
	CU_ASSERT_TRUE(world_says(&w, "event=pins-refused why=\"line", 1));
	CU_ASSERT_TRUE(world_says(&w, "event=ready why=\"pins: line", 1));
	world_path(&w, "officers", path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_TRUE(world_says(&w, "No such file", 1));
	order(&w, 8, 60, 3600);
	CU_ASSERT_EQUAL(chmod(path, 0666), 0);
	CU_ASSERT_TRUE(world_says(&w, "mode 0666", 1));
	CU_ASSERT_EQUAL(world_count(&w, "event=pins-in-force version=8"), 0);
	CU_ASSERT_EQUAL(
	        world_count(&w, "role=verifier event=fake-file name=pins"), 1);
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	CU_ASSERT_TRUE(world_says(&w, "event=pins-in-force version=8", 1));
}

/* The last good one rules the next life, whatever lies there now. */
static void
test_next_life(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	world_ready(&w);
	order(&w, 2, 60, 3600);
	CU_ASSERT_TRUE(world_says(&w, "event=pins-in-force version=2", 1));
	order(&w, 1, 60, 3600);
	CU_ASSERT_TRUE(world_says(&w, "version 1 does not follow", 1));
	world_again(&w);
	CU_ASSERT_TRUE(world_says(
	        &w, "event=ready why=\"pins: version 1 does not follow", 2));
	CU_ASSERT_EQUAL(world_count(&w, "event=pins-in-force"), 2);
	order(&w, 3, -1, 3600); /* also for a life that had not begun then */
	CU_ASSERT_TRUE(world_says(&w, "would sign at once", 1));
	world_again(&w);
	CU_ASSERT_TRUE(world_says(&w, "would sign at once", 3));
	CU_ASSERT_EQUAL(world_count(&w, "event=pins-in-force"), 2);
}

/* What cannot be kept does not rule; others must not write where it is kept. */
static void
test_kept(void)
{
	AUTO(world_free) struct world w;
	char path[PATH_MAX];

	world_make(&w, "");
	world_path(&w, "state", path);
	CU_ASSERT_EQUAL(chmod(path, 0777), 0);
	world_start(&w);
	CU_ASSERT_TRUE(world_says(&w, "may change this directory", 1));
	CU_ASSERT_EQUAL(world_count(&w, "event=pins-in-force"), 0);
	CU_ASSERT_EQUAL(world_count(&w, "event=ready"), 0);
	/* mended without a restart */
	CU_ASSERT_EQUAL(chmod(path, 0700), 0);
	CU_ASSERT_TRUE(world_says(&w, "event=pins-in-force version=1", 1));
}

static const struct harness_test tests[] = {
	{ "hands the next version to all roles", test_follows },
	{ "refuses what may not follow, and says so", test_refuses },
	{ "begins with the last good one", test_next_life },
	{ "keeps a version before it rules", test_kept },
	{ NULL, NULL },
};

FAKE_ROLE_MAIN("pinned", tests)
