/*
 * verb_trust_apply.c - `anchorctl trust apply`: appends an accepted proposal to a
 * chain file, or begins one, and brings the tokens to it.
 *
 * What counts is the chain that is here.  The one that the proposal brought is
 * only looked at to tell a person what went wrong.
 */
#include <errno.h>
#include <string.h>
#include <sys/file.h>

#include "provisioning/anchorctl/trust_apply_tokens.h"
#include "provisioning/anchorctl/verb_trust.h"

static const struct verb_option apply_options[] = {
	{ "chain", "FILE", false, "the chain file; made for version 1" },
	{ "config", "FILE", false,
	  "the service's configuration: its tokens, and trust.bundle" },
	{ "no-token", NULL, false, "the chain file alone, no token" },
	{ "name", "NAME", false, "of the configuration's tokens this one" },
	{ "certificates", "FILE_OR_DIR...", false,
	  "certificates that the proposal did not bring" },
	{ "pin-file", "[NAME=]FILE...", false,
	  "user PIN, of the token NAME (else token.pin_file)" },
	{ "so-pin-file", "[NAME=]FILE...", false,
	  "security officer's PIN, of the token NAME" },
	{ "owner-file", "[NAME=]FILE...", false,
	  "authorisation of a TPM's owner (else it is empty)" },
	{ "in-force", NULL, false,
	  "the service says that the version is in force" },
	{ NULL, NULL, false, NULL },
};

struct application {
	const struct cli *cli;
	const char *path;
	int directory; /* of the chain file, locked */
	bool there;    /* the chain file */
	struct proposal p;
	struct chain_file chain;
	struct apply_tokens tokens;
};

static void
application_release(struct application *a)
{
	proposal_release(&a->p);
	apply_tokens_release(&a->tokens);
	chain_file_release(&a->chain);
	close_fd(a->directory);
}
DEFINE_AUTO_REF(struct application, application_release);

static int
open_application(struct application *a)
{
	int rc = proposal_read(a->cli, cli_argument(a->cli, 0), &a->p);

	if (rc != VERB_GOOD)
		return rc;
	/* It was read whole, and the chain file may lie in there. */
	(void)flock(a->p.directory, LOCK_UN);
	a->directory = cli_lock_directory_of(a->cli, a->path);
	if (a->directory < 0)
		return VERB_PART;
	a->chain.path = a->path;
	err_t err =
	        cli_read_beside(a->cli, a->directory, a->path, &a->chain.file);
	if (err == E_NOT_FOUND)
		return VERB_GOOD;
	a->there = true;
	return err == OK ? chain_file_walk(a->cli, &a->chain) : VERB_PART;
}

/* The chain has this very text already. */
static bool
is_applied(const struct application *a)
{
	for (size_t i = 0; i < chain_file_count(&a->chain); i++)
		if (bytes_equal(chain_file_at(&a->chain, i)->text,
		                buf_bytes(&a->p.text)))
			return true;
	return false;
}

static int
check_place(const struct application *a)
{
	const uint32_t version = a->p.next->version;

	if (a->there && version == 1)
		return cli_fail(a->cli, VERB_REFUSED,
		                "%s begins with another version 1: a chain has "
		                "one",
		                a->path);
	if (!a->there && version != 1)
		return cli_fail(a->cli, VERB_REFUSED,
		                "%s does not exist, and only version 1 begins "
		                "a chain",
		                a->path);
	if (a->there && version <= a->chain.last->version)
		return cli_fail(a->cli, VERB_REFUSED,
		                "version %u is in force: this proposal was for "
		                "version %u and is abandoned",
		                a->chain.last->version, version);
	return VERB_GOOD;
}

static int
write_chain(struct application *a)
{
	const struct trust_version version = proposal_version(&a->p);
	AUTO(buf_release) struct buf file = buf_of(TRUST_PACK_MAX);
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	err_t err = chain_file_put(&a->chain, &version, a->p.next->change, &why,
	                           &file);

	if (err != OK)
		return cli_fail(a->cli, VERB_PART, "%s: %s", a->path,
		                why.len ? buf_str(&why) : err_name(err));
	if (!cli_replace_file(a->directory, a->path, CLI_SUFFIX,
	                      buf_bytes(&file)))
		return cli_fail(a->cli, VERB_PART, "%s: %s", a->path,
		                strerror(errno));
	return VERB_GOOD;
}

/* --- the tokens ----------------------------------------------------------- */

static int
check_apply_config(struct application *a, const struct config *c)
{
	if (!config_has_officers(c))
		return cli_fail(a->cli, VERB_REFUSED,
		                "the configuration has no officers: set "
		                "trust.governance, trust.bundle and "
		                "trust.genesis_sha256 first");
	if (a->path && strcmp(a->path, c->bundle_file) != 0)
		return cli_fail(a->cli, VERB_REFUSED,
		                "--chain is not the service's chain file, "
		                "which is %s (trust.bundle); with another one "
		                "the tokens would be ahead of the service",
		                c->bundle_file);
	a->path = c->bundle_file;
	return VERB_GOOD;
}

/* Which chain file, and which tokens. */
static int
read_apply_options(struct application *a)
{
	const bool alone = cli_flag(a->cli, "no-token");

	if (alone == (cli_option(a->cli, "config", 0) != NULL))
		return cli_fail(a->cli, VERB_USAGE,
		                "either --config FILE, or --no-token for the "
		                "chain file alone");
	if (alone)
		return a->path ? VERB_GOOD
		               : cli_fail(a->cli, VERB_USAGE,
		                          "--no-token needs --chain");
	int rc = token_config_read(a->cli, &a->tokens.config);
	return rc == VERB_GOOD ? check_apply_config(a, a->tokens.config) : rc;
}

/* The version that the tokens are brought to: the proposal's, or a later one that
 * the chain has. */
static int
judge_tokens(struct application *a, bool applied)
{
	struct apply_tokens *t = &a->tokens;
	uint8_t genesis[HASH_SIZE];

	if (!t->config)
		return VERB_GOOD;
	t->proposal = &a->p;
	t->old = applied;
	t->target.bundle = applied ? a->chain.last : a->p.next;
	t->target.chain = &a->chain;
	config_genesis(t->config, t->target.genesis);
	if (a->there)
		chain_file_genesis(&a->chain, genesis);
	else
		memcpy(genesis, a->p.next->digest, HASH_SIZE);
	if (memcmp(genesis, t->target.genesis, HASH_SIZE) != 0)
		return cli_fail(a->cli, VERB_REFUSED,
		                "trust.genesis_sha256 is not the digest of "
		                "this chain's bundle 1");
	int rc = apply_tokens_open(t);
	return rc == VERB_GOOD ? apply_tokens_judge(t) : rc;
}

static int
finish_tokens(struct apply_tokens *t)
{
	int rc = t->config ? apply_tokens_move(t) : VERB_GOOD;

	return t->config && rc == VERB_GOOD ? apply_tokens_clean(t) : rc;
}

/* --- the whole ------------------------------------------------------------ */

static int
say_applied(const struct application *a, const char *how)
{
	const struct bundle *b = a->p.next;

	if (cli_json(a->cli))
		return cli_print_json(
		        a->cli,
		        json_pack("{s:s, s:o, s:O*}", "applied", how, "bundle",
		                  trust_head_json(b), "steps", a->tokens.steps),
		        VERB_GOOD);
	cli_say("%s: %s\n", a->path, how);
	trust_say_head(b);
	if (b->version == 1)
		cli_say("This digest is the genesis digest: all that follows "
		        "rests on it. Compare it aloud, and keep it where it "
		        "cannot be changed.\n");
	if (b->change == BUNDLE_RECOVERY)
		cli_say("WARNING: a recovery. It is in force %u days after the "
		        "service saw it first.\n",
		        b->recovery_wait_days);
	return VERB_GOOD;
}

/* Each step may be the last one: see trust_apply_tokens.h. */
static int
apply_all(struct application *a)
{
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	const bool applied = is_applied(a);
	int rc = applied ? VERB_GOOD : check_place(a);

	if (rc == VERB_GOOD && !applied &&
	    !proposal_acceptable(&a->p, a->there ? &a->chain : NULL, &why))
		return cli_fail(a->cli, VERB_REFUSED, "not applied: %s",
		                buf_str(&why));
	if (rc == VERB_GOOD)
		rc = judge_tokens(a, applied);
	if (rc == VERB_GOOD && a->tokens.config)
		rc = apply_tokens_store(&a->tokens);
	if (rc == VERB_GOOD && !applied)
		rc = write_chain(a);
	if (rc == VERB_GOOD)
		rc = finish_tokens(&a->tokens);
	return rc == VERB_GOOD
	               ? say_applied(a, applied ? "applied already" : "applied")
	               : rc;
}

static int
run_trust_apply(struct cli *cli)
{
	AUTO(application_release)
	struct application a = { .cli = cli,
		                 .path = cli_option(cli, "chain", 0),
		                 .directory = -1,
		                 .p = PROPOSAL_NONE,
		                 .chain = CHAIN_FILE_NONE,
		                 .tokens = { .cli = cli } };
	int rc = read_apply_options(&a);

	if (rc == VERB_GOOD)
		rc = open_application(&a);
	return rc == VERB_GOOD ? apply_all(&a) : rc;
}

const struct verb verb_trust_apply = {
	.words = "trust apply",
	.arguments = "DIR",
	.help = "Put an accepted proposal into force: tokens and chain file.",
	.options = apply_options,
	.run = run_trust_apply,
};
