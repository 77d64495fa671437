/*
 * verb_token_so_pin.c - `anchorctl token so-pin`: changes the security
 * officer's PIN, for instance the factory's.
 */
#include "provisioning/anchorctl/verb_token.h"
#include "provisioning/anchorctl/verbs.h"

static const struct verb_option options[] = {
	{ "module", "PATH", true, "the PKCS#11 module" },
	{ "token", "NAME", true, "the token's label" },
	{ "serial", "TEXT", false, "its serial, if two share the label" },
	{ "so-pin-file", "FILE", false,
	  "with the current PIN (else it is asked)" },
	{ "new-so-pin-file", "FILE", false,
	  "with the new PIN (else it is asked)" },
	{ NULL, NULL, false, NULL },
};

static int
run_token_so_pin(struct cli *cli)
{
	AUTO(secret_free) struct secret *old = NULL;
	AUTO(secret_free) struct secret *new = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	const struct hsm_token_name name = token_name(cli, "token");
	struct hsm_token token;

	if (token_pin(cli, cli_option(cli, "so-pin-file", 0), "SO PIN", false,
	              &old) != OK ||
	    token_pin(cli, cli_option(cli, "new-so-pin-file", 0), "new SO PIN",
	              true, &new) != OK)
		return VERB_PART;
	err_t err = hsm_token_so_pin(&name, old, new, &why, &token);
	if (err != OK)
		return token_fail(cli, err, &why);
	int rc = token_say(cli, &token);
	if (!cli_json(cli))
		cli_say("the SO PIN was changed\n");
	return rc;
}

const struct verb verb_token_so_pin = {
	.words = "token so-pin",
	.arguments = "",
	.help = "Change the security officer's PIN of a token.",
	.options = options,
	.run = run_token_so_pin,
};
