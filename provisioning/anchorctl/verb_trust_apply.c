/*
 * verb_trust_apply.c - `anchorctl trust apply`: appends an accepted proposal to a
 * chain file, or begins one.
 *
 * What counts is the chain that is here.  The one that the proposal brought is
 * only looked at to tell a person what went wrong.
 */
#include <errno.h>
#include <string.h>
#include <sys/file.h>

#include "provisioning/anchorctl/verb_trust.h"

static const struct verb_option apply_options[] = {
	{ "chain", "FILE", true, "the chain file; made for version 1" },
	{ NULL, NULL, false, NULL },
};

struct application {
	const struct cli *cli;
	const char *path;
	int directory; /* of the chain file, locked */
	bool there;    /* the chain file */
	struct proposal p;
	struct chain_file chain;
};

static void
application_release(struct application *a)
{
	proposal_release(&a->p);
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

static int
say_applied(const struct application *a, const char *how)
{
	const struct bundle *b = a->p.next;

	if (cli_json(a->cli))
		return cli_print_json(a->cli,
		                      json_pack("{s:s, s:o}", "applied", how,
		                                "bundle", trust_head_json(b)),
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

static int
run_trust_apply(struct cli *cli)
{
	AUTO(application_release)
	struct application a = { .cli = cli,
		                 .path = cli_option(cli, "chain", 0),
		                 .directory = -1,
		                 .p = PROPOSAL_NONE,
		                 .chain = CHAIN_FILE_NONE };
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	int rc = open_application(&a);

	if (rc == VERB_GOOD && is_applied(&a))
		return say_applied(&a, "applied already");
	if (rc == VERB_GOOD)
		rc = check_place(&a);
	if (rc != VERB_GOOD)
		return rc;
	if (!proposal_acceptable(&a.p, a.there ? &a.chain : NULL, &why))
		return cli_fail(cli, VERB_REFUSED, "not applied: %s",
		                buf_str(&why));
	rc = write_chain(&a);
	return rc == VERB_GOOD ? say_applied(&a, "applied") : rc;
}

const struct verb verb_trust_apply = {
	.words = "trust apply",
	.arguments = "DIR",
	.help = "Append an accepted proposal to a chain file.",
	.options = apply_options,
	.run = run_trust_apply,
};
