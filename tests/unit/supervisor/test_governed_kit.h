/*
 * test_governed_kit.h - a supervisor that looks at chains of the trust bundle.
 */
#ifndef UNIT_SUPERVISOR_TEST_GOVERNED_KIT_H
#define UNIT_SUPERVISOR_TEST_GOVERNED_KIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/encode.h"
#include "supervisor/last_good.h"
#include "supervisor/supervisor.h"
#include "tests/common/base/files.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/chain_kit.h"

struct rig {
	char directory[64], state[80], kept[112], seen[112], waiting[112],
	        file[80];
	char genesis[CHAIN_KIT_HEX];
	struct config config;
	struct supervisor s;
	struct chain_kit kit;
};

/* --- files ---------------------------------------------------------------- */

static inline void
put_file(const char *path, struct bytes text)
{
	CU_ASSERT_TRUE_FATAL(file_write(path, text, 0600));
}

/* Puts the first n versions at the place of trust.bundle. */
static inline void
put_chain(struct rig *r, struct chain_kit *kit, size_t n)
{
	AUTO(buf_release) struct buf pack = chain_kit_pack(kit, n);

	put_file(r->file, buf_bytes(&pack));
}

/* --- the supervisor ------------------------------------------------------- */

static inline bool
look(struct rig *r)
{
	return governed_look(&r->s);
}

/* The supervisor begins again and looks. */
static inline void
begin(struct rig *r)
{
	governed_release(&r->s.governed);
	r->s.governed = (struct governed){ .file = -1 };
	governed_start(&r->s);
	(void)look(r);
}

static inline uint32_t
in_force(const struct rig *r)
{
	return r->s.governed.now.version;
}

/* Refused with these words, and nothing has changed. */
static inline void
refuses(struct rig *r, const char *words)
{
	struct governed_version was = r->s.governed.now;

	CU_ASSERT_FALSE(look(r));
	CU_ASSERT_EQUAL(memcmp(&was, &r->s.governed.now, sizeof(was)), 0);
	if (strstr(r->s.governed.why, words))
		return;
	printf("  \"%s\" instead of \"%s\"\n", r->s.governed.why, words);
	CU_FAIL("another complaint");
}

/* The times of the kit's bundles are those of a day long ago. */
static inline void
date_now(struct bundle *b)
{
	uint64_t now_s = clock_wall_ms() / 1000;
	uint64_t ahead_s = now_s - CHAIN_KIT_DAY - b->issued_s;

	b->issued_s += ahead_s;
	b->apply_before_s += ahead_s;
	b->expires_s += ahead_s;
	b->officers.rows[1].until_s += ahead_s;
}

static inline struct rig *
rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	snprintf(r->directory, sizeof(r->directory),
	         "/tmp/anchord-governed-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL(mkdtemp(r->directory));
	snprintf(r->state, sizeof(r->state), "%s/state", r->directory);
	snprintf(r->kept, sizeof(r->kept), "%s/" LAST_GOOD_CHAIN, r->state);
	snprintf(r->seen, sizeof(r->seen), "%s/" LAST_GOOD_SEEN, r->state);
	snprintf(r->waiting, sizeof(r->waiting), "%s/" LAST_GOOD_WAITING,
	         r->state);
	snprintf(r->file, sizeof(r->file), "%s/chain", r->directory);
	CU_ASSERT_EQUAL(mkdir(r->state, 0700), 0);
	chain_kit_begin(&r->kit);
	date_now(r->kit.bundles[0]);
	chain_kit_genesis(&r->kit, r->genesis);
	r->config = (struct config){ .governance = "officers",
		                     .bundle_file = r->file,
		                     .genesis_sha256 = r->genesis,
		                     .state_directory = r->state };
	r->s.config = &r->config;
	r->s.governed.file = -1;
	return r;
}

static inline void
rig_free(struct rig *r)
{
	governed_release(&r->s.governed);
	chain_kit_release(&r->kit);
	(void)unlink(r->kept);
	(void)unlink(r->seen);
	(void)unlink(r->waiting);
	(void)unlink(r->file);
	(void)rmdir(r->state);
	CU_ASSERT_EQUAL(rmdir(r->directory), 0);
	free(r);
}

#endif
