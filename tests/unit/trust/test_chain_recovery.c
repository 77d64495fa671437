/*
 * test_chain_recovery.c - recoveries: who signs them, and how long they wait.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/chain_kit.h"

#define WAIT_S (7 * CHAIN_KIT_DAY) /* of bundle_kit_whole() */

/* All officers are new: alpha, bravo, charlie and delta are lost. */
static struct bundle *
add_recovery(struct chain_kit *k, const char *by)
{
	static const char *const names[] = { "echo", "foxtrot", "golf" };
	struct bundle *b = chain_kit_add(k, BUNDLE_RECOVERY, by);

	b->officers.n = 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		bundle_kit_add_officer(&b->officers, names[i]);
	return b;
}

/* --- who signs ------------------------------------------------------------ */

static void
recover_by_two(struct chain_kit *k)
{
	add_recovery(k, "sealed-1 sealed-3");
}

/* The new officers go on. */
static void
recover_and_go_on(struct chain_kit *k)
{
	add_recovery(k, "sealed-2 sealed-3");
	chain_kit_add(k, BUNDLE_ORDINARY, "echo golf");
}

static void
recover_by_one(struct chain_kit *k)
{
	add_recovery(k, "sealed-1");
}

static void
recover_by_one_twice(struct chain_kit *k)
{
	add_recovery(k, "sealed-1 sealed-1");
}

static void
recover_by_officers(struct chain_kit *k)
{
	add_recovery(k, "alpha bravo charlie");
}

static void
recover_by_new_officers(struct chain_kit *k)
{
	add_recovery(k, "echo foxtrot golf");
}

static void
recover_by_one_and_officer(struct chain_kit *k)
{
	add_recovery(k, "sealed-1 alpha");
}

static void
recover_by_expired(struct chain_kit *k)
{
	struct officer_set *set = &k->bundles[0]->recovery;

	chain_kit_officer(set, "sealed-1")->until_s = k->bundles[0]->issued_s;
	add_recovery(k, "sealed-1 sealed-2");
}

static void
recover_without_set(struct chain_kit *k)
{
	k->bundles[0]->has_recovery = false;
	memset(&k->bundles[0]->recovery, 0, sizeof(struct officer_set));
	k->bundles[0]->recovery_wait_days = 0;
	add_recovery(k, "alpha bravo");
}

/* The officers who are lost, and the new ones do not know of it. */
static void
recover_and_old_go_on(struct chain_kit *k)
{
	add_recovery(k, "sealed-1 sealed-2");
	chain_kit_add(k, BUNDLE_ORDINARY, "alpha bravo");
}

/* The keys of which nobody knew any more, a day after all has expired. */
static void
recover_expired(struct chain_kit *k)
{
	struct bundle *b = add_recovery(k, "sealed-1 sealed-2");

	b->issued_s = k->bundles[0]->expires_s + CHAIN_KIT_DAY;
	b->apply_before_s = b->issued_s + CHAIN_KIT_DAY;
	b->expires_s = b->issued_s + 366 * CHAIN_KIT_DAY;
}

static void
recover_expired_for_long(struct chain_kit *k)
{
	recover_expired(k);
	k->bundles[1]->expires_s++;
}

/* Two are left, and two must sign. */
static void
recover_with_too_few(struct chain_kit *k)
{
	struct bundle *b = add_recovery(k, "sealed-1 sealed-2");

	b->officers.rows[2].until_s = b->issued_s - 1;
}

static void
begin_with_recovery(struct chain_kit *k)
{
	k->bundles[0]->change = BUNDLE_RECOVERY;
}

static void
recover_with_key(struct chain_kit *k)
{
	struct bundle *b = add_recovery(k, "sealed-1 sealed-2");

	chain_kit_drop_key(b);
}

static void
recover_with_anchor(struct chain_kit *k)
{
	bundle_kit_add_anchor(add_recovery(k, "sealed-1 sealed-2"), "rogue");
}

static void
recover_without_anchor(struct chain_kit *k)
{
	chain_kit_drop_anchor(add_recovery(k, "sealed-1 sealed-2"),
	                      "maker-tpm");
}

static const struct chain_kit_row signer_rows[] = {
	{ "by two of the set", recover_by_two, TRUST_SOUND },
	{ "the new officers go on", recover_and_go_on, TRUST_SOUND },
	{ "by one", recover_by_one, TRUST_QUORUM_RECOVERY },
	{ "by one twice", recover_by_one_twice, TRUST_QUORUM_RECOVERY },
	{ "by the officers", recover_by_officers, TRUST_QUORUM_RECOVERY },
	{ "by the new officers", recover_by_new_officers,
	  TRUST_QUORUM_RECOVERY },
	{ "by one and an officer", recover_by_one_and_officer,
	  TRUST_QUORUM_RECOVERY },
	{ "by a key whose time is over", recover_by_expired,
	  TRUST_QUORUM_RECOVERY },
	{ "without a set", recover_without_set, TRUST_RECOVERY },
	{ "after all has expired", recover_expired, TRUST_SOUND },
	{ "for more than a year", recover_expired_for_long, TRUST_RECOVERY },
	{ "with as many officers as must sign", recover_with_too_few,
	  TRUST_OFFICERS },
	{ "and then by the old officers", recover_and_old_go_on,
	  TRUST_QUORUM_BEFORE },
	{ "as version 1", begin_with_recovery, TRUST_TEXT },
	{ "with a key gone", recover_with_key, TRUST_RECOVERY },
	{ "with an anchor more", recover_with_anchor, TRUST_RECOVERY },
	{ "with an anchor gone", recover_without_anchor, TRUST_RECOVERY },
};

/* --- waiting -------------------------------------------------------------- */

/* Version 2 is a recovery; version 1 is in force. */
static struct bundle *
wait_for_recovery(struct chain_kit *k, uint64_t waited_s)
{
	struct bundle *b = add_recovery(k, "sealed-1 sealed-2");

	k->time.in_force = 1;
	k->time.seen_s = b->issued_s + 60;
	k->time.now_s = k->time.seen_s + waited_s;
	return b;
}

static void
wait_long_enough(struct chain_kit *k)
{
	wait_for_recovery(k, WAIT_S);
}

static void
wait_a_second_less(struct chain_kit *k)
{
	wait_for_recovery(k, WAIT_S - 1);
}

static void
wait_not_seen(struct chain_kit *k)
{
	wait_for_recovery(k, WAIT_S)->apply_before_s += 7 * CHAIN_KIT_DAY;
	k->time.seen_s = 0;
}

static void
wait_clock_back(struct chain_kit *k)
{
	wait_for_recovery(k, 0);
	k->time.now_s--;
}

/* Dated back as far as may be: to the second of version 1, which is old. */
static void
wait_dated_back(struct chain_kit *k)
{
	struct bundle *b = wait_for_recovery(k, 0);

	b->issued_s = k->bundles[0]->issued_s;
	b->apply_before_s = b->issued_s + 14 * CHAIN_KIT_DAY;
	k->time.seen_s = b->issued_s + 13 * CHAIN_KIT_DAY;
	k->time.now_s = k->time.seen_s + 60;
}

/* Its own set would wait a day; the version before says how long. */
static void
wait_by_version_before(struct chain_kit *k)
{
	k->bundles[0]->recovery_wait_days = 8;
	wait_for_recovery(k, WAIT_S);
}

/* The new officers sign at once, so that the last version is no recovery. */
static void
wait_and_go_on(struct chain_kit *k)
{
	wait_for_recovery(k, WAIT_S - 1);
	struct bundle *b = chain_kit_add(k, BUNDLE_ORDINARY, "echo golf");
	b->apply_before_s += 6 * CHAIN_KIT_DAY;
}

static void
wait_and_go_on_later(struct chain_kit *k)
{
	wait_and_go_on(k);
	k->time.now_s++;
}

static void
wait_for_two(struct chain_kit *k)
{
	wait_for_recovery(k, WAIT_S);
	struct bundle *b = add_recovery(k, "sealed-1 sealed-2");
	k->time.seen_s = b->issued_s + 60;
	k->time.now_s = k->time.seen_s + WAIT_S - 1;
}

static void
wait_for_two_enough(struct chain_kit *k)
{
	wait_for_two(k);
	k->time.now_s++;
}

/* When the first has waited, all but a second of it, another one comes. */
static void
wait_for_stacked(struct chain_kit *k)
{
	wait_for_recovery(k, WAIT_S - 1);
	struct bundle *b = add_recovery(k, "sealed-1 sealed-2");
	b->issued_s = k->time.now_s;
	b->apply_before_s = b->issued_s + CHAIN_KIT_DAY;
	k->time.seen_s = b->issued_s;
	k->time.now_s++;
}

/* A node that knows nothing yet reads a history of two recoveries. */
static void
wait_as_new_node(struct chain_kit *k)
{
	wait_for_two_enough(k);
	k->time.in_force = 0;
}

/* And a version behind them. */
static void
wait_as_new_node_later(struct chain_kit *k)
{
	wait_as_new_node(k);
	struct bundle *b = chain_kit_add(k, BUNDLE_ORDINARY, "echo golf");
	b->issued_s = k->time.now_s;
	b->apply_before_s = b->issued_s + CHAIN_KIT_DAY;
}

static void
wait_in_force(struct chain_kit *k)
{
	wait_for_recovery(k, 0);
	k->time.in_force = 2;
}

/* One that is history does not stand for one that is new. */
static void
wait_for_second(struct chain_kit *k)
{
	wait_for_two(k);
	k->time.in_force = 2;
}

static void
wait_for_second_enough(struct chain_kit *k)
{
	wait_for_second(k);
	k->time.now_s++;
}

/* Seen too late: whoever held it back has missed its time. */
static void
wait_seen_late(struct chain_kit *k)
{
	struct bundle *b = wait_for_recovery(k, 0);

	k->time.seen_s = b->apply_before_s;
	k->time.now_s = k->time.seen_s + WAIT_S;
}

/* A node cannot tell it from one that others applied in time, and which it has
 * missed. */
static void
wait_seen_late_and_go_on(struct chain_kit *k)
{
	wait_seen_late(k);
	struct bundle *b = chain_kit_add(k, BUNDLE_ORDINARY, "echo golf");

	b->issued_s = k->time.now_s;
	b->apply_before_s = b->issued_s + CHAIN_KIT_DAY;
}

/* Officers who still can take its place. */
static void
wait_taken_over(struct chain_kit *k)
{
	chain_kit_add(k, BUNDLE_ORDINARY, "alpha bravo");
	k->time.in_force = 1;
}

/* One officer who does so. */
static void
wait_ended(struct chain_kit *k)
{
	struct bundle *b = chain_kit_add(k, BUNDLE_REMOVAL, "alpha");

	chain_kit_drop_anchor(b, b->anchors[0].name);
	k->time.in_force = 1;
}

static const struct chain_kit_row wait_rows[] = {
	{ "long enough", wait_long_enough, TRUST_SOUND },
	{ "a second less", wait_a_second_less, TRUST_WAITS },
	{ "never seen before", wait_not_seen, TRUST_WAITS },
	{ "a clock that went back", wait_clock_back, TRUST_WAITS },
	{ "dated back", wait_dated_back, TRUST_WAITS },
	{ "as long as the version before says", wait_by_version_before,
	  TRUST_WAITS },
	{ "a version of the new officers behind it", wait_and_go_on,
	  TRUST_WAITS },
	{ "and that one later", wait_and_go_on_later, TRUST_SOUND },
	{ "another recovery behind it", wait_for_two, TRUST_WAITS },
	{ "another recovery long enough", wait_for_two_enough, TRUST_SOUND },
	{ "a recovery stacked on one that has waited", wait_for_stacked,
	  TRUST_WAITS },
	{ "two for a new node", wait_as_new_node, TRUST_SOUND },
	{ "two and a version for a new node", wait_as_new_node_later,
	  TRUST_SOUND },
	{ "in force already", wait_in_force, TRUST_SOUND },
	{ "a second recovery later", wait_for_second, TRUST_WAITS },
	{ "a second recovery long enough", wait_for_second_enough,
	  TRUST_SOUND },
	{ "seen after its time to be applied", wait_seen_late, TRUST_LATE },
	{ "seen late, and a version behind it", wait_seen_late_and_go_on,
	  TRUST_SOUND },
	{ "an ordinary version takes its place", wait_taken_over, TRUST_SOUND },
	{ "a removal takes its place", wait_ended, TRUST_SOUND },
};

static void
test_signers(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(signer_rows, ARRAY_LEN(signer_rows)), 0);
}

static void
test_waiting(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(wait_rows, ARRAY_LEN(wait_rows)), 0);
}

static const struct harness_test tests[] = {
	{ "who signs a recovery", test_signers },
	{ "a recovery waits", test_waiting },
	{ NULL, NULL },
};
HARNESS_MAIN("chain_recovery", tests)
