/*
 * verb_trust_approve.c - `anchorctl trust approve`: an officer signs a proposal,
 * with a key in a token, or by `ssh-keygen -Y sign`.
 *
 * A signature is stored only if it counts: whoever signed wrongly learns it at
 * once, and not when the proposal has travelled.
 */
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "provisioning/anchorctl/verb_trust.h"

static const struct verb_option approve_options[] = {
	{ "officer", "NAME", true, "who signs" },
	TRUST_SIGN_OPTIONS,
	{ "digest", "HEX", false, "sign only if this is the text's digest" },
	{ NULL, NULL, false, NULL },
};

struct approval {
	const struct cli *cli;
	struct proposal p;
	struct ssh_key key; /* that signs or has signed */
	const struct officer *row;
	char file[PROPOSAL_NAME_SIZE];
	struct buf signature;
};

static void
approval_release(struct approval *a)
{
	proposal_release(&a->p);
	buf_release(&a->signature);
}
DEFINE_AUTO_REF(struct approval, approval_release);

/* --- what is signed, by whom ---------------------------------------------- */

/* Nobody signs a text that nobody could apply, or another than was reviewed. */
static int
check_text(const struct approval *a)
{
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	AUTO(bundle_free) struct bundle *whole = NULL;
	uint8_t digest[HASH_SIZE];
	bool given = false;

	int rc = trust_hash_option(a->cli, "digest", digest, &given);
	if (rc != VERB_GOOD)
		return rc;
	if (given && memcmp(digest, a->p.next->digest, HASH_SIZE) != 0)
		return cli_fail(a->cli, VERB_REFUSED,
		                "the proposed text has another digest: review "
		                "it again");
	err_t err = bundle_parse(buf_bytes(&a->p.text), &why, &whole);
	if (err != OK)
		return cli_fail(a->cli, VERB_REFUSED,
		                "the proposed text is not whole: %s",
		                why.len ? buf_str(&why) : err_name(err));
	return VERB_GOOD;
}

/* By the key, as signatures are counted, whatever the file is called; and by the
 * file's name, which has room for one. */
static bool
is_signature_of(const struct proposal_signature *s, const struct approval *a)
{
	return strcmp(s->name, a->file) == 0 ||
	       trust_signature_names(a->row, buf_bytes(&s->text));
}

static int
find_signer(struct approval *a)
{
	const char *name = cli_option(a->cli, "officer", 0);
	AUTO(buf_release) struct buf fingerprint = buf_of(128);
	struct trust_quorum quorums[TRUST_QUORUMS_MAX];
	size_t n = trust_quorums(proposal_before(&a->p), a->p.next, quorums);

	a->row = trust_signature_officer(quorums, n, name, &a->key, a->file);
	if (!a->row) {
		ssh_key_fingerprint(&fingerprint, &a->key);
		return cli_fail(a->cli, VERB_REFUSED,
		                "no officer %s who signs this has the key %s",
		                name, buf_str(&fingerprint));
	}
	for (size_t i = 0; i < a->p.n; i++)
		if (is_signature_of(&a->p.all[i], a))
			return cli_fail(a->cli, VERB_REFUSED,
			                "%s has signed already: the signature "
			                "%s is there",
			                name, a->p.all[i].name);
	return VERB_GOOD;
}

/* --- the two ways --------------------------------------------------------- */

static int
take_signature(struct approval *a, const char *path)
{
	if (cli_read_file(a->cli, path, &a->signature) != OK)
		return VERB_PART;
	if (ssh_sig_key(buf_bytes(&a->signature), &a->key) != OK)
		return cli_fail(a->cli, VERB_REFUSED,
		                "%s is no signature of ssh-keygen -Y sign",
		                path);
	return find_signer(a);
}

/* The key is compared before it signs anything. */
static int
make_signature(struct approval *a)
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);
	uint8_t digest[HASH_SIZE];
	int rc = trust_token_key(a->cli, &a->key);

	/* The question has the digest, since what was printed before may not be
	 * shown yet: a ceremony shows it when the verb has ended. */
	digest_sha256(buf_bytes(&a->p.text), digest);
	encode_hex(&hex, bytes_of(digest, HASH_SIZE));
	if (rc == VERB_GOOD)
		rc = find_signer(a);
	if (rc == VERB_GOOD &&
	    !cli_confirm("Sign version %u, SHA-256 %s, as %s (yes/no)? ",
	                 a->p.next->version, buf_str(&hex), a->row->name))
		return cli_fail(a->cli, VERB_REFUSED, "not signed");
	return rc == VERB_GOOD
	               ? trust_token_sign(a->cli, &a->key, TRUST_NAMESPACE,
	                                  buf_bytes(&a->p.text), &a->signature)
	               : rc;
}

/* --- the whole ------------------------------------------------------------ */

static int
store_signature(const struct approval *a)
{
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);

	if (proposal_judge_signature(&a->p, proposal_before(&a->p), a->file,
	                             buf_bytes(&a->signature), &why) != OK)
		return cli_fail(a->cli, VERB_REFUSED,
		                "the signature does not count: %s",
		                buf_str(&why));
	int rc =
	        proposal_sign(a->cli, &a->p, a->file, buf_bytes(&a->signature));
	if (rc == VERB_GOOD)
		cli_say("signed as %s\n", a->row->name);
	return rc;
}

static int
run_trust_approve(struct cli *cli)
{
	const char *path = cli_option(cli, "signature", 0);
	AUTO(approval_release)
	struct approval a = { .cli = cli,
		              .p = PROPOSAL_NONE,
		              .signature = buf_of(SSH_SIG_TEXT_MAX) };

	if (!path == !cli_option(cli, "uri", 0))
		return cli_fail(cli, VERB_USAGE, "either --uri or --signature");
	int rc = proposal_open(cli, cli_argument(cli, 0), &a.p);
	if (rc == VERB_GOOD)
		rc = check_text(&a);
	if (rc != VERB_GOOD)
		return rc;
	trust_say_head(a.p.next);
	rc = path ? take_signature(&a, path) : make_signature(&a);
	return rc == VERB_GOOD ? store_signature(&a) : rc;
}

const struct verb verb_trust_approve = {
	.words = "trust approve",
	.arguments = "DIR",
	.help = "Sign a proposal as an officer.",
	.options = approve_options,
	.run = run_trust_approve,
};
