/*
 * verb_token_take_ownership.c - `anchorctl token take-ownership`: gives a TPM
 * its owner: authorisation values for the owner and for the lockout, and no
 * TPM2_Clear.
 */
#include "hsm/admin/ownership.h"
#include "provisioning/anchorctl/verb_token.h"
#include "provisioning/anchorctl/verbs.h"

/* Defaults; docs/runbook.md has the reasons. */
#define MAX_TRIES 32
#define RECOVERY_S 600
#define LOCKOUT_RECOVERY_S 86400

#define TRIES_LEAST 3 /* the last try before the lock is never made */
#define TRIES_MOST 1000
#define TIME_MOST_S (365 * 86400u)

static const struct verb_option options[] = {
	{ "uri", "URI", true, "of a TPM, such as tpm2:device:/dev/tpmrm0" },
	{ "new-owner-file", "FILE", true,
	  "with the owner's new authorisation value" },
	{ "new-lockout-file", "FILE", true,
	  "with the new authorisation value of the lockout" },
	{ "owner-file", "FILE", false,
	  "with the owner's value in force (else it is empty)" },
	{ "lockout-file", "FILE", false,
	  "with the lockout's value in force (else it is empty)" },
	{ "max-tries", "NUMBER", false, "of wrong PINs until it locks (32)" },
	{ "recovery-time", "SECONDS", false,
	  "until it forgets one wrong PIN (600)" },
	{ "lockout-recovery-time", "SECONDS", false,
	  "without any lockout value after a wrong one (86400)" },
	{ NULL, NULL, false, NULL },
};

struct values {
	struct secret *owner, *lockout, *new_owner, *new_lockout;
};

static void
values_release(struct values *v)
{
	secret_free(v->owner);
	secret_free(v->lockout);
	secret_free(v->new_owner);
	secret_free(v->new_lockout);
}
DEFINE_AUTO_REF(struct values, values_release);

static bool
read_values(const struct cli *cli, struct values *v)
{
	return token_owner(cli, &v->owner) == OK &&
	       token_value(cli, "lockout-file", "lockout authorisation",
	                   &v->lockout) == OK &&
	       token_value(cli, "new-owner-file", "new owner's authorisation",
	                   &v->new_owner) == OK &&
	       token_value(cli, "new-lockout-file", "new lockout authorisation",
	                   &v->new_lockout) == OK;
}

static bool
read_number(const struct cli *cli, const char *option, uint32_t most,
            uint32_t *number)
{
	const char *text = cli_option(cli, option, 0);
	uint64_t n = *number;

	if (text && !cli_number(text, most, &n))
		return false;
	*number = (uint32_t)n;
	return true;
}

static int
run_token_take_ownership(struct cli *cli)
{
	AUTO(values_release) struct values v = { NULL, NULL, NULL, NULL };
	AUTO(buf_release) struct buf why = buf_of(1024);
	const struct hsm_token_name name = token_name(cli, "token");
	struct hsm_ownership_wanted wanted = {
		.max_tries = MAX_TRIES,
		.recovery_s = RECOVERY_S,
		.lockout_recovery_s = LOCKOUT_RECOVERY_S,
	};
	struct hsm_token token;

	if (!read_number(cli, "max-tries", TRIES_MOST, &wanted.max_tries) ||
	    !read_number(cli, "recovery-time", TIME_MOST_S,
	                 &wanted.recovery_s) ||
	    !read_number(cli, "lockout-recovery-time", TIME_MOST_S,
	                 &wanted.lockout_recovery_s) ||
	    wanted.max_tries < TRIES_LEAST || wanted.recovery_s == 0)
		return cli_fail(cli, VERB_USAGE,
		                "--max-tries must be %d to %d, --recovery-time "
		                "1 to %u, and --lockout-recovery-time at most "
		                "that",
		                TRIES_LEAST, TRIES_MOST, TIME_MOST_S);
	if (!read_values(cli, &v))
		return VERB_PART;
	wanted.owner = v.owner;
	wanted.lockout = v.lockout;
	wanted.new_owner = v.new_owner;
	wanted.new_lockout = v.new_lockout;
	err_t err = hsm_token_own(&name, &wanted, &why, &token);
	if (err != OK)
		return token_fail(cli, err, &why);
	return token_say(cli, &token);
}

const struct verb verb_token_take_ownership = {
	.words = "token take-ownership",
	.arguments = "",
	.help = "Set a TPM's owner and lockout values, and disable Clear.",
	.options = options,
	.run = run_token_take_ownership,
};
