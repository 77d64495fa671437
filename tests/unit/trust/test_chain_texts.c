/*
 * test_chain_texts.c - signatures of something else, malformed ones, and texts
 * that were changed after they were signed.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/chain_kit.h"
#include "tests/common/fakes/ssh_kit.h"
#include "trust/ssh_wire.h"

/* Version 2, sealed, with alpha's signature alone. */
static void
add_half_signed(struct chain_kit *k)
{
	chain_kit_add(k, BUNDLE_ORDINARY, "alpha");
	chain_kit_seal(k);
}

/* --- signatures of something else ----------------------------------------- */

static void
sign_other_namespace(struct chain_kit *k)
{
	add_half_signed(k);
	chain_kit_sign(k, 1, "bravo", "git", k->versions[1].text);
}

static void
sign_longer_namespace(struct chain_kit *k)
{
	add_half_signed(k);
	chain_kit_sign(k, 1, "bravo", TRUST_NAMESPACE "s", k->versions[1].text);
}

static void
sign_other_version(struct chain_kit *k)
{
	add_half_signed(k);
	chain_kit_attach(k, 1, buf_bytes(&k->signatures[0][1]));
}

/* What bravo saw said something else. */
static void
sign_other_draft(struct chain_kit *k)
{
	AUTO(buf_release) struct buf draft = buf_of(TRUST_TEXT_MAX);

	add_half_signed(k);
	k->bundles[1]->revocations_from_s++;
	bundle_put(&draft, k->bundles[1]);
	chain_kit_sign(k, 1, "bravo", TRUST_NAMESPACE, buf_bytes(&draft));
}

static void
sign_without_last_newline(struct chain_kit *k)
{
	add_half_signed(k);
	struct bytes text = k->versions[1].text;
	chain_kit_sign(k, 1, "bravo", TRUST_NAMESPACE,
	               bytes_of(text.data, text.len - 1));
}

static void
sign_digest(struct chain_kit *k)
{
	add_half_signed(k);
	chain_kit_sign(k, 1, "bravo", TRUST_NAMESPACE,
	               bytes_of(k->bundles[1]->digest, HASH_SIZE));
}

static void
sign_nothing(struct chain_kit *k)
{
	add_half_signed(k);
	chain_kit_sign(k, 1, "bravo", TRUST_NAMESPACE, bytes_of("", 0));
}

/* alpha's signature with bravo's key in it. */
static void
graft_key(struct chain_kit *k)
{
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf grafted = buf_of(SSH_KIT_MAX);
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ES256, "bravo");
	struct ssh_key key = ssh_kit_key_of(soft);

	add_half_signed(k);
	const struct buf *text = &k->signatures[1][0];
	ssh_kit_unarmour(text, &blob);
	memcpy(blob.data + 6 + 4 + 4, key.blob, key.blob_len);
	ssh_kit_armour(buf_bytes(&blob), 70, &grafted);
	chain_kit_attach(k, 1, buf_bytes(&grafted));
}

static const struct chain_kit_row other_rows[] = {
	{ "for another namespace", sign_other_namespace, TRUST_QUORUM_BEFORE },
	{ "for a longer namespace", sign_longer_namespace,
	  TRUST_QUORUM_BEFORE },
	{ "of another version", sign_other_version, TRUST_QUORUM_BEFORE },
	{ "of another draft of the version", sign_other_draft,
	  TRUST_QUORUM_BEFORE },
	{ "of the text without its last newline", sign_without_last_newline,
	  TRUST_QUORUM_BEFORE },
	{ "of the digest", sign_digest, TRUST_QUORUM_BEFORE },
	{ "of nothing", sign_nothing, TRUST_QUORUM_BEFORE },
	{ "with another officer's key in it", graft_key, TRUST_QUORUM_BEFORE },
};

/* --- malformed ones ------------------------------------------------------- */

/* Enough others signed. */
static void
attach_beside_enough(struct chain_kit *k, struct bytes text)
{
	add_half_signed(k);
	chain_kit_sign(k, 1, "bravo", TRUST_NAMESPACE, k->versions[1].text);
	chain_kit_attach(k, 1, text);
}

static void
attach_nothing(struct chain_kit *k)
{
	attach_beside_enough(k, bytes_of("", 0));
}

static void
attach_cut(struct chain_kit *k)
{
	AUTO(buf_release)
	struct buf text = ssh_kit_read("ed25519", ".sha512.sig");

	attach_beside_enough(k, bytes_of(text.data, text.len - 1));
}

/* Both are good; a file has one. */
static void
attach_two_in_one(struct chain_kit *k)
{
	AUTO(buf_release) struct buf both = buf_of(SSH_KIT_MAX);

	add_half_signed(k);
	chain_kit_sign(k, 1, "bravo", TRUST_NAMESPACE, k->versions[1].text);
	for (size_t i = 0; i < 2; i++)
		buf_append(&both, buf_bytes(&k->signatures[1][i]));
	chain_kit_attach(k, 1, buf_bytes(&both));
}

static void
attach_other_armour(struct chain_kit *k)
{
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf text = buf_of(SSH_KIT_MAX);

	add_half_signed(k);
	chain_kit_sign(k, 1, "bravo", TRUST_NAMESPACE, k->versions[1].text);
	ssh_kit_unarmour(&k->signatures[1][1], &blob);
	ssh_kit_armour(buf_bytes(&blob), 76, &text);
	chain_kit_attach(k, 1, buf_bytes(&text));
}

static void
attach_p521(struct chain_kit *k)
{
	AUTO(buf_release) struct buf text = ssh_kit_read("p521", ".sha512.sig");

	attach_beside_enough(k, buf_bytes(&text));
}

static void
attach_weak_rsa(struct chain_kit *k)
{
	AUTO(buf_release)
	struct buf text = ssh_kit_read("rsa-1024", ".sha512.sig");

	attach_beside_enough(k, buf_bytes(&text));
}

static void
attach_bundle(struct chain_kit *k)
{
	chain_kit_seal(k);
	attach_beside_enough(k, k->versions[0].text);
}

/* A signature by alpha's key with a number that is longer than the curve's; what
 * it is over does not matter. */
static struct buf
long_number(const char *namespace)
{
	AUTO(soft_key_free)
	struct soft_key *soft = soft_key_new(ALG_ES256, "alpha");
	struct ssh_key key = ssh_kit_key_of(soft);
	AUTO(buf_release) struct buf numbers = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf field = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);
	struct buf text = buf_of(SSH_KIT_MAX);
	uint8_t number[33];

	memset(number, 1, sizeof(number));
	ssh_put_mpint(&numbers, bytes_of(number, sizeof(number)));
	ssh_put_mpint(&numbers, bytes_of(number, 32));
	ssh_put_string(&field, bytes_of_str("ecdsa-sha2-nistp256"));
	ssh_put_string(&field, buf_bytes(&numbers));
	buf_append_str(&blob, "SSHSIG");
	buf_u32(&blob, 1);
	ssh_put_string(&blob, bytes_of(key.blob, key.blob_len));
	ssh_put_string(&blob, bytes_of_str(namespace));
	ssh_put_string(&blob, bytes_of("", 0));
	ssh_put_string(&blob, bytes_of_str("sha512"));
	ssh_put_string(&blob, buf_bytes(&field));
	ssh_kit_armour(buf_bytes(&blob), 70, &text);
	return text;
}

static void
attach_long_number(struct chain_kit *k)
{
	AUTO(buf_release) struct buf text = long_number(TRUST_NAMESPACE);

	attach_beside_enough(k, buf_bytes(&text));
}

/* Before alpha's that counts. */
static void
attach_long_number_first(struct chain_kit *k)
{
	AUTO(buf_release) struct buf text = long_number(TRUST_NAMESPACE);

	chain_kit_add(k, BUNDLE_ORDINARY, "bravo");
	chain_kit_seal(k);
	chain_kit_attach(k, 1, buf_bytes(&text));
	chain_kit_sign(k, 1, "alpha", TRUST_NAMESPACE, k->versions[1].text);
}

static void
attach_long_number_elsewhere(struct chain_kit *k)
{
	AUTO(buf_release) struct buf text = long_number("git");

	attach_beside_enough(k, buf_bytes(&text));
}

static const struct chain_kit_row malformed_rows[] = {
	{ "an empty signature", attach_nothing, TRUST_SIGNATURE },
	{ "a signature cut off", attach_cut, TRUST_SIGNATURE },
	{ "two signatures in one file", attach_two_in_one, TRUST_SIGNATURE },
	{ "a signature in other lines", attach_other_armour, TRUST_SIGNATURE },
	{ "a signature by a P-521 key", attach_p521, TRUST_SIGNATURE },
	{ "a signature by a short RSA key", attach_weak_rsa, TRUST_SIGNATURE },
	{ "a second one by a key that counts", attach_long_number,
	  TRUST_SIGNATURE },
	{ "the same before the one that counts", attach_long_number_first,
	  TRUST_SIGNATURE },
	{ "the same for another namespace", attach_long_number_elsewhere,
	  TRUST_SIGNATURE },
	{ "a bundle in a signature's place", attach_bundle, TRUST_SIGNATURE },
};

/* --- texts ---------------------------------------------------------------- */

/* The last text becomes another one, signed by both. */
static void
replace_text(struct chain_kit *k, struct bytes text)
{
	struct trust_version *v = &k->versions[k->n - 1];
	struct buf copy = buf_of(2 * TRUST_TEXT_MAX);

	buf_append(&copy, text);
	buf_release(&k->texts[k->n - 1]);
	k->texts[k->n - 1] = copy;
	for (size_t i = 0; i < v->n_signatures; i++)
		buf_release(&k->signatures[k->n - 1][i]);
	*v = (struct trust_version){ .text = buf_bytes(&copy) };
	chain_kit_sign(k, k->n - 1, "alpha", TRUST_NAMESPACE, v->text);
	chain_kit_sign(k, k->n - 1, "bravo", TRUST_NAMESPACE, v->text);
}

static void
cut_text(struct chain_kit *k)
{
	add_half_signed(k);
	struct bytes text = k->versions[1].text;
	replace_text(k, bytes_of(text.data, text.len - 1));
}

static void
empty_text(struct chain_kit *k)
{
	add_half_signed(k);
	replace_text(k, bytes_of("", 0));
}

static void
comment_text(struct chain_kit *k)
{
	AUTO(buf_release) struct buf text = buf_of(2 * TRUST_TEXT_MAX);

	add_half_signed(k);
	buf_append(&text, k->versions[1].text);
	buf_append_str(&text, "# reviewed\n");
	replace_text(k, buf_bytes(&text));
}

static void
double_text(struct chain_kit *k)
{
	AUTO(buf_release) struct buf text = buf_of(2 * TRUST_TEXT_MAX);

	add_half_signed(k);
	buf_append(&text, k->versions[1].text);
	buf_append(&text, k->versions[1].text);
	replace_text(k, buf_bytes(&text));
}

static void
add_setting(struct chain_kit *k)
{
	AUTO(buf_release) struct buf text = buf_of(2 * TRUST_TEXT_MAX);

	add_half_signed(k);
	buf_append(&text, k->versions[1].text);
	buf_append_str(&text, "emergency_key = \"...\";\n");
	replace_text(k, buf_bytes(&text));
}

/* A byte changed after all have signed: an anchor's digest, say. */
static void
change_signed_text(struct chain_kit *k)
{
	chain_kit_add(k, BUNDLE_ORDINARY, "alpha bravo charlie");
	chain_kit_seal(k);
	char *at = strstr((char *)k->texts[1].data, "revocations_from = \"20");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[strlen("revocations_from = \"20")] ^= 1;
}

static const struct chain_kit_row text_rows[] = {
	{ "a text cut off", cut_text, TRUST_TEXT },
	{ "an empty text", empty_text, TRUST_TEXT },
	{ "a text with a comment", comment_text, TRUST_TEXT },
	{ "two texts", double_text, TRUST_TEXT },
	{ "a setting that nobody knows", add_setting, TRUST_TEXT },
	{ "a text changed after it was signed", change_signed_text,
	  TRUST_QUORUM_BEFORE },
};

static void
test_other(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(other_rows, ARRAY_LEN(other_rows)), 0);
}

/* Says how many did not count, whatever the cause. */
static void
test_why(void)
{
	AUTO(chain_kit_release) struct chain_kit k;
	AUTO(buf_release) struct buf why = buf_of(4096);

	chain_kit_begin(&k);
	sign_other_namespace(&k);
	CU_ASSERT_EQUAL(chain_kit_walk(&k, &why), TRUST_QUORUM_BEFORE);
	CU_ASSERT_STRING_EQUAL(buf_str(&why),
	                       "version 2: 1 of 2 signed: alpha; 1 more does "
	                       "not count");
	/* His own, too, who counts already. */
	chain_kit_sign(&k, 1, "alpha", "git", k.versions[1].text);
	buf_reset(&why);
	CU_ASSERT_EQUAL(chain_kit_walk(&k, &why), TRUST_QUORUM_BEFORE);
	CU_ASSERT_STRING_EQUAL(buf_str(&why),
	                       "version 2: 1 of 2 signed: alpha; 2 more do not "
	                       "count");
}

/* One more than there may be, and it is good: what stands behind the struct. */
static void
test_too_many(void)
{
	AUTO(chain_kit_release) struct chain_kit k;
	AUTO(buf_release) struct buf why = buf_of(4096);
	struct {
		struct trust_version version;
		struct trust_signature behind;
	} many;

	chain_kit_begin(&k);
	chain_kit_seal(&k);
	many.version = k.versions[0];
	many.behind = many.version.signatures[0];
	for (size_t i = 2; i < TRUST_SIGNATURES_MAX; i++)
		many.version.signatures[i] = many.behind;
	many.version.n_signatures = TRUST_SIGNATURES_MAX;
	CU_ASSERT_EQUAL(
	        trust_step(NULL, k.bundles[0], &many.version, k.genesis, &why),
	        TRUST_SOUND);
	many.version.n_signatures++;
	CU_ASSERT_EQUAL(
	        trust_step(NULL, k.bundles[0], &many.version, k.genesis, &why),
	        TRUST_SIGNATURE);
}

static void
test_malformed(void)
{
	CU_ASSERT_EQUAL(
	        chain_kit_run(malformed_rows, ARRAY_LEN(malformed_rows)), 0);
}

static void
test_texts(void)
{
	CU_ASSERT_EQUAL(chain_kit_run(text_rows, ARRAY_LEN(text_rows)), 0);
}

static const struct harness_test tests[] = {
	{ "signatures of something else", test_other },
	{ "signatures that do not count are told", test_why },
	{ "malformed signatures", test_malformed },
	{ "more signatures than there may be", test_too_many },
	{ "texts", test_texts },
	{ NULL, NULL },
};
HARNESS_MAIN("chain_texts", tests)
