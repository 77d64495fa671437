/*
 * verb_token_unlatch.c - `anchorctl token unlatch`: removes the PIN latch after
 * an officer's check, so that the key holder tries the PIN once more; the
 * permit that it creates allows this even if the token counts a wrong PIN.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hsm/core/hsm.h"
#include "provisioning/anchorctl/verb.h"

#define REASON_MAX 256 /* bytes of the latch's line */

static const struct verb_option options[] = {
	{ "state", "DIR", true, "the setting token.state" },
	{ NULL, NULL, false, NULL },
};

/* Creates the permit durably.  It must exist before the latch is removed,
 * because the key holder tries the PIN as soon as the latch is gone. */
static bool
leave_permit(int directory)
{
	int fd = openat(
	        directory, HSM_PERMIT_FILE,
	        O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);

	if (fd < 0)
		return false;
	bool good = fsync(fd) == 0 && fsync(directory) == 0;
	close(fd);
	return good;
}

static int
lift_latch(const struct cli *cli, int directory)
{
	char reason[REASON_MAX] = "";
	bool was = true;

	cli_read_note(directory, HSM_LATCH_FILE, reason, sizeof(reason));
	reason[strcspn(reason, "\n")] = '\0';
	if (faccessat(directory, HSM_LATCH_FILE, F_OK, AT_SYMLINK_NOFOLLOW) ==
	            0 &&
	    !leave_permit(directory))
		return cli_fail(cli, VERB_PART, "%s: %s", HSM_PERMIT_FILE,
		                strerror(errno));
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
		                      json_pack("{s:b, s:o}", "was_latched",
		                                was, "why", cli_text(reason)),
		                      VERB_GOOD);
	if (was)
		cli_say("the latch was removed; its cause was: %s\n", reason);
	else
		cli_say("there was no latch\n");
	return VERB_GOOD;
}

static int
run_token_unlatch(struct cli *cli)
{
	const char *path = cli_option(cli, "state", 0);
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		return cli_fail(cli, VERB_PART, "%s: %s", path,
		                strerror(errno));
	int rc = lift_latch(cli, directory);
	close(directory);
	return rc;
}

const struct verb verb_token_unlatch = {
	.words = "token unlatch",
	.arguments = "",
	.help = "Allow the key holder to try the PIN again.",
	.options = options,
	.run = run_token_unlatch,
};
