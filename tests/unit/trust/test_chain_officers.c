/*
 * test_chain_officers.c - which officers a version may change, and whose
 * signatures count.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/chain_kit.h"
#include "tests/common/fakes/ssh_kit.h"

#define ORDINARY(k, by) chain_kit_add(k, BUNDLE_ORDINARY, by)

/* --- who may change ------------------------------------------------------- */

static void
replace_officer(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha charlie");

	bundle_kit_officer(chain_kit_officer(&b->officers, "bravo"), "echo");
}

static void
replace_officer_who_signs(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo echo");

	bundle_kit_officer(chain_kit_officer(&b->officers, "bravo"), "echo");
}

static void
raise_threshold(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo charlie")->officers.threshold = 3;
}

static void
replace_two(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo charlie echo foxtrot");

	bundle_kit_officer(chain_kit_officer(&b->officers, "bravo"), "echo");
	bundle_kit_officer(chain_kit_officer(&b->officers, "delta"), "foxtrot");
}

static void
add_two(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo");

	bundle_kit_add_officer(&b->officers, "echo");
	bundle_kit_add_officer(&b->officers, "foxtrot");
}

static void
drop_two(struct chain_kit *k)
{
	bundle_kit_add_officer(&k->bundles[0]->officers, "echo");
	struct bundle *b = ORDINARY(k, "alpha bravo");

	chain_kit_drop_officer(&b->officers, "charlie");
	chain_kit_drop_officer(&b->officers, "delta");
}

/* The same keys under other names. */
static void
rename_two(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo");

	memcpy(chain_kit_officer(&b->officers, "alpha")->name, "romeo", 6);
	memcpy(chain_kit_officer(&b->officers, "bravo")->name, "sierra", 7);
}

static void
swap_names(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo");

	memcpy(chain_kit_officer(&b->officers, "alpha")->name, "xxxxx", 6);
	memcpy(chain_kit_officer(&b->officers, "bravo")->name, "alpha", 6);
	memcpy(chain_kit_officer(&b->officers, "xxxxx")->name, "bravo", 6);
}

/* Three of four must sign, so only one may be new: n - k counts, too. */
static void
replace_two_of_three(struct chain_kit *k)
{
	k->bundles[0]->officers.threshold = 3;
	k->by[0] = "alpha bravo charlie";
	struct bundle *b = ORDINARY(k, "alpha bravo charlie echo foxtrot");

	bundle_kit_officer(chain_kit_officer(&b->officers, "charlie"), "echo");
	bundle_kit_officer(chain_kit_officer(&b->officers, "delta"), "foxtrot");
}

/* Version 2 lowers the threshold so that version 3 could take all; what may
 * change is counted by the version before each. */
static void
lower_and_replace(struct chain_kit *k)
{
	k->bundles[0]->officers.threshold = 3;
	k->by[0] = "alpha bravo charlie";
	ORDINARY(k, "alpha bravo charlie")->officers.threshold = 2;
	struct bundle *b = ORDINARY(k, "alpha bravo echo foxtrot");

	bundle_kit_officer(chain_kit_officer(&b->officers, "charlie"), "echo");
	bundle_kit_officer(chain_kit_officer(&b->officers, "delta"), "foxtrot");
}

/* More officers for a threshold of that version, fewer old ones. */
static void
add_and_lower(struct chain_kit *k)
{
	k->bundles[0]->officers.threshold = 3;
	k->by[0] = "alpha bravo charlie";
	ORDINARY(k, "alpha bravo")->officers.threshold = 2;
}

static void
double_key(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo");
	struct officer *row = chain_kit_officer(&b->officers, "charlie");

	bundle_kit_officer(row, "alpha");
	memcpy(row->name, "charlie", 8);
}

/* The same private key as a FIDO key. */
static void
double_key_as_fido(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo");
	struct officer *row = chain_kit_officer(&b->officers, "delta");

	bundle_kit_fido(row, "alpha", "ssh:");
	memcpy(row->name, "delta", 6);
}

static void
all_must_sign(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo charlie")->officers.threshold = 4;
}

static void
one_may_sign(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo")->officers.threshold = 1;
}

static const struct chain_kit_row officer_rows[] = {
	{ "one officer replaced", replace_officer, TRUST_SOUND },
	{ "the new officer signs, too", replace_officer_who_signs,
	  TRUST_SOUND },
	{ "the threshold raised", raise_threshold, TRUST_SOUND },
	{ "two officers replaced", replace_two, TRUST_OFFICERS },
	{ "two officers added", add_two, TRUST_OFFICERS },
	{ "two officers dropped", drop_two, TRUST_OFFICERS },
	{ "two officers renamed", rename_two, TRUST_OFFICERS },
	{ "two officers' names swapped", swap_names, TRUST_OFFICERS },
	{ "two replaced where three must sign", replace_two_of_three,
	  TRUST_OFFICERS },
	{ "threshold lowered, then two replaced", lower_and_replace,
	  TRUST_OFFICERS },
	{ "threshold lowered by as many as sign then", add_and_lower,
	  TRUST_QUORUM_BEFORE },
	{ "one key under two names", double_key, TRUST_TEXT },
	{ "one key as two types", double_key_as_fido, TRUST_TEXT },
	{ "a threshold that all must meet", all_must_sign, TRUST_TEXT },
	{ "a threshold of one", one_may_sign, TRUST_TEXT },
};

/* --- quorums -------------------------------------------------------------- */

static void
sign_alone(struct chain_kit *k)
{
	ORDINARY(k, "alpha");
}

/* Two signatures that differ, as ECDSA's do. */
static void
sign_twice(struct chain_kit *k)
{
	ORDINARY(k, "alpha alpha");
}

static void
sign_by_nobody(struct chain_kit *k)
{
	ORDINARY(k, "");
}

static void
sign_with_strangers(struct chain_kit *k)
{
	ORDINARY(k, "alpha mallory trent");
}

static void
sign_with_new_officer(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha echo");

	bundle_kit_officer(chain_kit_officer(&b->officers, "bravo"), "echo");
}

/* Who is gone signed, who stays did not. */
static void
sign_with_old_officer(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo");

	bundle_kit_officer(chain_kit_officer(&b->officers, "bravo"), "echo");
}

/* An officer who was dropped a version ago. */
static void
sign_with_dropped_officer(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha charlie");

	bundle_kit_officer(chain_kit_officer(&b->officers, "bravo"), "echo");
	ORDINARY(k, "alpha bravo");
}

static void
raise_threshold_above(struct chain_kit *k)
{
	ORDINARY(k, "alpha bravo")->officers.threshold = 3;
}

static void
sign_with_recovery_keys(struct chain_kit *k)
{
	ORDINARY(k, "sealed-1 sealed-2 sealed-3");
}

static void
sign_with_service_key(struct chain_kit *k)
{
	ORDINARY(k, "alpha service");
}

static void
sign_as_for_removal(struct chain_kit *k)
{
	chain_kit_drop_anchor(ORDINARY(k, "alpha"), "maker-tpm");
}

static void
sign_after_until(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo");

	chain_kit_officer(&k->bundles[0]->officers, "bravo")->until_s =
	        b->issued_s - 1;
}

/* The time is in force for the version that shortens it. */
static void
sign_after_new_until(struct chain_kit *k)
{
	struct bundle *b = ORDINARY(k, "alpha bravo");

	chain_kit_officer(&b->officers, "bravo")->until_s = b->issued_s - 1;
}

static void
begin_alone(struct chain_kit *k)
{
	k->by[0] = "alpha";
}

static void
begin_with_expired(struct chain_kit *k)
{
	struct bundle *b = k->bundles[0];

	chain_kit_officer(&b->officers, "bravo")->until_s = b->issued_s - 1;
}

static const struct chain_kit_row quorum_rows[] = {
	{ "one officer alone", sign_alone, TRUST_QUORUM_BEFORE },
	{ "one officer twice", sign_twice, TRUST_QUORUM_BEFORE },
	{ "nobody", sign_by_nobody, TRUST_QUORUM_BEFORE },
	{ "one officer and two strangers", sign_with_strangers,
	  TRUST_QUORUM_BEFORE },
	{ "one officer and a new one", sign_with_new_officer,
	  TRUST_QUORUM_BEFORE },
	{ "one officer who stays and one who goes", sign_with_old_officer,
	  TRUST_QUORUM_NEXT },
	{ "one officer and one who went", sign_with_dropped_officer,
	  TRUST_QUORUM_BEFORE },
	{ "a threshold raised above who signed", raise_threshold_above,
	  TRUST_QUORUM_NEXT },
	{ "the recovery set for an ordinary version", sign_with_recovery_keys,
	  TRUST_QUORUM_BEFORE },
	{ "the service's own key", sign_with_service_key, TRUST_QUORUM_BEFORE },
	{ "an ordinary version by as many as a removal", sign_as_for_removal,
	  TRUST_QUORUM_BEFORE },
	{ "an officer whose time is over", sign_after_until,
	  TRUST_QUORUM_BEFORE },
	{ "an officer whose time is over by this version", sign_after_new_until,
	  TRUST_QUORUM_NEXT },
	{ "version 1 by one officer", begin_alone, TRUST_QUORUM_NEXT },
	{ "version 1 by an officer whose time is over", begin_with_expired,
	  TRUST_QUORUM_NEXT },
};

/* --- FIDO ----------------------------------------------------------------- */

/* An officer's authenticator signs version 2, and says this of touch and PIN. */
static void
attach_fido(struct chain_kit *k, const char *name, uint8_t flags)
{
	const struct ssh_kit_fido say = { "ssh:", NULL, flags, flags, 1, 1 };
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ES256, name);
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);

	ssh_kit_fido_sign(soft, &say, k->versions[1].text, &blob);
	ssh_kit_armour(buf_bytes(&blob), 70, &text);
	chain_kit_attach(k, 1, buf_bytes(&text));
}

static void
sign_fido(struct chain_kit *k, uint8_t flags)
{
	ORDINARY(k, "alpha");
	chain_kit_seal(k);
	attach_fido(k, "delta", flags);
}

static void
sign_fido_whole(struct chain_kit *k)
{
	sign_fido(k, SSH_KIT_TOUCHED | SSH_KIT_PIN);
}

static void
sign_fido_without_pin(struct chain_kit *k)
{
	sign_fido(k, SSH_KIT_TOUCHED);
}

/* The authenticator's key, taken out of it. */
static void
sign_fido_plain(struct chain_kit *k)
{
	ORDINARY(k, "alpha delta");
}

static const struct chain_kit_row fido_rows[] = {
	{ "an authenticator", sign_fido_whole, TRUST_SOUND },
	{ "an authenticator without a PIN", sign_fido_without_pin,
	  TRUST_QUORUM_BEFORE },
	{ "an authenticator's key without it", sign_fido_plain,
	  TRUST_QUORUM_BEFORE },
};

/* --- counting ------------------------------------------------------------- */

static void
test_count(void)
{
	AUTO(chain_kit_release) struct chain_kit k;
	struct trust_count count;

	chain_kit_begin(&k);
	ORDINARY(&k, "charlie mallory alpha alpha");
	chain_kit_seal(&k);
	chain_kit_attach(&k, 1, bytes_of_str("no signature"));
	chain_kit_sign(&k, 1, "bravo", "git", k.versions[1].text);
	trust_count(&k.bundles[0]->officers, k.bundles[1], &k.versions[1],
	            &count);
	CU_ASSERT_EQUAL(count.signers, 2);
	CU_ASSERT_EQUAL(count.threshold, 2);
	CU_ASSERT_TRUE(count.by[0]);
	CU_ASSERT_FALSE(count.by[1]);
	CU_ASSERT_TRUE(count.by[2]);
	CU_ASSERT_FALSE(count.by[3]);
	trust_count(&k.bundles[0]->recovery, k.bundles[1], &k.versions[1],
	            &count);
	CU_ASSERT_EQUAL(count.signers, 0);
}

/* Rows that no judged bundle has: the key of one is that of another, as it is
 * or as a FIDO key. */
static void
test_count_keys(void)
{
	AUTO(chain_kit_release) struct chain_kit k;
	struct trust_count count;

	chain_kit_begin(&k);
	ORDINARY(&k, "alpha");
	chain_kit_seal(&k);
	struct officer_set set = k.bundles[0]->officers;
	memcpy(set.rows[1].key, set.rows[0].key, sizeof(set.rows[0].key));
	trust_count(&set, k.bundles[1], &k.versions[1], &count);
	CU_ASSERT_EQUAL(count.signers, 1);
	CU_ASSERT_FALSE(count.by[1]);

	bundle_kit_fido(&set.rows[3], "alpha", "ssh:");
	attach_fido(&k, "alpha", SSH_KIT_TOUCHED | SSH_KIT_PIN);
	trust_count(&set, k.bundles[1], &k.versions[1], &count);
	CU_ASSERT_EQUAL(count.signers, 1);
	CU_ASSERT_FALSE(count.by[3]);
}

static void
test_changes(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(officer_rows, ARRAY_LEN(officer_rows)),
	                0);
}

static void
test_quorums(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(quorum_rows, ARRAY_LEN(quorum_rows)), 0);
}

static void
test_fido(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(fido_rows, ARRAY_LEN(fido_rows)), 0);
}

static const struct harness_test tests[] = {
	{ "which officers may change", test_changes },
	{ "too few signed", test_quorums },
	{ "who is counted", test_count },
	{ "keys are counted, not names", test_count_keys },
	{ "touch and PIN count", test_fido },
	{ NULL, NULL },
};
HARNESS_MAIN("chain_officers", tests)
