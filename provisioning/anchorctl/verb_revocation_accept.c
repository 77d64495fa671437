/*
 * verb_revocation_accept.c - `anchorctl revocation accept`: an officer's
 * approval of a list that has few of the entries in force.
 *
 * The approval is the digest that the refusal reports.  Its file must be in a
 * directory that the import job cannot write to, so that an attacker who
 * controls the source of the lists cannot approve one.
 */
#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/encode.h"
#include "evidence/revocation/follow.h"
#include "provisioning/anchorctl/verbs.h"

#define PATH_LONGEST 4000 /* bytes; the temporary name is longer */

static const struct verb_option options[] = {
	{ "out", "FILE", false,
	  "the setting revocation.accepted (" REVOCATION_ACCEPTED_FILE ")" },
	{ NULL, NULL, false, NULL },
};

static int
run_revocation_accept(struct cli *cli)
{
	const char *told = cli_option(cli, "out", 0);
	const char *path = told ? told : REVOCATION_ACCEPTED_FILE;
	AUTO(buf_release) struct buf file = buf_of(256);
	uint8_t digest[HASH_SIZE];

	buf_printf(&file, "%s\n", cli_argument(cli, 0));
	if (revocation_accepted_read(buf_bytes(&file), digest) != OK)
		return cli_fail(cli, VERB_USAGE,
		                "the argument must be the SHA-256 in hex that "
		                "the refusal reports");
	if (strlen(path) > PATH_LONGEST)
		return cli_fail(cli, VERB_USAGE, "--out: the path is too long");
	AUTO(close_fd) int directory = cli_lock_directory_of(cli, path);
	if (directory < 0)
		return VERB_PART;
	if (!cli_replace_file(directory, path, ".accepting", buf_bytes(&file)))
		return cli_fail(cli, VERB_PART, "%s: %s", path,
		                strerror(errno));
	if (cli_json(cli))
		return cli_print_json(cli,
		                      json_pack("{s:o, s:s}", "file",
		                                cli_text(path), "accepted",
		                                cli_argument(cli, 0)),
		                      VERB_GOOD);
	cli_say("%s: accepted\n", path);
	return VERB_GOOD;
}

const struct verb verb_revocation_accept = {
	.words = "revocation accept",
	.arguments = "SHA256",
	.help = "Approve a list that lacks many of the entries in force.",
	.options = options,
	.run = run_revocation_accept,
};
