/*
 * test_pins_follow.c - which pins file may follow which, at what hour.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/fakes/soft_key.h"
#include "crypto/pins/follow.h"
#include "crypto/pins/signs.h"

#define T0 1795435200u /* the second key is published */
#define FROM (T0 + 120)
#define UNTIL (FROM + 600)
#define LONGEST 600

static struct soft_key *keys[4];

static struct bytes
spki(unsigned i)
{
	static const char *const names[] = { "a", "b", "c", "d" };

	if (!keys[i])
		keys[i] = soft_key_new(ALG_ES256, names[i]);
	return soft_key_spki(keys[i]);
}

static const struct pins_token tokens[] = { { "token", 1 }, { "hsm-b", 2 } };

/* Says yes or no with a reason. */
static bool
follows(const struct pins *last, const struct pins *next, uint64_t now_s)
{
	const struct pins_rules rules = { now_s, LONGEST, ARRAY_LEN(tokens),
		                          tokens };
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(buf_release) struct buf fault = buf_of(512);

	CU_ASSERT_EQUAL(pins_judge(next, &fault), OK);
	if (fault.len > 0)
		printf("%s\n", buf_str(&fault));
	err_t err = pins_follow(last, next, &rules, &why);
	CU_ASSERT_TRUE(err == OK || err == E_CONFLICT);
	CU_ASSERT_EQUAL(err == OK, why.len == 0);
	return err == OK;
}

static struct pins *
one(void)
{
	struct pins *pins = pins_kit_new();

	pins_kit_add(pins, "token", 1, spki(0), ALG_COUNT);
	return pins;
}

/* The next version: key b follows a. */
static struct pins *
two(void)
{
	struct pins *pins = one();
	struct pin *next = pins_kit_add(pins, "token", 1, spki(1), ALG_COUNT);

	pins->version = 2;
	pins->keys[0].until_s = UNTIL;
	next->publish_s = T0;
	next->from_s = FROM;
	return pins;
}

/* b alone, as after the deletion of a. */
static struct pins *
after(void)
{
	struct pins *pins = two();

	pins->version = 3;
	pins->keys[0] = pins->keys[1];
	pins->n = 1;
	return pins;
}

static void
test_versions(void)
{
	AUTO(pins_free) struct pins *last = one();
	AUTO(pins_free) struct pins *next = one();

	CU_ASSERT_TRUE(follows(NULL, next, T0));
	CU_ASSERT_FALSE(follows(last, next, T0)); /* equal */
	last->version = 7;
	next->version = 6;
	CU_ASSERT_FALSE(follows(last, next, T0));
	next->version = 8;
	CU_ASSERT_TRUE(follows(last, next, T0));
	next->version = PINS_VERSION_MAX;
	CU_ASSERT_TRUE(follows(last, next, T0));
}

static void
test_rotation(void)
{
	AUTO(pins_free) struct pins *before = one();
	AUTO(pins_free) struct pins *both = two();
	AUTO(pins_free) struct pins *end = after();

	CU_ASSERT_TRUE(follows(before, both, T0));
	CU_ASSERT_TRUE(follows(before, both, FROM - 1));
	/* never heard of, and would sign at once: the order of the past */
	CU_ASSERT_FALSE(follows(before, both, FROM));
	CU_ASSERT_FALSE(follows(before, both, UNTIL + 1));

	/* the old one goes when it is over, and not before */
	CU_ASSERT_FALSE(follows(both, end, T0));
	CU_ASSERT_FALSE(follows(both, end, UNTIL - 1));
	CU_ASSERT_TRUE(follows(both, end, UNTIL));
}

static void
test_cancel(void)
{
	AUTO(pins_free) struct pins *both = two();
	AUTO(pins_free) struct pins *back = one();

	back->version = 3;
	CU_ASSERT_TRUE(follows(both, back, FROM - 1));
	/* it should sign, and perhaps cannot: back to the one before */
	CU_ASSERT_TRUE(follows(both, back, FROM));
	CU_ASSERT_TRUE(follows(both, back, UNTIL - 1));
	CU_ASSERT_FALSE(follows(both, back, UNTIL)); /* that is over now */
	CU_ASSERT_FALSE(follows(both, back, UNTIL + 1));
}

static void
test_retired_stays_so(void)
{
	AUTO(pins_free) struct pins *both = two();
	AUTO(pins_free) struct pins *end = after();
	AUTO(pins_free) struct pins *back = one();

	back->version = 4;
	CU_ASSERT_FALSE(follows(end, back, UNTIL)); /* a instead of b */
	both->version = 4;
	CU_ASSERT_FALSE(follows(end, both, UNTIL)); /* a beside b */
	both->version = 5;
	AUTO(pins_free) struct pins *last = two();
	both->keys[0].until_s = UNTIL + 1000; /* over, and lives again */
	CU_ASSERT_FALSE(follows(last, both, UNTIL + 1));
}

static void
test_times(void)
{
	AUTO(pins_free) struct pins *last = two();
	AUTO(pins_free) struct pins *next = two();

	next->version = 3;
	/* what is to come may be moved, but not into the past */
	next->keys[1].from_s = FROM - 10;
	CU_ASSERT_TRUE(follows(last, next, T0));
	CU_ASSERT_FALSE(follows(last, next, FROM - 10));
	next->keys[1].from_s = FROM + 500;
	next->keys[0].until_s = UNTIL + 500;
	CU_ASSERT_TRUE(follows(last, next, T0));
	/* what signs has begun when it began */
	CU_ASSERT_FALSE(follows(last, next, FROM + 1));
	next->keys[1].from_s = FROM;
	CU_ASSERT_TRUE(follows(last, next, FROM + 1));
	next->keys[0].publish_s = next->keys[0].from_s = T0 - 1000;
	CU_ASSERT_FALSE(follows(last, next, T0));
}

static void
test_end(void)
{
	AUTO(pins_free) struct pins *first = one();
	AUTO(pins_free) struct pins *last = two();
	AUTO(pins_free) struct pins *next = two();

	/* no time for what the old key signs last */
	next->keys[0].until_s = FROM + LONGEST - 1;
	CU_ASSERT_FALSE(follows(first, next, T0));
	CU_ASSERT_FALSE(follows(NULL, next, T0));
	/* after the change nobody asks again: a setting may be another now */
	CU_ASSERT_TRUE(follows(NULL, next, FROM + 1));

	/* a replaced key does not lose what it was promised */
	next->version = 3;
	next->keys[0].until_s = UNTIL - 1;
	CU_ASSERT_FALSE(follows(last, next, FROM + 1));
	next->keys[0].until_s = UNTIL + 1;
	CU_ASSERT_TRUE(follows(last, next, FROM + 1));
	CU_ASSERT_TRUE(follows(last, next, UNTIL - 1));
}

static void
test_identity(void)
{
	AUTO(pins_free) struct pins *last = one();
	AUTO(pins_free) struct pins *next = one();

	next->version = 2;
	(void)snprintf(next->keys[0].uri, sizeof(next->keys[0].uri),
	               "pkcs11:object=moved");
	CU_ASSERT_TRUE(follows(last, next, T0));
	next->keys[0].alg = ALG_PS256;
	CU_ASSERT_FALSE(follows(last, next, T0));
	next->keys[0].alg = ALG_ES256;
	(void)snprintf(next->keys[0].token, sizeof(next->keys[0].token),
	               "hsm-c");
	CU_ASSERT_FALSE(follows(last, next, T0));
	next->keys[0] = last->keys[0];
	next->keys[0].node = 3; /* the configuration says 1 */
	CU_ASSERT_FALSE(follows(last, next, T0));
	CU_ASSERT_FALSE(follows(NULL, next, T0));
	last->keys[0].node = 3; /* and now the file says so, too */
	next->keys[0].node = 1;
	CU_ASSERT_TRUE(follows(last, next, T0));
}

static void
test_tokens(void)
{
	AUTO(pins_free) struct pins *last = one();
	AUTO(pins_free) struct pins *next = one();

	/* a new token begins with a key that signs at once */
	next->version = 2;
	pins_kit_add(next, "hsm-b", 2, spki(2), ALG_COUNT);
	CU_ASSERT_TRUE(follows(last, next, T0));
	/* and cannot go while it is configured */
	last->version = 3;
	CU_ASSERT_FALSE(follows(next, last, T0));
	(void)snprintf(next->keys[1].token, sizeof(next->keys[1].token),
	               "hsm-c");
	next->keys[1].node = 9;
	CU_ASSERT_TRUE(follows(next, last, T0));
	/* a key of a token that went may go on at another */
	(void)snprintf(next->keys[1].token, sizeof(next->keys[1].token),
	               "hsm-c");
	pins_kit_add(last, "hsm-b", 2, spki(2), ALG_COUNT);
	CU_ASSERT_TRUE(follows(next, last, T0));
}

/* --- which key may be destroyed -------------------------------------------- */

static bool
is_disposable(const struct pins *pins, const struct pins_signs *signs,
              uint64_t now_s)
{
	const char *why = NULL;
	const struct pin *old =
	        pins_disposable(pins, "token", signs, now_s, &why);

	CU_ASSERT_TRUE(old ? old == &pins->keys[0] : why != NULL);
	return old != NULL;
}

/* What a key holder records that signs with that key. */
static struct pins_signs
signs_by(const struct pins *pins, size_t i)
{
	struct pins_signs signs = { .version = pins->version };

	memcpy(signs.kid, pins->keys[i].kid, sizeof(signs.kid));
	return signs;
}

/* Not before its `until`, although the next key signs since its `from`; and only by
 * the word of a key holder that follows this very version. */
static void
test_disposable(void)
{
	AUTO(pins_free) struct pins *alone = one();
	AUTO(pins_free) struct pins *pins = two();
	const struct pins_signs nobody = { .version = 0 };
	const struct pins_signs first = signs_by(pins, 0);
	struct pins_signs next = signs_by(pins, 1);

	CU_ASSERT_FALSE(is_disposable(alone, &first, UNTIL));
	CU_ASSERT_FALSE(is_disposable(pins, &next, FROM - 1));
	CU_ASSERT_FALSE(is_disposable(pins, &next, FROM));
	CU_ASSERT_FALSE(is_disposable(pins, &next, UNTIL - 1));
	CU_ASSERT_TRUE(is_disposable(pins, &next, UNTIL));
	CU_ASSERT_FALSE(is_disposable(pins, &first, UNTIL));
	CU_ASSERT_FALSE(is_disposable(pins, &nobody, UNTIL));
	next.version++;
	CU_ASSERT_FALSE(is_disposable(pins, &next, UNTIL));
}

static const struct harness_test tests[] = {
	{ "versions only grow", test_versions },
	{ "a rotation, step by step", test_rotation },
	{ "a successor may be taken back in time", test_cancel },
	{ "a retired key never signs again", test_retired_stays_so },
	{ "what has begun has begun", test_times },
	{ "what the old key signed counts to its end", test_end },
	{ "a key is what it was, at its token", test_identity },
	{ "tokens come and go", test_tokens },
	{ "a key is disposable when it is over and the next one signs",
	  test_disposable },
	{ NULL, NULL },
};

HARNESS_MAIN("pins_follow", tests)
