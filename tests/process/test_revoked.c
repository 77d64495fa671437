/*
 * test_revoked.c - the supervisor and the list of revoked keys: whoever may
 * write revocation.file brings back no key, also not by way of a restart.
 */
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/fakes/fake_role.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/world.h"
#include "base/clock.h"
#include "base/encode.h"
#include "evidence/revocation/follow.h"

#define FULL 20
#define FEW 3
#define CLEAR "event=ready why=\"keyholder: fake" /* of lists nothing */

/* A world whose list lies beside the officers' word. */
static uint64_t
make(struct world *w)
{
	AUTO(buf_release) struct buf more = buf_of(4096);

	world_make(w, "");
	buf_printf(&more,
	           "revocation: { file = \"%s/list\"; accepted = \"%s/word\"; "
	           "};\n",
	           w->dir, w->dir);
	world_config(w, buf_str(&more));
	return clock_wall_ms() / 1000;
}

/* How often roles were born with that list, or were handed it. */
static bool
has(struct world *w, const char *event, unsigned n, int times)
{
	char line[128];

	(void)snprintf(line, sizeof(line),
	               "role=verifier event=%s name=revocation bytes=%u", event,
	               WORLD_LIST_SIZE(n));
	return world_says(w, line, times);
}

static bool
in_force(struct world *w, unsigned n, int times)
{
	char line[128];

	(void)snprintf(line, sizeof(line),
	               "event=revocation-in-force entries=%u ", n);
	return world_says(w, line, times);
}

/* An officer's word for the list of n. */
static void
accept_list(struct world *w, unsigned n)
{
	AUTO(buf_release) struct buf file = buf_of(1024 * 1024);
	AUTO(buf_release) struct buf word = buf_of(128);
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(revocations_free) struct revocations *list = NULL;
	uint8_t digest[HASH_SIZE];
	char path[PATH_MAX];

	world_list(w, "other", n, 1);
	world_path(w, "other", path);
	FILE *f = fopen(path, "re");
	uint8_t *at = buf_extend(&file, WORLD_LIST_SIZE(n));
	CU_ASSERT_FATAL(f && at);
	CU_ASSERT_EQUAL(fread(at, 1, file.len, f), file.len);
	(void)fclose(f);
	CU_ASSERT_EQUAL_FATAL(revocations_open(&file, &why, &list), OK);
	revocations_digest(list, digest);
	encode_hex(&word, bytes_of(digest, HASH_SIZE));
	buf_append_str(&word, "\n");
	world_put(w, "word", buf_bytes(&word), 0644);
}

/* The job that brings lists has been taken over, and somebody restarts us. */
static void
test_restarts(void)
{
	AUTO(world_free) struct world w;
	uint64_t now_s = make(&w);
	char path[PATH_MAX];

	world_list(&w, "list", FULL, now_s - 100);
	world_ready(&w);
	CU_ASSERT_TRUE(in_force(&w, FULL, 1));
	CU_ASSERT_TRUE(has(&w, "fake-born", FULL, 1));

	world_list(&w, "list", FEW, now_s - 50);
	CU_ASSERT_TRUE(world_says(&w, "names 3 of the 20 entries in force", 1));
	world_again(&w);
	CU_ASSERT_TRUE(has(&w, "fake-born", FULL, 2));
	CU_ASSERT_TRUE(world_says(
	        &w, "event=ready why=\"revocation: names 3 of the 20", 2));

	world_list(&w, "list", FULL, now_s - 200);
	CU_ASSERT_TRUE(world_says(&w, "older than the list", 1));
	world_again(&w);
	CU_ASSERT_TRUE(has(&w, "fake-born", FULL, 3));

	world_write(&w, "list", "ANREV001spoiled", 0644);
	CU_ASSERT_TRUE(world_says(&w, "event=revocation-refused", 5));
	world_again(&w);
	CU_ASSERT_TRUE(has(&w, "fake-born", FULL, 4));

	world_list(&w, "list", FULL, now_s + 100000);
	CU_ASSERT_TRUE(world_says(&w, "the list is from the future", 1));
	world_path(&w, "list", path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	world_again(&w);
	CU_ASSERT_TRUE(has(&w, "fake-born", FULL, 5));
	CU_ASSERT_EQUAL(world_count(&w, "event=fake-file"), 0);
	CU_ASSERT_TRUE(in_force(&w, FULL, 5));
}

/* What follows rules at once, and also the next life. */
static void
test_follows(void)
{
	AUTO(world_free) struct world w;
	uint64_t now_s = make(&w);

	world_list(&w, "list", FULL, now_s - 100);
	world_ready(&w);
	world_list(&w, "list", FULL + 1, now_s - 50);
	CU_ASSERT_TRUE(has(&w, "fake-file", FULL + 1, 1));
	world_list(&w, "list", FULL, now_s - 70);
	CU_ASSERT_TRUE(world_says(&w, "older than the list", 1));
	world_again(&w);
	CU_ASSERT_TRUE(has(&w, "fake-born", FULL + 1, 1));
	int clear = world_count(&w, CLEAR);
	world_list(&w, "list", FULL + 2, now_s - 50);
	CU_ASSERT_TRUE(has(&w, "fake-file", FULL + 2, 1));
	CU_ASSERT_TRUE(world_says(&w, CLEAR, clear + 1));
}

/* Also when it comes after the list, and for that list alone. */
static void
test_word(void)
{
	AUTO(world_free) struct world w;
	uint64_t now_s = make(&w);

	world_list(&w, "list", FULL, now_s - 100);
	world_ready(&w);
	world_list(&w, "list", FEW, now_s - 50);
	CU_ASSERT_TRUE(world_says(&w, "names 3 of the 20 entries in force", 1));
	accept_list(&w, FEW + 1);
	CU_ASSERT_TRUE(world_says(&w, "names 3 of the 20 entries in force", 3));
	accept_list(&w, FEW);
	CU_ASSERT_TRUE(has(&w, "fake-file", FEW, 1));
	world_list(&w, "list", 0, now_s - 40);
	CU_ASSERT_TRUE(world_says(&w, "names 0 of the 3 entries in force", 1));
	world_again(&w);
	CU_ASSERT_TRUE(has(&w, "fake-born", FEW, 1));
}

/* Keys are revoked for a reason: a full disk, or a directory that others may
 * write, puts nothing off.  It is kept once it can be. */
static void
test_not_kept(void)
{
	AUTO(world_free) struct world w;
	uint64_t now_s = make(&w);
	char state[PATH_MAX], kept[PATH_MAX];
	struct stat st;

	world_path(&w, "state", state);
	world_path(&w, "state/revocation", kept);
	world_list(&w, "list", FULL, now_s - 100);
	world_ready(&w);
	CU_ASSERT_EQUAL(stat(kept, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(st.st_uid, geteuid());
	CU_ASSERT_EQUAL(chmod(state, 0777), 0);
	world_list(&w, "list", FULL + 1, now_s - 50);
	CU_ASSERT_TRUE(has(&w, "fake-file", FULL + 1, 1));
	CU_ASSERT_TRUE(
	        world_says(&w,
	                   "event=revocation-not-kept "
	                   "why=\"service.state_directory: open to others",
	                   1));
	CU_ASSERT_EQUAL(chmod(state, 0700), 0);
	for (int i = 0; i < HARNESS_WAIT_MS / 100 && stat(kept, &st) == 0 &&
	                st.st_size != WORLD_LIST_SIZE(FULL + 1);
	     i++)
		world_pause(100);
	CU_ASSERT_EQUAL(st.st_size, WORLD_LIST_SIZE(FULL + 1));
	CU_ASSERT_EQUAL(world_count(&w, "event=revocation-not-kept"), 1);
}

/* A kept list that others may have written, or that is spoiled, is none. */
static void
test_kept_is_ours(void)
{
	AUTO(world_free) struct world w;
	uint64_t now_s = make(&w);
	char kept[PATH_MAX];

	world_list(&w, "list", FULL, now_s - 100);
	world_ready(&w);
	world_path(&w, "state/revocation", kept);
	CU_ASSERT_EQUAL(chmod(kept, 0666), 0);
	world_list(&w, "list", FEW, now_s - 50);
	CU_ASSERT_TRUE(world_says(&w, "names 3 of the 20 entries in force", 1));
	world_again(&w);
	CU_ASSERT_TRUE(world_says(&w, "state/revocation: open to others", 1));
	CU_ASSERT_TRUE(has(&w, "fake-born", FEW, 1));
	world_write(&w, "state/revocation", "ANREV001spoiled", 0600);
	world_again(&w);
	CU_ASSERT_TRUE(has(&w, "fake-born", FEW, 2));
	CU_ASSERT_TRUE(world_says(&w, "event=ready", 3));
}

static const struct harness_test tests[] = {
	{ "a restart forgets nothing", test_restarts },
	{ "a list that follows rules, also the next life", test_follows },
	{ "an officer's word is for one list", test_word },
	{ "a list that cannot be kept yet rules all the same", test_not_kept },
	{ "a kept list is ours alone", test_kept_is_ours },
	{ NULL, NULL },
};

FAKE_ROLE_MAIN("revoked", tests)
