/*
 * verb_token_unlatch.c - `anchorctl token unlatch`: a person has looked, the
 * key holder may try the PIN again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hsm.h"
#include "verb.h"

#define REASON_MAX 256 /* bytes of the latch's line */

static const struct verb_option options[] = {
	{ "state", "DIR", true, "the key holder's directory (token.state)" },
	{ NULL, NULL, false, NULL },
};

static int
lift(const struct cli *cli, int directory)
{
	char reason[REASON_MAX] = "";
	bool was = true;

	cli_read_note(directory, HSM_LATCH_FILE, reason, sizeof(reason));
	reason[strcspn(reason, "\n")] = '\0';
	if (unlinkat(directory, HSM_LATCH_FILE, 0) != 0) {
		if (errno != ENOENT)
			return cli_fail(cli, VERB_PART, "%s: %s",
			                HSM_LATCH_FILE, strerror(errno));
		was = false;
	}
	if (fsync(directory) != 0)
		return cli_fail(cli, VERB_PART, "%s", strerror(errno));
	if (cli_json(cli))
		return cli_print_json(cli,
		                      json_pack("{s:b, s:s}", "was_latched",
		                                was, "why", reason),
		                      VERB_GOOD);
	if (was)
		printf("lifted; it said: %s\n", reason);
	else
		printf("was not latched\n");
	return VERB_GOOD;
}

static int
run(struct cli *cli)
{
	const char *path = cli_option(cli, "state", 0);
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		return cli_fail(cli, VERB_PART, "%s: %s", path,
		                strerror(errno));
	int rc = lift(cli, directory);
	close(directory);
	return rc;
}

const struct verb verb_token_unlatch = {
	.words = "token unlatch",
	.arguments = "",
	.help = "Allow the key holder to try the PIN again.",
	.options = options,
	.run = run,
};
