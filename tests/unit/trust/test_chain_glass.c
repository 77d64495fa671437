/*
 * test_chain_glass.c - break-glass: removals by few officers and recoveries by
 * the sealed set, neither of which may change anything else.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/bundle_kit.h"
#include "tests/common/fakes/chain_kit.h"

/* --- what neither may change ---------------------------------------------- */

static void
edit_expires(struct bundle *b)
{
	b->expires_s += CHAIN_KIT_DAY;
}

static void
edit_recovery_threshold(struct bundle *b)
{
	bundle_kit_add_officer(&b->recovery, "sealed-4");
	b->recovery.threshold = 3;
}

static void
edit_recovery_key(struct bundle *b)
{
	struct officer *row = chain_kit_officer(&b->recovery, "sealed-1");

	bundle_kit_officer(row, "mallory");
	memcpy(row->name, "sealed-1", 9);
}

static void
edit_recovery_until(struct bundle *b)
{
	b->recovery.rows[0].until_s = b->expires_s;
}

static void
edit_recovery_wait(struct bundle *b)
{
	b->recovery_wait_days = 1;
}

static void
edit_recovery_away(struct bundle *b)
{
	b->has_recovery = false;
}

static void
edit_device_base(struct bundle *b)
{
	b->devices[0].base++;
}

static void
edit_device_away(struct bundle *b)
{
	/* Its key, too: each token of a key has a device. */
	chain_kit_drop_key(b);
	b->n_devices--;
}

static void
edit_salt(struct bundle *b)
{
	b->tenant_salt[0] ^= 1;
}

static void
edit_policy(struct bundle *b)
{
	b->policies[0].digest[0] ^= 1;
}

static void
edit_policy_away(struct bundle *b)
{
	b->n_policies--;
}

static void
edit_revocations(struct bundle *b)
{
	b->revocations_from_s -= CHAIN_KIT_DAY;
}

static void
edit_anchor_new(struct bundle *b)
{
	bundle_kit_add_anchor(b, "rogue");
}

/* The name stays, the certificate is another. */
static void
edit_anchor_certificate(struct bundle *b)
{
	b->anchors[0].self.certificate[0] ^= 1;
}

static void
edit_anchor_spki(struct bundle *b)
{
	b->anchors[0].self.spki[0] ^= 1;
}

static void
edit_anchor_purpose(struct bundle *b)
{
	b->anchors[0].purposes |= ANCHOR_BIT(ANCHOR_TPM2_EK);
}

/* Fewer tenants than all is less trust, and yet not a whole row. */
static void
edit_anchor_scope(struct bundle *b)
{
	bundle_tenant(b, bytes_of_str("tenant"), b->anchors[0].tenants[0]);
	b->anchors[0].n_tenants = 1;
}

static void
edit_anchor_note(struct bundle *b)
{
	b->anchors[0].note[0] = 'F';
}

static void
edit_anchor_order(struct bundle *b)
{
	struct trust_anchor first = b->anchors[0];

	b->anchors[0] = b->anchors[1];
	b->anchors[1] = first;
}

static void
edit_key_new(struct bundle *b)
{
	bundle_kit_add_key(b, "hsm-b", 2, "rogue");
	struct pin *pin = &b->pins.keys[b->pins.n - 1];
	pin->publish_s = b->issued_s;
	pin->from_s = b->issued_s + 120;
	(pin - 1)->until_s = pin->from_s + 600;
	memcpy(pin->uri, "pkcs11:object=rogue", 20);
}

static void
edit_key_times(struct bundle *b)
{
	b->pins.keys[0].until_s += 60;
}

static void
edit_key_uri(struct bundle *b)
{
	memcpy(b->pins.keys[0].uri, "pkcs11:object=x", 16);
}

static void
edit_officer_new(struct bundle *b)
{
	bundle_kit_add_officer(&b->officers, "mallory");
}

static void
edit_officer_key(struct bundle *b)
{
	struct officer *row = chain_kit_officer(&b->officers, "charlie");

	bundle_kit_officer(row, "mallory");
	memcpy(row->name, "charlie", 8);
}

static void
edit_officer_until(struct bundle *b)
{
	b->officers.rows[0].until_s = b->expires_s;
}

static void
edit_officer_kind(struct bundle *b)
{
	b->officers.rows[0].kind = OFFICER_FILE;
}

static void
edit_threshold(struct bundle *b)
{
	b->officers.threshold = 3;
}

static void
edit_removal_threshold(struct bundle *b)
{
	b->removal_threshold = 2;
}

static const struct edit {
	const char *name;
	void (*edit)(struct bundle *b);
	bool recovery; /* may change it */
} edits[] = {
	{ "expires", edit_expires, true },
	{ "the recovery set's threshold", edit_recovery_threshold, false },
	{ "a recovery key", edit_recovery_key, false },
	{ "a recovery key's until", edit_recovery_until, false },
	{ "wait_days", edit_recovery_wait, false },
	{ "the recovery set gone", edit_recovery_away, false },
	{ "a device's base", edit_device_base, false },
	{ "a device gone with its key", edit_device_away, false },
	{ "the salt", edit_salt, false },
	{ "a policy's digest", edit_policy, false },
	{ "a policy gone", edit_policy_away, false },
	{ "the oldest revocation list", edit_revocations, false },
	{ "an anchor more", edit_anchor_new, false },
	{ "an anchor's certificate", edit_anchor_certificate, false },
	{ "an anchor's key", edit_anchor_spki, false },
	{ "an anchor's purpose", edit_anchor_purpose, false },
	{ "an anchor's scope", edit_anchor_scope, false },
	{ "an anchor's note", edit_anchor_note, false },
	{ "the order of anchors", edit_anchor_order, false },
	{ "a key more", edit_key_new, false },
	{ "a key's times", edit_key_times, false },
	{ "a key's place", edit_key_uri, false },
	{ "an officer more", edit_officer_new, true },
	{ "an officer's key", edit_officer_key, true },
	{ "an officer's until", edit_officer_until, true },
	{ "an officer's kind", edit_officer_kind, true },
	{ "the threshold", edit_threshold, true },
	{ "the removal threshold", edit_removal_threshold, true },
};

/* How the last version is judged; version 1 has an anchor more, so that the
 * order of those that stay can change. */
static enum trust_fault
walk_edited(enum bundle_change change, const struct edit *edit)
{
	AUTO(chain_kit_release) struct chain_kit k;
	AUTO(buf_release) struct buf why = buf_of(4096);
	bool removal = change == BUNDLE_REMOVAL;

	chain_kit_begin(&k);
	bundle_kit_add_anchor(k.bundles[0], "gone");
	struct bundle *b = chain_kit_add(
	        &k, change, removal ? "alpha" : "sealed-1 sealed-2");
	if (removal)
		chain_kit_drop_anchor(b, "gone");
	if (edit)
		edit->edit(b);
	return chain_kit_walk(&k, &why);
}

static void
test_edits(void)
{
	CU_ASSERT_EQUAL(walk_edited(BUNDLE_REMOVAL, NULL), TRUST_SOUND);
	CU_ASSERT_EQUAL(walk_edited(BUNDLE_RECOVERY, NULL), TRUST_SOUND);
	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		const struct edit *edit = &edits[i];
		enum trust_fault removal = walk_edited(BUNDLE_REMOVAL, edit);
		enum trust_fault recovery = walk_edited(BUNDLE_RECOVERY, edit);

		CU_ASSERT_EQUAL(removal, TRUST_REMOVAL);
		CU_ASSERT_EQUAL(recovery,
		                edit->recovery ? TRUST_SOUND : TRUST_RECOVERY);
		if (removal != TRUST_REMOVAL)
			printf("removal with %s: %s\n", edit->name,
			       trust_fault_word(removal));
		if ((recovery != TRUST_RECOVERY) != edit->recovery)
			printf("recovery with %s: %s\n", edit->name,
			       trust_fault_word(recovery));
	}
}

/* --- removals ------------------------------------------------------------- */

static struct bundle *
add_removal(struct chain_kit *k, const char *by)
{
	return chain_kit_add(k, BUNDLE_REMOVAL, by);
}

static void
remove_anchor(struct chain_kit *k)
{
	chain_kit_drop_anchor(add_removal(k, "charlie"), "maker-tpm");
}

static void
remove_first_anchor(struct chain_kit *k)
{
	chain_kit_drop_anchor(add_removal(k, "bravo"), "google-ec");
}

static void
remove_key(struct chain_kit *k)
{
	chain_kit_drop_key(add_removal(k, "alpha"));
}

static void
remove_all(struct chain_kit *k)
{
	struct bundle *b = add_removal(k, "alpha");

	b->n_anchors = 0;
	chain_kit_drop_key(b);
}

static void
remove_and_go_on(struct chain_kit *k)
{
	remove_anchor(k);
	chain_kit_add(k, BUNDLE_ORDINARY, "alpha bravo");
}

static void
remove_nothing(struct chain_kit *k)
{
	add_removal(k, "alpha bravo charlie");
}

static void
remove_intermediate(struct chain_kit *k)
{
	add_removal(k, "alpha")->anchors[1].n_intermediates--;
}

static void
remove_tenant(struct chain_kit *k)
{
	add_removal(k, "alpha")->anchors[1].n_tenants--;
}

/* Without tenants it would be for all of them. */
static void
remove_all_tenants(struct chain_kit *k)
{
	add_removal(k, "alpha")->anchors[1].n_tenants = 0;
}

static void
remove_officer(struct chain_kit *k)
{
	struct bundle *b = add_removal(k, "alpha");

	chain_kit_drop_anchor(b, "maker-tpm");
	chain_kit_drop_officer(&b->officers, "bravo");
}

/* A key that follows another has ended that one's time. */
static void
remove_successor(struct chain_kit *k)
{
	struct bundle *b = add_removal(k, "alpha");

	b->pins.keys[1] = b->pins.keys[2];
	b->pins.n--;
}

static void
remove_token(struct chain_kit *k)
{
	struct bundle *b = add_removal(k, "alpha");

	b->pins.keys[0] = b->pins.keys[2];
	b->pins.n = 1;
}

static void
remove_last_key(struct chain_kit *k)
{
	add_removal(k, "alpha")->pins.n = 0;
}

static void
remove_by_nobody(struct chain_kit *k)
{
	chain_kit_drop_anchor(add_removal(k, ""), "maker-tpm");
}

static void
remove_by_stranger(struct chain_kit *k)
{
	chain_kit_drop_anchor(add_removal(k, "mallory"), "maker-tpm");
}

static void
remove_by_recovery(struct chain_kit *k)
{
	chain_kit_drop_anchor(add_removal(k, "sealed-1 sealed-2"), "maker-tpm");
}

static void
remove_by_one_of_two(struct chain_kit *k)
{
	k->bundles[0]->removal_threshold = 2;
	chain_kit_drop_anchor(add_removal(k, "alpha alpha"), "maker-tpm");
}

static void
remove_by_expired(struct chain_kit *k)
{
	struct bundle *b = add_removal(k, "charlie");

	chain_kit_drop_anchor(b, "maker-tpm");
	chain_kit_officer(&k->bundles[0]->officers, "charlie")->until_s =
	        b->issued_s - 1;
	chain_kit_officer(&b->officers, "charlie")->until_s = b->issued_s - 1;
}

static const struct chain_kit_row removal_rows[] = {
	{ "an anchor, by one", remove_anchor, TRUST_SOUND },
	{ "the first anchor", remove_first_anchor, TRUST_SOUND },
	{ "a key", remove_key, TRUST_SOUND },
	{ "all anchors and a key", remove_all, TRUST_SOUND },
	{ "an ordinary version behind it", remove_and_go_on, TRUST_SOUND },
	{ "nothing, by all", remove_nothing, TRUST_REMOVAL },
	{ "an intermediate", remove_intermediate, TRUST_REMOVAL },
	{ "a tenant", remove_tenant, TRUST_REMOVAL },
	{ "all tenants of an anchor", remove_all_tenants, TRUST_REMOVAL },
	{ "an officer beside an anchor", remove_officer, TRUST_REMOVAL },
	{ "a key that follows another", remove_successor, TRUST_TEXT },
	{ "both, all keys of a token", remove_token, TRUST_SOUND },
	{ "the last key", remove_last_key, TRUST_TEXT },
	{ "by nobody", remove_by_nobody, TRUST_QUORUM_REMOVAL },
	{ "by a stranger", remove_by_stranger, TRUST_QUORUM_REMOVAL },
	{ "by the recovery set", remove_by_recovery, TRUST_QUORUM_REMOVAL },
	{ "by one twice, not two", remove_by_one_of_two, TRUST_QUORUM_REMOVAL },
	{ "by an officer whose time is over", remove_by_expired,
	  TRUST_QUORUM_REMOVAL },
};

static void
test_removals(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(removal_rows, ARRAY_LEN(removal_rows)),
	                0);
}

static const struct harness_test tests[] = {
	{ "nothing else changes", test_edits },
	{ "removals", test_removals },
	{ NULL, NULL },
};
HARNESS_MAIN("chain_glass", tests)
