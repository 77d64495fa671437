/*
 * verb_token_init.c - `anchorctl token init`: initialises a blank token with
 * its label and PINs.
 */
#include "provisioning/anchorctl/verb_token.h"

static const struct verb_option options[] = {
	{ "module", "PATH", true, "the PKCS#11 module" },
	{ "label", "NAME", true, "the token's new name" },
	{ "so-pin-file", "FILE", false,
	  "with the security officer's PIN (else it is asked)" },
	{ "pin-file", "FILE", false, "with the user PIN (else it is asked)" },
	{ NULL, NULL, false, NULL },
};

static int
run_token_init(struct cli *cli)
{
	AUTO(secret_free) struct secret *so_pin = NULL;
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct hsm_token_name name = token_name(cli, "label");
	struct hsm_token token;

	if (token_pin(cli, cli_option(cli, "so-pin-file", 0), "SO PIN", true,
	              &so_pin) != OK ||
	    token_pin(cli, cli_option(cli, "pin-file", 0), "user PIN", true,
	              &pin) != OK)
		return VERB_PART;

	err_t err = hsm_token_init(&name, so_pin, pin, &why, &token);
	if (err != OK)
		return token_fail(cli, err, &why);
	return token_say(cli, &token);
}

const struct verb verb_token_init = {
	.words = "token init",
	.arguments = "",
	.help = "Initialise the token in a free slot and set its PINs.",
	.options = options,
	.run = run_token_init,
};
