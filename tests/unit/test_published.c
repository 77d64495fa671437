/*
 * test_published.c - which keys GET /v1/keys shows, in which order, how long.
 */
#include <stdio.h>
#include <string.h>

#include "../../src/front/published.h"

#include "../common/harness.h"
#include "../common/soft_key.h"

/* An edge is only ever compared. */
static char edges[2];
#define EDGE(i) ((const struct edge *)(const void *)&edges[i])

static struct wire_key_held
held(const struct soft_key *k, uint64_t from_s, uint64_t until_s)
{
	return (struct wire_key_held){ .kid = bytes_of_str(soft_key_kid(k)),
		                       .spki = soft_key_spki(k),
		                       .alg = ALG_ES256,
		                       .signs_from_s = from_s,
		                       .until_s = until_s };
}

static void
hold(struct published *p, const struct soft_key *k, uint64_t from_s,
     uint64_t until_s)
{
	const struct wire_key_held m = held(k, from_s, until_s);

	CU_ASSERT_EQUAL(published_hold(p, &m, EDGE(0)), OK);
}

static void
know(struct published *p, const struct soft_key *k, uint64_t until_s)
{
	const struct wire_key_known m = {
		.kid = bytes_of_str(soft_key_kid(k)),
		.spki = soft_key_spki(k),
		.alg = ALG_ES256,
		.until_s = until_s,
	};

	CU_ASSERT_EQUAL(published_know(p, &m), OK);
}

/* At that time there must be these keys, in this order; NULL: no more. */
static void
expect(struct published *p, uint64_t now_s, const struct soft_key *first,
       const struct soft_key *second)
{
	AUTO(buf_release) struct buf text = buf_of(KEYRING_JSON_MAX);
	const struct keyring *ring = NULL;
	const char *at[2] = { NULL, NULL };

	CU_ASSERT_EQUAL_FATAL(published_now(p, now_s, &ring), OK);
	CU_ASSERT_EQUAL_FATAL(keyring_to_jwks(ring, &text), OK);
	unsigned n = 0;
	for (const char *s = buf_str(&text); (s = strstr(s, "\"kid\"")); s++)
		n++;
	CU_ASSERT_EQUAL(n, (first != NULL) + (second != NULL));
	if (first)
		at[0] = strstr(buf_str(&text), soft_key_kid(first));
	if (second)
		at[1] = strstr(buf_str(&text), soft_key_kid(second));
	CU_ASSERT_EQUAL(at[0] != NULL, first != NULL);
	CU_ASSERT_EQUAL(at[1] != NULL, second != NULL);
	if (at[0] && at[1])
		CU_ASSERT_TRUE(at[0] < at[1]);
}

#define KEYS                                                     \
	AUTO(published_free) struct published *p = NULL;         \
	AUTO(soft_key_free)                                      \
	struct soft_key *old = soft_key_new(ALG_ES256, "old");   \
	AUTO(soft_key_free)                                      \
	struct soft_key *next = soft_key_new(ALG_ES256, "next"); \
	CU_ASSERT_EQUAL_FATAL(published_new(&p), OK)

static void
test_rotation(void)
{
	KEYS;
	expect(p, 100, NULL, NULL);
	hold(p, old, 0, 0);
	expect(p, 100, old, NULL);
	hold(p, old, 0, 500);
	hold(p, next, 200, 0);
	expect(p, 100, old, next);
	expect(p, 199, old, next);
	expect(p, 200, next, old); /* who signs is the first */
	expect(p, 499, next, old);
	expect(p, 500, next, NULL);
	expect(p, 501, next, NULL);
}

static void
test_another_edge(void)
{
	KEYS;
	hold(p, old, 0, 0);
	/* The key holder is here: the ledger knows nothing better. */
	know(p, old, 300);
	expect(p, 400, old, NULL);
	/* It is gone, and its key stays; now the ledger may speak. */
	published_left(p, EDGE(1));
	know(p, old, 300);
	expect(p, 400, old, NULL);
	published_left(p, EDGE(0));
	expect(p, 400, old, NULL);
	know(p, old, 450);
	expect(p, 449, old, NULL);
	expect(p, 450, NULL, NULL);
	/* A key whose key holder was never met, and then is. */
	know(p, next, 0);
	expect(p, 500, next, NULL);
	hold(p, next, 0, 600);
	expect(p, 600, NULL, NULL);
}

static void
test_nonsense(void)
{
	KEYS;
	struct wire_key_held m = held(old, 0, 0);

	m.alg = ALG_COUNT;
	CU_ASSERT_EQUAL(published_hold(p, &m, EDGE(0)), E_MALFORMED);
	m = held(old, 0, 0);
	m.spki = soft_key_spki(next);
	CU_ASSERT_EQUAL(published_hold(p, &m, EDGE(0)), E_MALFORMED);
	hold(p, old, 0, 0);
	CU_ASSERT_EQUAL(published_hold(p, &m, EDGE(0)), E_MALFORMED);
	expect(p, 1, old, NULL);
}

/* More keys than there are places: those that nobody holds make room. */
static void
test_full(void)
{
	KEYS;
	hold(p, old, 0, 0);
	for (unsigned i = 0; i < KEYRING_MAX + 2; i++) {
		char name[16];

		snprintf(name, sizeof(name), "key-%u", i);
		AUTO(soft_key_free)
		struct soft_key *k = soft_key_new(ALG_ES256, name);
		know(p, k, 0);
	}
	know(p, next, 0);
	const struct keyring *ring = NULL;
	AUTO(buf_release) struct buf text = buf_of(KEYRING_JSON_MAX);
	CU_ASSERT_EQUAL_FATAL(published_now(p, 1, &ring), OK);
	CU_ASSERT_EQUAL_FATAL(keyring_to_jwks(ring, &text), OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text), soft_key_kid(old)));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&text), soft_key_kid(next)));
}

static const struct harness_test tests[] = {
	{ "shows both keys of a rotation, the one that signs first",
	  test_rotation },
	{ "keeps a key whose key holder is away", test_another_edge },
	{ "takes no other key of the same name", test_nonsense },
	{ "makes room by those that nobody holds", test_full },
	{ NULL, NULL },
};

HARNESS_MAIN("published", tests)
