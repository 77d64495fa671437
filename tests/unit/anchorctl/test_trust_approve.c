/*
 * test_trust_approve.c - which signatures are stored in a proposal, what is closed
 * once there is one, and directories that somebody prepared.
 */
#include "tests/unit/anchorctl/test_trust_kit.h"

/* --- what officers do ---------------------------------------------------------- */

static void
test_approve(void)
{
	PLACE(p);

	chain_kit_seal(&p.k);
	chain_kit_sign(&p.k, 0, "charlie", "another-namespace",
	               p.k.versions[0].text);
	chain_kit_sign(&p.k, 0, "charlie", TRUST_NAMESPACE,
	               bytes_of_str("another text"));
	chain_kit_sign(&p.k, 0, "nobody", TRUST_NAMESPACE,
	               p.k.versions[0].text);
	for (size_t j = 0; j < 5; j++) {
		char name[] = "0.sig";

		name[0] = (char)('0' + j);
		write_signature_of(&p.k, 0, j, name);
	}
	write_proposal(&p.k, 0, "");
	must_say("trust approve p --officer alpha --signature 1.sig",
	         VERB_REFUSED, "has the key");
	must_say("trust approve p --officer nobody --signature 4.sig",
	         VERB_REFUSED, "no officer nobody");
	must_say("trust approve p --officer charlie --signature 2.sig",
	         VERB_REFUSED, "does not count");
	must_say("trust approve p --officer charlie --signature 3.sig",
	         VERB_REFUSED, "does not count");
	write_bytes("x.sig", bytes_of_str("a text"));
	must_say("trust approve p --officer alpha --signature x.sig",
	         VERB_REFUSED, "no signature");
	must_say("trust approve p --officer alpha --signature 0.sig --digest "
	         "0000000000000000000000000000000000000000000000000000000000000"
	         "000",
	         VERB_REFUSED, "another digest");
	must_say("trust approve p --officer alpha --signature 0.sig", VERB_GOOD,
	         "signed as alpha");
	must_say("trust approve p --officer alpha --signature 0.sig",
	         VERB_REFUSED, "signed already");
	CU_ASSERT_TRUE(is_same_file("p/signatures/alpha", "0.sig"));
}

static void
test_signed_is_closed(void)
{
	PLACE(p);

	write_proposal(&p.k, 0, "alpha");
	write_bytes("before", p.k.versions[0].text);
	must_say("officer remove --proposal p --name alpha", VERB_REFUSED,
	         "signed already");
	CU_ASSERT_TRUE(is_same_file("p/bundle", "before"));
	CU_ASSERT_EQUAL(unlink("p/signatures/alpha"), 0);
	must_say("officer remove --proposal p --name alpha", VERB_GOOD,
	         "The text");
}

/* Nobody signs what nobody could apply. */
static void
test_whole(void)
{
	PLACE(p);

	p.k.bundles[0]->officers.threshold = 9;
	write_proposal(&p.k, 0, "");
	write_signature_of(&p.k, 0, 0, "0.sig");
	must_say("trust approve p --officer alpha --signature 0.sig",
	         VERB_REFUSED, "not whole");
	must_say("trust review p", VERB_REFUSED, "not whole");
}

/* --- odd directories ------------------------------------------------------------ */

static void
test_odd_names(void)
{
	static const char *const names[] = { ".hidden", "alpha+tmp", "Alpha",
		                             "\033[31m" };
	PLACE(p);

	write_proposal(&p.k, 0, "alpha bravo");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[64];

		snprintf(path, sizeof(path), "p/signatures/%s", names[i]);
		write_bytes(path, bytes_of_str("x"));
		must_say("trust apply p --no-token --chain chain", VERB_REFUSED,
		         "no officer's");
		CU_ASSERT_PTR_NULL(strchr(said, '\033'));
		CU_ASSERT_EQUAL(unlink(path), 0);
	}
	for (int i = 0; i < TRUST_SIGNATURES_MAX; i++) {
		char path[64];

		snprintf(path, sizeof(path), "p/signatures/x%d", i);
		write_bytes(path, bytes_of_str("x"));
	}
	must_say("trust review p", VERB_REFUSED, "more than 32 signatures");
}

/* A pipe would wait for ever, a link would read what is ours. */
static void
test_odd_files(void)
{
	static const char *const names[] = { "p/bundle", "p/chain",
		                             "p/signatures/alpha" };
	PLACE(p);

	chain_kit_add(&p.k, BUNDLE_ORDINARY, "alpha bravo")->expires_s++;
	write_proposal(&p.k, 1, "alpha bravo");
	must_say("trust review p", VERB_GOOD, "applied now");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char refusal[64];

		snprintf(refusal, sizeof(refusal), "%s: not a regular file",
		         names[i]);
		CU_ASSERT_EQUAL(rename(names[i], "kept"), 0);
		CU_ASSERT_EQUAL(symlink("../kept", names[i]), 0);
		must_say("trust review p", VERB_PART, refusal);
		CU_ASSERT_EQUAL(unlink(names[i]), 0);
		CU_ASSERT_EQUAL(mkfifo(names[i], 0600), 0);
		must_say("trust review p", VERB_PART, refusal);
		CU_ASSERT_EQUAL(unlink(names[i]), 0);
		write_bytes(names[i], bytes_of_str("x"));
		CU_ASSERT_EQUAL(command("trust review p"), VERB_REFUSED);
		CU_ASSERT_EQUAL(rename("kept", names[i]), 0);
	}
	CU_ASSERT_EQUAL(truncate("p/signatures/alpha", SSH_SIG_TEXT_MAX + 1),
	                0);
	must_say("trust review p", VERB_PART,
	         "p/signatures/alpha: longer than");
	must_say("trust review .", VERB_PART,
	         "not the directory of a proposal");
}

static const struct harness_test tests[] = {
	{ "a signature is stored if it counts", test_approve },
	{ "a signed text is not changed", test_signed_is_closed },
	{ "an incomplete text is not signed", test_whole },
	{ "a name that is no officer's is refused", test_odd_names },
	{ "links, pipes and long files are refused", test_odd_files },
	{ NULL, NULL },
};

HARNESS_MAIN("trust_approve", tests)
