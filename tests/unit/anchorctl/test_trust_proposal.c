/*
 * test_trust_proposal.c - a proposal that comes from elsewhere: what `trust review`
 * and `trust apply` take of it, and when.
 */
#include "tests/unit/anchorctl/test_trust_kit.h"

/* --- life ------------------------------------------------------------------- */

static void
test_first_and_next(void)
{
	PLACE(p);

	write_proposal(&p.k, 0, "alpha bravo");
	must_say("trust review p", VERB_GOOD, "It could be applied now");
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "genesis digest");
	write_pack(&p.k, 1, "before");
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "applied already");
	remove_tree("p");

	chain_kit_add(&p.k, BUNDLE_ORDINARY, "alpha charlie")->expires_s++;
	write_proposal(&p.k, 1, "alpha charlie");
	must_say("trust review p --chain chain", VERB_GOOD, "same chain");
	must_say("trust review p", VERB_GOOD, "compare it with your chain");
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "version 2");
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "applied already");
	must_say("trust review p --chain chain", VERB_REFUSED,
	         "APPLIED ALREADY");
}

/* The quorum is there without it, and somebody put it there. */
static void
test_each_signature_counts(void)
{
	PLACE(p);

	chain_kit_seal(&p.k);
	chain_kit_sign(&p.k, 0, "charlie", TRUST_NAMESPACE,
	               bytes_of_str("another text"));
	write_proposal(&p.k, 0, "alpha bravo charlie");
	must_say("trust review p", VERB_REFUSED, "charlie does not count");
	must_say("trust apply p --no-token --chain chain", VERB_REFUSED,
	         "charlie does not count");
	CU_ASSERT_NOT_EQUAL(access("chain", F_OK), 0);
	CU_ASSERT_EQUAL(rename("p/signatures/charlie", "p/signatures/nobody"),
	                0);
	must_say("trust apply p --no-token --chain chain", VERB_REFUSED,
	         "no officer who signs this has that name");
	CU_ASSERT_EQUAL(unlink("p/signatures/nobody"), 0);
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "applied");
}

static void
test_until(void)
{
	PLACE(p);

	chain_kit_officer(&p.k.bundles[0]->officers, "bravo")->until_s =
	        p.k.bundles[0]->issued_s - 1;
	write_proposal(&p.k, 0, "alpha bravo");
	must_say("trust review p", VERB_REFUSED,
	         "signs nothing that is issued after");
}

/* His old row lets him sign nothing any more; his new one does. */
static void
test_until_renewed(void)
{
	PLACE(p);

	chain_kit_officer(&p.k.bundles[0]->officers, "charlie")->until_s =
	        p.k.bundles[0]->issued_s;
	struct bundle *next =
	        chain_kit_add(&p.k, BUNDLE_ORDINARY, "alpha bravo charlie");
	chain_kit_officer(&next->officers, "charlie")->until_s =
	        next->issued_s + CHAIN_KIT_DAY;
	write_pack(&p.k, 1, "chain");
	write_proposal(&p.k, 1, "alpha bravo charlie");
	must_say("trust review p --chain chain", VERB_GOOD,
	         "3 of 2 signatures, enough");
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "version 2");
}

static void
test_in_time(void)
{
	PLACE(p);
	const struct bundle *b = p.k.bundles[0];

	write_proposal(&p.k, 0, "alpha bravo");
	clock_set_wall(b->apply_before_s * 1000);
	must_say("trust apply p --no-token --chain chain", VERB_REFUSED,
	         "to be applied before");
	must_say("trust review p", VERB_REFUSED, "to be applied before");
	clock_set_wall(b->apply_before_s * 1000 - 1);
	must_say("trust review p", VERB_GOOD, "applied now");
	clock_set_wall(b->issued_s * 1000 - 1);
	must_say("trust apply p --no-token --chain chain", VERB_REFUSED,
	         "in the future");
	must_say("trust review p", VERB_REFUSED, "in the future");
	clock_set_wall(b->issued_s * 1000);
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "applied");
}

/* What is applied is accepted by the walk at once, and what is refused is not. */
static void
test_times_of_the_walk(void)
{
	PLACE(p);
	AUTO(buf_release) struct buf why = buf_of(4096);
	const struct bundle *b = p.k.bundles[0];
	const uint64_t times[] = { b->issued_s - 1, b->issued_s,
		                   b->apply_before_s - 1, b->apply_before_s };

	write_proposal(&p.k, 0, "alpha bravo");
	p.k.time.in_force = 0;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		clock_set_wall(times[i] * 1000);
		p.k.time.now_s = times[i];
		buf_reset(&why);
		bool sound = chain_kit_walk(&p.k, &why) == TRUST_SOUND;
		CU_ASSERT_EQUAL(sound, i == 1 || i == 2);
		CU_ASSERT_EQUAL(command("trust review p"),
		                sound ? VERB_GOOD : VERB_REFUSED);
	}
}

/* Whether the first row of an officer, in a review, ends with the word. */
static bool
row_says(const char *name, const char *word)
{
	char begin[64];

	snprintf(begin, sizeof(begin), "\n  %s ", name);
	const char *row = strstr(said, begin);
	size_t len = row ? strcspn(row + 1, "\n") + 1 : 0, n = strlen(word);

	return len > n && memcmp(row + len - n, word, n) == 0;
}

/* He has another name, and signs once. */
static void
test_renamed(void)
{
	PLACE(p);

	struct bundle *next =
	        chain_kit_add(&p.k, BUNDLE_ORDINARY, "alpha charlie");
	struct officer *row = chain_kit_officer(&next->officers, "charlie");
	snprintf(row->name, sizeof(row->name), "echo");
	write_pack(&p.k, 1, "chain");
	write_proposal(&p.k, 1, "alpha charlie");
	must_say("trust review p --chain chain", VERB_GOOD,
	         "officers of version 1: 2 of 2 signatures, enough");
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "officers of version 2: 2 of 2 "
	                                    "signatures, enough"));
	CU_ASSERT_TRUE(row_says("charlie", "signed"));
	CU_ASSERT_TRUE(row_says("echo", "signed"));
	CU_ASSERT_TRUE(row_says("bravo", "missing"));
	must_say("trust review p --chain chain --json", VERB_GOOD,
	         "\"signed\": 2");
	CU_ASSERT_PTR_NULL(strstr(said, "\"signed\": 1"));
	write_signature_of(&p.k, 1, 1, "own.sig");
	must_say("trust approve p --officer echo --signature own.sig",
	         VERB_REFUSED,
	         "echo has signed already: the signature charlie");
	CU_ASSERT_EQUAL(unlink("p/signatures/charlie"), 0);
	must_say("trust review p --chain chain", VERB_REFUSED,
	         "officers of version 2: 1 of 2 signatures, 1 more needed");
	must_say("trust approve p --officer echo --signature own.sig",
	         VERB_GOOD, "signed as echo");
	must_say("trust approve p --officer charlie --signature own.sig",
	         VERB_REFUSED, "signed already");
	must_say("trust review p --chain chain", VERB_GOOD,
	         "officers of version 1: 2 of 2 signatures, enough");
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "version 2");
}

/* A text that is not sound may have a key twice: that counts once. */
static void
test_key_of_two(void)
{
	PLACE(p);
	struct officer_set *set = &p.k.bundles[0]->officers;

	set->rows[set->n] = *chain_kit_officer(set, "bravo");
	snprintf(set->rows[set->n].name, sizeof(set->rows[0].name), "echo");
	set->n++;
	write_proposal(&p.k, 0, "alpha bravo");
	write_signature_of(&p.k, 0, 1, "p/signatures/echo");
	must_say("trust review p", VERB_REFUSED,
	         "officers of version 1: 2 of 2");
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(said, "another officer has the same key"));
}

static void
test_new_key_of_a_name(void)
{
	PLACE(p);

	struct bundle *next =
	        chain_kit_add(&p.k, BUNDLE_ORDINARY, "bravo alpha bravo-2");
	struct officer *row = chain_kit_officer(&next->officers, "bravo");
	bundle_kit_officer(row, "bravo-2");
	snprintf(row->name, sizeof(row->name), "bravo");
	write_pack(&p.k, 1, "chain");
	write_proposal(&p.k, 1, "bravo alpha");
	must_say("trust review p --chain chain", VERB_REFUSED,
	         "1 of 2 signatures, 1 more needed");
	write_signature_of(&p.k, 1, 2, "new.sig");
	must_say("trust approve p --officer bravo --signature new.sig",
	         VERB_GOOD, "signed as bravo");
	CU_ASSERT_EQUAL(access("p/signatures/bravo.new", F_OK), 0);
	must_say("trust review p --chain chain", VERB_GOOD, "applied now");
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "version 2");
}

static void
test_other_quorums(void)
{
	PLACE(p);
	PLACE(q);

	chain_kit_drop_anchor(chain_kit_add(&q.k, BUNDLE_REMOVAL, "charlie"),
	                      q.k.bundles[0]->anchors[0].name);
	write_pack(&q.k, 1, "chain");
	write_proposal(&q.k, 1, "charlie");
	must_say("trust review p", VERB_GOOD, "1 of 1 signatures, enough");
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "removal");
	CU_ASSERT_EQUAL_FATAL(chdir(p.path), 0);

	struct bundle *next =
	        chain_kit_add(&p.k, BUNDLE_RECOVERY, "sealed-1 sealed-3");
	bundle_kit_officer(&next->officers.rows[0], "echo");
	write_pack(&p.k, 1, "chain");
	write_proposal(&p.k, 1, "sealed-1 sealed-3");
	must_say("trust review p", VERB_GOOD, "recovery keys of version 1");
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "7 days after the service saw it");
}

/* --- chains ------------------------------------------------------------------ */

/* The proposal's text, issued some seconds later. */
static void
write_another_text(const struct trust_version *version)
{
	static const char issued[] = "\nissued = \"";
	AUTO(buf_release) struct buf text = buf_of(TRUST_TEXT_MAX);

	buf_append(&text, version->text);
	char *at = memmem(text.data, text.len, issued, sizeof(issued) - 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[sizeof(issued) - 1 + strlen("2026-11-29T12:00:0")] = '7';
	write_bytes("p/bundle", buf_bytes(&text));
}

static void
test_other_chains(void)
{
	PLACE(p);
	PLACE(q);

	q.k.bundles[0]->expires_s++;
	write_pack(&q.k, 1, "../other-chain");
	chain_kit_add(&p.k, BUNDLE_ORDINARY, "alpha bravo")->expires_s++;
	chain_kit_add(&p.k, BUNDLE_ORDINARY, "alpha bravo")->expires_s++;
	write_proposal(&p.k, 1, "alpha bravo");
	write_pack(&p.k, 1, "chain");
	write_pack(&p.k, 1, "kept");
	must_say("trust review p --chain p/chain", VERB_USAGE, "own chain");
	must_say("trust review p --chain ../other-chain", VERB_REFUSED,
	         "ANOTHER CHAIN");
	must_say("trust apply p --no-token --chain ../other-chain",
	         VERB_REFUSED, "trust-previous");
	write_pack(&p.k, 3, "later");
	must_say("trust review p --chain later", VERB_REFUSED,
	         "APPLIED ALREADY");
	write_another_text(&p.k.versions[1]);
	must_say("trust review p --chain later", VERB_REFUSED, "ABANDONED");
	must_say("trust apply p --no-token --chain later", VERB_REFUSED,
	         "is abandoned");
	must_say("trust apply p --no-token --chain none", VERB_REFUSED,
	         "only version 1 begins a chain");
	CU_ASSERT_TRUE(is_same_file("chain", "kept"));
	remove_tree("p");
	write_proposal(&p.k, 2, "alpha bravo");
	must_say("trust review p --chain chain", VERB_REFUSED, "ANOTHER CHAIN");
	must_say("trust apply p --no-token --chain chain", VERB_REFUSED,
	         "trust-version");
	remove_tree("p");
	write_proposal(&p.k, 0, "alpha bravo");
	must_say("trust apply p --no-token --chain ../other-chain",
	         VERB_REFUSED, "another version 1");
	must_say("trust review p --chain ../other-chain", VERB_REFUSED,
	         "ANOTHER CHAIN: it is another first version");
	must_say("trust review p --chain chain", VERB_REFUSED,
	         "APPLIED ALREADY");
	CU_ASSERT_EQUAL(unlink("../other-chain"), 0);
}

/* A proposal's own chain need not be signed by anybody whom one knows, but what
 * is in it must follow. */
static void
test_broken_chain(void)
{
	PLACE(p);

	chain_kit_add(&p.k, BUNDLE_ORDINARY, "alpha")->expires_s++;
	chain_kit_add(&p.k, BUNDLE_ORDINARY, "alpha bravo")->expires_s++;
	write_proposal(&p.k, 2, "alpha bravo");
	must_say("trust review p", VERB_REFUSED, "trust-quorum-before");
}

static const struct harness_test tests[] = {
	{ "version 1 begins a chain, and version 2 continues it",
	  test_first_and_next },
	{ "every signature that is there counts", test_each_signature_counts },
	{ "an officer signs until his time is over", test_until },
	{ "an officer whose time is renewed signs for the time to come",
	  test_until_renewed },
	{ "a proposal is applied in its time", test_in_time },
	{ "a proposal is applied when the walk accepts it",
	  test_times_of_the_walk },
	{ "an officer with another name signs once", test_renamed },
	{ "a key of two officers counts once", test_key_of_two },
	{ "one name with two keys signs twice", test_new_key_of_a_name },
	{ "a removal and a recovery have their own signers",
	  test_other_quorums },
	{ "another chain is another chain", test_other_chains },
	{ "a chain that travels is walked", test_broken_chain },
	{ NULL, NULL },
};

HARNESS_MAIN("trust_proposal", tests)
