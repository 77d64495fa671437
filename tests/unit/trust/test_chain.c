/*
 * test_chain.c - versions that follow one another, and chains that an attacker
 * put together of honest parts.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/chain_kit.h"

#define ORDINARY(k, by) chain_kit_add(k, BUNDLE_ORDINARY, by)

/* The bundle that came last. */
static struct bundle *
last_of(struct chain_kit *k)
{
	return k->bundles[k->n - 1];
}

/* --- sound ---------------------------------------------------------------- */

static void
spoil_nothing(struct chain_kit *k)
{
	(void)k;
}

static void
follow_by_two(struct chain_kit *k)
{
	ORDINARY(k, "alpha charlie");
	ORDINARY(k, "bravo charlie alpha");
}

static void
issue_at_the_same_second(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo")->issued_s -= CHAIN_KIT_HOUR;
}

static void
sign_at_the_last_second(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo");

	chain_kit_officer(&k->bundles[0]->officers, "bravo")->until_s =
	        b->issued_s;
	chain_kit_officer(&b->officers, "bravo")->until_s = b->issued_s;
}

static void
expire_in_the_middle(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha charlie");

	b->issued_s = k->bundles[0]->expires_s + CHAIN_KIT_DAY;
	b->apply_before_s = b->issued_s + CHAIN_KIT_DAY;
	b->expires_s = b->issued_s + 30 * CHAIN_KIT_DAY;
}

static void
add_signatures_of_nobody(struct chain_kit *k)
{
	ORDINARY(k, "mallory alpha trent bravo");
}

/* One officer's stale signature takes nothing from the others'. */
static void
add_stale_signature(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo");
	chain_kit_seal(k);
	chain_kit_sign(k, 1, "charlie", TRUST_NAMESPACE, k->versions[0].text);
}

static void
sign_most(struct chain_kit *k)
{
	ORDINARY(k, "m1 m2 m3 m4 m5 m6 m7 m8 m9 m10 m11 m12 m13 m14 m15 m16 "
	            "m17 m18 m19 m20 m21 m22 m23 m24 m25 m26 m27 m28 m29 m30 "
	            "alpha bravo");
}

/* --- what it follows ------------------------------------------------------ */

static void
pin_another_genesis(struct chain_kit *k)
{
	chain_kit_seal(k);
	k->genesis[0] ^= 1;
}

/* The attacker's own officers, and his own version 1. */
static void
begin_otherwise(struct chain_kit *k)
{
	uint8_t genesis[HASH_SIZE];

	chain_kit_seal(k);
	memcpy(genesis, k->genesis, HASH_SIZE);
	chain_kit_release(k);
	chain_kit_begin(k);
	struct officer_set *set = &k->bundles[0]->officers;
	bundle_kit_officer(chain_kit_officer(set, "alpha"), "mallory");
	bundle_kit_officer(chain_kit_officer(set, "bravo"), "trent");
	k->by[0] = "mallory trent";
	chain_kit_seal(k);
	memcpy(k->genesis, genesis, HASH_SIZE);
}

static void
cut_first_version(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo");
	chain_kit_seal(k);
	k->versions[0] = k->versions[1];
	bundle_free(k->bundles[1]);
	k->n = 1;
	buf_release(&k->texts[0]);
	for (size_t i = 0; i < TRUST_SIGNATURES_MAX; i++)
		buf_release(&k->signatures[0][i]);
	k->texts[0] = k->texts[1];
	memcpy(k->signatures[0], k->signatures[1], sizeof(k->signatures[0]));
}

static void
swap_versions(struct chain_kit *k, size_t a, size_t b)
{
	chain_kit_seal(k);
	struct trust_version kept = k->versions[a];

	k->versions[a] = k->versions[b];
	k->versions[b] = kept;
}

static void
leave_out_version(struct chain_kit *k)
{
	follow_by_two(k);
	ORDINARY(k, "alpha bravo");
	swap_versions(k, 1, 2);
	k->versions[2] = k->versions[3];
}

static void
double_version(struct chain_kit *k)
{
	follow_by_two(k);
	chain_kit_seal(k);
	k->versions[2] = k->versions[1];
}

static void
reorder_versions(struct chain_kit *k)
{
	follow_by_two(k);
	swap_versions(k, 1, 2);
}

static void
end_with_older(struct chain_kit *k)
{
	follow_by_two(k);
	chain_kit_seal(k);
	k->versions[2] = k->versions[0];
}

/* So that no honest version could follow. */
static void
jump_to_last_number(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo");

	b->version = b->pins.version = UINT32_MAX;
}

static void
skip_a_number(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo");

	b->version = b->pins.version = 3;
}

static void
repeat_number(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo");
	struct bundle *b = ORDINARY(k, "alpha bravo");

	b->version = b->pins.version = 2;
}

static void
name_nobody_before(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo")->previous[0] = 1;
	k->follows[1] = false;
}

static void
name_version_before_that(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo");
	chain_kit_seal(k);
	memcpy(ORDINARY(k, "alpha bravo")->previous, k->bundles[0]->digest,
	       HASH_SIZE);
	k->follows[2] = false;
}

/* Two versions 2, each signed by enough; version 3 follows the other one. */
static void
mix_histories(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo");
	chain_kit_seal(k);
	k->bundles[1]->revocations_from_s++;
	k->sealed = 1;
	chain_kit_unsign(k, 1);
	struct buf old = k->texts[1];
	chain_kit_seal(k);
	ORDINARY(k, "alpha bravo");
	chain_kit_seal(k);
	buf_release(&k->texts[1]);
	k->texts[1] = old;
	k->versions[1].text = buf_bytes(&old);
	chain_kit_unsign(k, 1);
	chain_kit_sign(k, 1, "alpha", TRUST_NAMESPACE, k->versions[1].text);
	chain_kit_sign(k, 1, "bravo", TRUST_NAMESPACE, k->versions[1].text);
}

static void
issue_before(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo")->issued_s -= CHAIN_KIT_HOUR + 1;
}

/* --- times ---------------------------------------------------------------- */

static void
expire_last(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo");
	k->time.now_s = last_of(k)->expires_s;
}

static void
issue_in_future(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo");
	k->time.now_s = last_of(k)->issued_s - 1;
}

/* A proposal that was abandoned, found again. */
static void
apply_late(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo");
	k->time.now_s = last_of(k)->apply_before_s;
	k->time.in_force = 1;
}

static void
apply_at_the_last_second(struct chain_kit *k)
{
	apply_late(k);
	k->time.now_s--;
}

/* A node cannot tell it from one that others applied in time. */
static void
apply_on_abandoned(struct chain_kit *k)
{
	apply_late(k);
	struct bundle *b = ORDINARY(k, "alpha bravo");

	b->issued_s = k->time.now_s;
	b->apply_before_s = b->issued_s + CHAIN_KIT_DAY;
}

static void
apply_and_go_on(struct chain_kit *k)
{
	apply_late(k);
	k->time.in_force = 2;
}

/* --- the tables ----------------------------------------------------------- */

static const struct chain_kit_row sound_rows[] = {
	{ "version 1 alone", spoil_nothing, TRUST_SOUND },
	{ "versions by two of four", follow_by_two, TRUST_SOUND },
	{ "issued at the same second", issue_at_the_same_second, TRUST_SOUND },
	{ "an officer's last second", sign_at_the_last_second, TRUST_SOUND },
	{ "an expired version in the middle", expire_in_the_middle,
	  TRUST_SOUND },
	{ "signatures of nobody", add_signatures_of_nobody, TRUST_SOUND },
	{ "a stale signature beside enough", add_stale_signature, TRUST_SOUND },
	{ "as many signatures as there may be", sign_most, TRUST_SOUND },
	{ "applied at the last second", apply_at_the_last_second, TRUST_SOUND },
	{ "applied in time, and read later", apply_and_go_on, TRUST_SOUND },
	{ "a version on one that nobody applied", apply_on_abandoned,
	  TRUST_SOUND },
};

static const struct chain_kit_row order_rows[] = {
	{ "another genesis is pinned", pin_another_genesis, TRUST_GENESIS },
	{ "an attacker's version 1", begin_otherwise, TRUST_GENESIS },
	{ "the first version cut off", cut_first_version, TRUST_VERSION },
	{ "a version left out", leave_out_version, TRUST_VERSION },
	{ "a version twice", double_version, TRUST_VERSION },
	{ "versions in another order", reorder_versions, TRUST_VERSION },
	{ "an older version at the end", end_with_older, TRUST_VERSION },
	{ "fast-forward to the last number", jump_to_last_number,
	  TRUST_VERSION },
	{ "a number left out", skip_a_number, TRUST_VERSION },
	{ "a number twice", repeat_number, TRUST_VERSION },
	{ "previous is no version's digest", name_nobody_before,
	  TRUST_PREVIOUS },
	{ "previous is the version before that", name_version_before_that,
	  TRUST_PREVIOUS },
	{ "two histories mixed", mix_histories, TRUST_PREVIOUS },
	{ "issued before its predecessor", issue_before, TRUST_ISSUED },
	{ "the last one expired", expire_last, TRUST_EXPIRED },
	{ "issued in the future", issue_in_future, TRUST_EARLY },
	{ "an abandoned proposal applied later", apply_late, TRUST_LATE },
};

static void
test_sound(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(sound_rows, ARRAY_LEN(sound_rows)), 0);
}

static void
test_order(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(order_rows, ARRAY_LEN(order_rows)), 0);
}

/* --- what no row can say -------------------------------------------------- */

static void
test_length(void)
{
	AUTO(chain_kit_release) struct chain_kit k;
	AUTO(buf_release) struct buf why = buf_of(4096);
	AUTO(bundle_free) struct bundle *last = NULL;
	const struct trust_time time = { .now_s = BUNDLE_KIT_ISSUED + 1 };

	chain_kit_begin(&k);
	chain_kit_seal(&k);
	const struct trust_chain none = { 0, k.versions };
	const struct trust_chain long_one = { TRUST_VERSIONS_MAX + 1,
		                              k.versions };
	CU_ASSERT_EQUAL(trust_walk(&none, k.genesis, &time, &why, &last),
	                TRUST_EMPTY);
	/* Their number alone decides: there is only one. */
	CU_ASSERT_EQUAL(trust_walk(&long_one, k.genesis, &time, &why, &last),
	                TRUST_LONG);
	CU_ASSERT_PTR_NULL(last);
}

/* Behind the last possible number there is none, 0 least of all. */
static void
test_overflow(void)
{
	AUTO(chain_kit_release) struct chain_kit k;
	AUTO(buf_release) struct buf why = buf_of(4096);

	chain_kit_begin(&k);
	chain_kit_add(&k, BUNDLE_ORDINARY, "alpha bravo");
	chain_kit_seal(&k);
	k.bundles[0]->version = UINT32_MAX;
	k.bundles[1]->version = 0;
	CU_ASSERT_EQUAL(trust_step(k.bundles[0], k.bundles[1], &k.versions[1],
	                           k.genesis, &why),
	                TRUST_VERSION);
}

/* A step judges the text that was signed, not whatever bundle it is handed. */
static void
test_other_bundle(void)
{
	AUTO(chain_kit_release) struct chain_kit k;
	AUTO(buf_release) struct buf why = buf_of(4096);

	chain_kit_begin(&k);
	chain_kit_add(&k, BUNDLE_ORDINARY, "alpha bravo");
	chain_kit_seal(&k);
	CU_ASSERT_EQUAL(trust_step(k.bundles[0], k.bundles[1], &k.versions[1],
	                           k.genesis, &why),
	                TRUST_SOUND);
	k.bundles[1]->digest[0] ^= 1;
	CU_ASSERT_EQUAL(trust_step(k.bundles[0], k.bundles[1], &k.versions[1],
	                           k.genesis, &why),
	                TRUST_TEXT);
}

static void
test_words(void)
{
	for (int i = 0; i < TRUST_FAULTS; i++) {
		const char *word = trust_fault_word((enum trust_fault)i);

		CU_ASSERT_EQUAL(strlen(trust_fault_text((enum trust_fault)i)) ==
		                        0,
		                i == TRUST_SOUND);
		for (int j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(
			        word, trust_fault_word((enum trust_fault)j));
	}
}

static const struct harness_test tests[] = {
	{ "sound chains", test_sound },
	{ "versions, their order and their times", test_order },
	{ "no version, and too many", test_length },
	{ "no number behind the last", test_overflow },
	{ "a bundle of another text", test_other_bundle },
	{ "each fault has its word", test_words },
	{ NULL, NULL },
};
HARNESS_MAIN("chain", tests)
