/*
 * test_verdict_key.c - who gets the key of verdicts: verifiers and key holders,
 * one a life of the service; and nobody else, the ledger least of all.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/common/fakes/fake_role.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/world.h"

#define KEY_TEXT 64 /* characters */

/* The key that the n-th process of that role said it got. */
static void
key_of(struct world *w, const char *role, int n, char ret[static KEY_TEXT + 1])
{
	char needle[64];

	snprintf(needle, sizeof(needle), "role=%s event=fake-tags key=", role);
	CU_ASSERT_TRUE_FATAL(world_says(w, needle, n));
	const char *at = buf_str(&w->log);
	for (int i = 0; i < n && at; i++) {
		at = strstr(at, needle);
		at = at ? at + strlen(needle) : NULL;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	CU_ASSERT_EQUAL(strspn(at, "0123456789abcdef"), KEY_TEXT);
	snprintf(ret, KEY_TEXT + 1, "%s", at);
}

static void
nobody_else(struct world *w)
{
	CU_ASSERT_EQUAL(world_count(w, "role=ledger event=fake-tags"), 0);
	CU_ASSERT_EQUAL(world_count(w, "role=front event=fake-tags"), 0);
}

static void
test_who(void)
{
	AUTO(world_free) struct world w;
	char first[KEY_TEXT + 1], other[KEY_TEXT + 1];

	world_make(&w, "process: { verifiers = 2; };\n");
	world_ready(&w);
	key_of(&w, "verifier", 1, first);
	key_of(&w, "verifier", 2, other);
	CU_ASSERT_STRING_EQUAL(first, other);
	key_of(&w, "keyholder", 1, other);
	CU_ASSERT_STRING_EQUAL(first, other);

	/* A process that comes back is of the same life of the service. */
	CU_ASSERT_EQUAL(kill(world_pid(&w, "keyholder"), SIGKILL), 0);
	key_of(&w, "keyholder", 2, other);
	CU_ASSERT_STRING_EQUAL(first, other);
	nobody_else(&w);
}

static void
test_next_life(void)
{
	AUTO(world_free) struct world w;
	char first[KEY_TEXT + 1], second[KEY_TEXT + 1], other[KEY_TEXT + 1];

	world_make(&w, "");
	world_ready(&w);
	key_of(&w, "verifier", 1, first);
	CU_ASSERT_EQUAL(kill(w.pid, SIGTERM), 0);
	CU_ASSERT_TRUE(world_wait(&w, HARNESS_WAIT_MS) >= 0);
	w.status = -1;
	world_start(&w);
	key_of(&w, "verifier", 2, second);
	CU_ASSERT_STRING_NOT_EQUAL(first, second);
	key_of(&w, "keyholder", 2, other);
	CU_ASSERT_STRING_EQUAL(second, other);
	nobody_else(&w);
}

static const struct harness_test tests[] = {
	{ "is the verifiers' and the key holders' alone", test_who },
	{ "is another in each life of the service", test_next_life },
	{ NULL, NULL },
};

FAKE_ROLE_MAIN("verdict_key", tests)
