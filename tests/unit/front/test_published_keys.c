/*
 * test_published_keys.c - the keys of GET /v1/keys, their order and their
 * times.
 */
#include <stdio.h>
#include <string.h>

#include "front/api/published_keys.h"

#include "tests/common/base/harness.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/soft_key.h"

/* Pins both keys; the second one is the successor. */
static void
pin(struct published_keys *p, const struct soft_key *old,
    const struct soft_key *next, uint32_t version)
{
	AUTO(pins_free) struct pins *pins = pins_kit_new();
	AUTO(buf_release) struct buf why = buf_of(256);

	pins->version = version;
	pins_kit_add(pins, "token", 1, soft_key_spki(old), ALG_COUNT);
	if (next) {
		struct pin *row = pins_kit_add(pins, "token", 1,
		                               soft_key_spki(next), ALG_COUNT);

		pins->keys[0].until_s = 500;
		row->publish_s = 50;
		row->from_s = 200;
	}
	AUTO(buf_release) struct buf text = pins_kit_text(pins);
	CU_ASSERT_EQUAL(published_keys_pin(p, buf_bytes(&text), &why), OK);
}

/* Fails the test unless these keys are published at that time, in this order;
 * NULL: no second one. */
static void
expect(struct published_keys *p, uint64_t now_s, const struct soft_key *first,
       const struct soft_key *second)
{
	AUTO(buf_release) struct buf text = buf_of(KEYRING_JSON_MAX);
	const struct keyring *ring = NULL;
	const char *at[2] = { NULL, NULL };

	CU_ASSERT_EQUAL_FATAL(published_keys_now(p, now_s, &ring), OK);
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

#define KEYS                                                       \
	AUTO(published_keys_free) struct published_keys *p = NULL; \
	AUTO(soft_key_free)                                        \
	struct soft_key *old = soft_key_new(ALG_ES256, "old");     \
	AUTO(soft_key_free)                                        \
	struct soft_key *next = soft_key_new(ALG_ES256, "next");   \
	CU_ASSERT_EQUAL_FATAL(published_keys_new(&p), OK)

static void
test_rotation(void)
{
	KEYS;
	expect(p, 100, NULL, NULL);
	pin(p, old, NULL, 1);
	expect(p, 100, old, NULL);
	pin(p, old, next, 2);
	expect(p, 49, old, NULL);
	expect(p, 50, old, next);
	expect(p, 199, old, next);
	expect(p, 200, next, old); /* the key that signs is first */
	expect(p, 499, next, old);
	expect(p, 500, next, NULL);
	expect(p, 501, next, NULL);
	expect(p, 100, old, next); /* the clock was set back */
}

static void
test_refused(void)
{
	KEYS;
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(pins_free) struct pins *pins = pins_kit_new();

	pin(p, old, next, 2);
	pins_kit_add(pins, "token", 1, soft_key_spki(next), ALG_COUNT);
	for (pins->version = 1; pins->version <= 2; pins->version++) {
		AUTO(buf_release) struct buf text = pins_kit_text(pins);

		CU_ASSERT_EQUAL(published_keys_pin(p, buf_bytes(&text), &why),
		                E_CONFLICT);
	}
	CU_ASSERT_EQUAL(published_keys_pin(p, bytes_of_str("x"), &why),
	                E_MALFORMED);
	expect(p, 100, old, next);
}

static const struct harness_test tests[] = {
	{ "shows both keys of a rotation, the one that signs first",
	  test_rotation },
	{ "takes no older file and no nonsense", test_refused },
	{ NULL, NULL },
};

HARNESS_MAIN("published_keys", tests)
