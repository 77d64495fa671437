/*
 * test_chain_follow.c - which signing keys and revocation lists an ordinary version
 * may change, whoever signed it.
 *
 * In version 1 the token "token" has the keys "service", whose until is over when
 * version 2 is issued, and "service-2"; "hsm-b" has "service-3".
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/chain_kit.h"

static struct bundle *
add_ordinary(struct chain_kit *k)
{
	return chain_kit_add(k, BUNDLE_ORDINARY, "alpha bravo");
}

static struct pin *
last_key(struct bundle *b)
{
	return &b->pins.keys[b->pins.n - 1];
}

/* A key that follows service-3 at that many seconds after the version. */
static struct pin *
add_successor(struct bundle *b, int64_t after_s)
{
	struct pin *pin = bundle_kit_add_key(b, "hsm-b", 2, "service-4");

	memcpy(pin->uri, "pkcs11:object=next", sizeof("pkcs11:object=next"));
	pin->from_s = (uint64_t)((int64_t)b->issued_s + after_s);
	pin->publish_s = pin->from_s;
	(pin - 1)->until_s = b->issued_s + 2 * CHAIN_KIT_HOUR;
	return pin;
}

/* --- keys ----------------------------------------------------------------- */

static void
follow_unchanged(struct chain_kit *k)
{
	add_ordinary(k);
}

/* The node and the token stay, what the old key signed is worth nothing. */
static void
replace_key(struct chain_kit *k)
{
	struct bundle *b = add_ordinary(k);

	chain_kit_drop_key(b);
	bundle_kit_add_key(b, "hsm-b", 2, "rogue");
}

static void
drop_valid_key(struct chain_kit *k)
{
	chain_kit_drop_key(add_ordinary(k));
}

static void
drop_key_with_device(struct chain_kit *k)
{
	struct bundle *b = add_ordinary(k);

	chain_kit_drop_key(b);
	b->n_devices--;
}

static void
drop_ended_key(struct chain_kit *k)
{
	struct bundle *b = add_ordinary(k);

	memmove(&b->pins.keys[0], &b->pins.keys[1], 2 * sizeof(struct pin));
	chain_kit_drop_key(b);
}

static void
add_successor_ahead(struct chain_kit *k)
{
	add_successor(add_ordinary(k), 600);
}

static void
add_successor_at_once(struct chain_kit *k)
{
	add_successor(add_ordinary(k), 0);
}

static void
move_ended_until(struct chain_kit *k)
{
	struct bundle *b = add_ordinary(k);

	b->pins.keys[0].until_s = b->issued_s + CHAIN_KIT_DAY;
}

static void
sign_from_earlier(struct chain_kit *k)
{
	add_successor(add_ordinary(k), 600);
	struct pin *pin = last_key(add_ordinary(k));

	pin->from_s = pin->publish_s -= 60; /* that is over, too */
}

static void
withdraw_successor(struct chain_kit *k)
{
	add_successor(add_ordinary(k), 2 * CHAIN_KIT_HOUR - 60);
	struct bundle *b = add_ordinary(k);

	chain_kit_drop_key(b);
	last_key(b)->until_s = 0;
}

/* By the rule above a key may be ended soon, and then a removal takes its row. */
static void
remove_ended_key(struct chain_kit *k)
{
	add_successor(add_ordinary(k), 600);
	struct bundle *b = chain_kit_add(k, BUNDLE_REMOVAL, "alpha");

	b->pins.keys[2] = b->pins.keys[3];
	chain_kit_drop_key(b);
}

/* --- revocation lists ----------------------------------------------------- */

static void
lower_revocations(struct chain_kit *k)
{
	add_ordinary(k)->revocations_from_s--;
}

static void
raise_revocations(struct chain_kit *k)
{
	add_ordinary(k)->revocations_from_s++;
}

static void
lower_raised_revocations(struct chain_kit *k)
{
	add_ordinary(k)->revocations_from_s += 2;
	add_ordinary(k)->revocations_from_s--;
}

/* --- devices -------------------------------------------------------------- */

static void
lower_base(struct chain_kit *k)
{
	add_ordinary(k)->devices[1].base--;
}

static void
raise_base(struct chain_kit *k)
{
	add_ordinary(k)->devices[1].base++;
}

/* The same counter by another name of its token. */
static void
lower_base_of_another_name(struct chain_kit *k)
{
	struct bundle *b = add_ordinary(k);

	b->devices[2] = b->devices[1];
	memcpy(b->devices[2].token, "hsm-c", sizeof("hsm-c"));
	b->devices[2].counter[strlen("pkcs11:serial=")] ^= 1;
	b->n_devices++;
	b = add_ordinary(k);
	memcpy(b->devices[2].token, "hsm-d", sizeof("hsm-d"));
	b->devices[2].base--;
}

static void
lower_base_of_another_counter(struct chain_kit *k)
{
	struct bundle *b = add_ordinary(k);

	b->devices[1].base--;
	b->devices[1].counter[strlen("pkcs11:serial=")] ^= 1;
}

static const struct chain_kit_row rows[] = {
	{ "the same keys", follow_unchanged, TRUST_SOUND },
	{ "another key in the place of one", replace_key, TRUST_KEYS },
	{ "a key is gone whose signatures are valid", drop_valid_key,
	  TRUST_KEYS },
	{ "a key is gone with its device", drop_key_with_device, TRUST_SOUND },
	{ "a key is gone whose time is over", drop_ended_key, TRUST_SOUND },
	{ "a successor that signs later", add_successor_ahead, TRUST_SOUND },
	{ "a successor that signs at once", add_successor_at_once, TRUST_KEYS },
	{ "the end of a key is moved that is over", move_ended_until,
	  TRUST_KEYS },
	{ "a key would have signed earlier", sign_from_earlier, TRUST_KEYS },
	{ "a successor is withdrawn", withdraw_successor, TRUST_SOUND },
	{ "a removal takes a key whose end is ahead", remove_ended_key,
	  TRUST_SOUND },
	{ "a lower base", lower_base, TRUST_DEVICES },
	{ "a higher base", raise_base, TRUST_SOUND },
	{ "a lower base of a token with another name",
	  lower_base_of_another_name, TRUST_DEVICES },
	{ "a lower base of another counter", lower_base_of_another_counter,
	  TRUST_SOUND },
	{ "an older revocation list", lower_revocations, TRUST_REVOCATIONS },
	{ "a newer revocation list", raise_revocations, TRUST_SOUND },
	{ "an older one than the version before", lower_raised_revocations,
	  TRUST_REVOCATIONS },
};

static void
test_rows(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(rows, ARRAY_LEN(rows)), 0);
}

static const struct harness_test tests[] = {
	{ "keys and lists follow those before", test_rows },
	{ NULL, NULL },
};

HARNESS_MAIN("what an ordinary version may not change", tests)
