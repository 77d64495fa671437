/*
 * test_pins_kept.c - the pins file that the supervisor has stored decides which
 * file may come into force after a restart, also if it is unusable.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/supervisor.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/soft_key.h"
#include "base/auto.h"

struct rig {
	char directory[64], state[80], kept[96], file[80];
	struct config config;
	struct config_token tokens[1];
	struct supervisor s;
	struct pins *older, *newer;
};

static struct pins *
version(uint32_t version, const char *key)
{
	struct pins *pins = pins_kit_new();
	AUTO(soft_key_free) struct soft_key *k = soft_key_new(ALG_ES256, key);

	pins->version = version;
	pins_kit_add(pins, "token", 1, soft_key_spki(k), ALG_COUNT);
	return pins;
}

static void
put(struct rig *r, const struct pins *pins)
{
	pins_kit_write(pins, r->file);
	CU_ASSERT_EQUAL(chmod(r->file, 0644), 0);
}

/* The supervisor begins (again) and looks at the officers' file. */
static void
begin(struct rig *r)
{
	pinned_release(&r->s.pinned);
	r->s.pinned.why[0] = '\0';
	pinned_start(&r->s);
	(void)pinned_look(&r->s);
}

static uint32_t
in_force(const struct rig *r)
{
	return r->s.pinned.pins ? r->s.pinned.pins->version : 0;
}

static struct rig *
rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	snprintf(r->directory, sizeof(r->directory),
	         "/tmp/anchord-kept-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL(mkdtemp(r->directory));
	snprintf(r->state, sizeof(r->state), "%s/state", r->directory);
	snprintf(r->kept, sizeof(r->kept), "%s/pins", r->state);
	snprintf(r->file, sizeof(r->file), "%s/pins", r->directory);
	CU_ASSERT_EQUAL(mkdir(r->state, 0700), 0);
	r->tokens[0] = (struct config_token){ .name = "token", .node = 1 };
	r->config = (struct config){ .n_tokens = 1,
		                     .tokens = r->tokens,
		                     .state_directory = r->state,
		                     .pins_file = r->file,
		                     .ttl_max_s = 300,
		                     .result_ttl_s = 300 };
	r->s.config = &r->config;
	r->s.pinned.file = -1;
	r->older = version(1, "old");
	r->newer = version(5, "new");
	return r;
}

static void
rig_free(struct rig *r)
{
	pinned_release(&r->s.pinned);
	pins_free(r->older);
	pins_free(r->newer);
	(void)unlink(r->kept);
	(void)unlink(r->file);
	(void)rmdir(r->state);
	(void)rmdir(r->directory);
	free(r);
}

/* Yesterday's file after a restart, with what was kept in good order. */
static void
test_older(void)
{
	struct rig *r = rig_new();

	put(r, r->newer);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 5);
	put(r, r->older);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->s.pinned.why, "does not follow"));
	rig_free(r);
}

/* What was kept is open to others, or is no pins file: nothing is in force, the
 * reason stays, and it is mended without a restart. */
static void
test_unusable(void)
{
	struct rig *r = rig_new();

	put(r, r->newer);
	begin(r);
	put(r, r->older);
	CU_ASSERT_EQUAL(chmod(r->kept, 0666), 0);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 0);
	CU_ASSERT_TRUE(r->s.pinned.again);
	CU_ASSERT_FALSE(pinned_look(&r->s));
	CU_ASSERT_EQUAL(in_force(r), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->s.pinned.why, "0666"));
	CU_ASSERT_EQUAL(chmod(r->kept, 0600), 0);
	CU_ASSERT_TRUE(pinned_look(&r->s));
	CU_ASSERT_EQUAL(in_force(r), 5);

	CU_ASSERT_EQUAL(truncate(r->kept, 20), 0);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 0);
	CU_ASSERT_TRUE(r->s.pinned.why[0] != '\0');
	CU_ASSERT_EQUAL(unlink(r->kept), 0); /* the officer decides */
	CU_ASSERT_TRUE(pinned_look(&r->s));
	CU_ASSERT_EQUAL(in_force(r), 1);
	rig_free(r);
}

static const struct harness_test tests[] = {
	{ "no older file rules the next life", test_older },
	{ "none rules while the last one is unknown", test_unusable },
	{ NULL, NULL },
};

HARNESS_MAIN("pins_kept", tests)
