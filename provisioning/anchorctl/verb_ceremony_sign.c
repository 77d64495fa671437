/*
 * verb_ceremony_sign.c - `anchorctl ceremony sign`: one who was present signs a
 * transcript, with a key in a token or by `ssh-keygen -Y sign`; so does the HSM,
 * by its own signing key.
 */
#include <string.h>

#include "crypto/digest.h"
#include "provisioning/anchorctl/ceremony_files.h"
#include "provisioning/anchorctl/verb_trust.h"
#include "trust/ssh_sig.h"

static const struct verb_option options[] = {
	{ "role", "NAME", true, "who signs, as the plan names it" },
	TRUST_SIGN_OPTIONS,
	{ "digest", "HEX", false, "sign only if this is its digest" },
	{ NULL, NULL, false, NULL },
};

struct ceremony_signing {
	const struct cli *cli;
	const char *path, *role;
	struct buf text, signature;
};

static void
ceremony_signing_release(struct ceremony_signing *s)
{
	buf_release(&s->text);
	buf_release(&s->signature);
}
DEFINE_AUTO_REF(struct ceremony_signing, ceremony_signing_release);

/* Was this role present?  The whole is judged by verify, which has the plan. */
static bool
was_present(const struct transcript *t, const char *role)
{
	AUTO(buf_release) struct buf wanted = buf_of(CEREMONY_LINE_MAX);
	struct bytes output = t->entries[0].output;
	struct bytes line;

	buf_printf(&wanted, "present %s = ", role);
	while (transcript_take_line(&output, &line))
		if (line.len > wanted.len &&
		    memcmp(line.data, wanted.data, wanted.len) == 0)
			return true;
	return false;
}

/* Nobody signs what has not ended: it would be another text by then. */
static int
check_transcript(const struct ceremony_signing *s)
{
	AUTO(buf_release) struct buf why = buf_of(CEREMONY_WHY_MAX);
	AUTO(transcript_free) struct transcript *t = NULL;
	uint8_t digest[HASH_SIZE];
	uint8_t wanted[HASH_SIZE] = { 0 };
	bool given = false;

	int rc = trust_hash_option(s->cli, "digest", wanted, &given);
	if (rc != VERB_GOOD)
		return rc;
	digest_sha256(buf_bytes(&s->text), digest);
	if (given && memcmp(digest, wanted, HASH_SIZE) != 0)
		return cli_fail(s->cli, VERB_REFUSED,
		                "%s has another digest: read it again",
		                s->path);
	err_t err = transcript_parse(buf_bytes(&s->text), &why, &t);
	if (err != OK)
		return cli_fail(s->cli, VERB_REFUSED, "%s: %s", s->path,
		                why.len ? buf_str(&why) : err_name(err));
	if (!bytes_equal_str(t->entries[t->n - 1].does, CEREMONY_DOES_END))
		return cli_fail(s->cli, VERB_REFUSED,
		                "%s: the ceremony has not ended", s->path);
	if (!was_present(t, s->role))
		return cli_fail(s->cli, VERB_REFUSED, "%s: %s was not present",
		                s->path, s->role);
	trust_say_digest("transcript", digest);
	return VERB_GOOD;
}

static int
sign_by_token(struct ceremony_signing *s)
{
	const struct cli *cli = s->cli;
	struct ssh_key key;

	int rc = trust_token_key(cli, &key);
	if (rc != VERB_GOOD)
		return rc;
	if (!cli_confirm("Sign %s as %s (yes/no)? ", s->path, s->role))
		return cli_fail(cli, VERB_REFUSED, "not signed");
	return trust_token_sign(cli, &key, TRANSCRIPT_NAMESPACE,
	                        buf_bytes(&s->text), &s->signature);
}

static int
store_transcript_signature(struct ceremony_signing *s)
{
	AUTO(buf_release) struct buf why = buf_of(CEREMONY_WHY_MAX);
	AUTO(buf_release) struct buf path = buf_of(4096);
	AUTO(buf_release) struct buf fingerprint = buf_of(128);
	struct ssh_key key;

	err_t err = ssh_sig_signer(bytes_of_str(TRANSCRIPT_NAMESPACE),
	                           buf_bytes(&s->text),
	                           buf_bytes(&s->signature), &why, &key);
	if (err != OK)
		return cli_fail(s->cli, VERB_REFUSED,
		                "the signature does not count: %s",
		                why.len ? buf_str(&why) : err_name(err));
	ceremony_signature_path(s->path, s->role, &path);
	int rc = ceremony_write_file(s->cli, buf_str(&path), NULL,
	                             buf_bytes(&s->signature));
	ssh_key_fingerprint(&fingerprint, &key);
	if (rc == VERB_GOOD)
		cli_say("signed as %s with %s: %s\n", s->role,
		        buf_str(&fingerprint), buf_str(&path));
	return rc;
}

static int
run_ceremony_sign(struct cli *cli)
{
	const char *path = cli_option(cli, "signature", 0);
	AUTO(ceremony_signing_release)
	struct ceremony_signing s = { .cli = cli,
		                      .path = cli_argument(cli, 0),
		                      .role = cli_option(cli, "role", 0),
		                      .text = buf_of(TRANSCRIPT_TEXT_MAX),
		                      .signature = buf_of(SSH_SIG_TEXT_MAX) };

	if (!path == !cli_option(cli, "uri", 0))
		return cli_fail(cli, VERB_USAGE, "either --uri or --signature");
	int rc = trust_check_name(cli, s.role); /* it becomes a file's */
	if (rc != VERB_GOOD)
		return rc;
	if (cli_read_file(cli, s.path, &s.text) != OK ||
	    (path && cli_read_file(cli, path, &s.signature) != OK))
		return VERB_PART;
	rc = check_transcript(&s);
	if (rc == VERB_GOOD && !path)
		rc = sign_by_token(&s);
	return rc == VERB_GOOD ? store_transcript_signature(&s) : rc;
}

const struct verb verb_ceremony_sign = {
	.words = "ceremony sign",
	.arguments = "TRANSCRIPT",
	.help = "Sign the transcript of a ceremony.",
	.options = options,
	.run = run_ceremony_sign,
};
