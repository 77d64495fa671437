/*
 * verb_token_strays.c - `anchorctl token strays`: lists or removes objects with
 * names of the service that may have been created without the PIN.
 */
#include <stdio.h>

#include "base/encode.h"
#include "hsm/audit/strays.h"
#include "provisioning/anchorctl/verb_token.h"

static const struct verb_option options[] = {
	{ "module", "PATH", true, "the PKCS#11 module" },
	{ "token", "NAME", true, "the token's label" },
	{ "serial", "TEXT", false, "its serial, if two share the label" },
	{ "pin-file", "FILE", false, "with the user PIN (else it is asked)" },
	{ "remove", NULL, false, "remove all objects that are listed" },
	{ "dry-run", NULL, false, "with --remove: print, but remove nothing" },
	{ NULL, NULL, false, NULL },
};

struct found {
	const struct cli *cli;
	json_t *token, *strays;
	size_t there, kept;
};

static void
found_release(struct found *f)
{
	json_decref(f->token);
	json_decref(f->strays);
}
DEFINE_AUTO_REF(struct found, found_release);

static void
on_searched_token(void *arg, const struct hsm_token *token)
{
	struct found *f = arg;

	f->token = token_json(token);
	if (!cli_json(f->cli))
		token_print(token);
}

static const char *
outcome_word(const struct found *f, enum hsm_stray_outcome outcome)
{
	switch (outcome) {
	case HSM_STRAY_GONE:
		return "removed";
	case HSM_STRAY_KEPT:
		return "the token keeps it";
	case HSM_STRAY_THERE:
		break;
	}
	return cli_flag(f->cli, "remove") ? "would be removed" : "there";
}

static void
on_stray(void *arg, const struct hsm_stray *stray,
         enum hsm_stray_outcome outcome)
{
	struct found *f = arg;
	AUTO(buf_release) struct buf id = buf_of(256);
	const struct hsm_object *o = &stray->object;
	const char *word = outcome_word(f, outcome);

	f->there += outcome == HSM_STRAY_THERE;
	f->kept += outcome == HSM_STRAY_KEPT;
	encode_hex(&id, bytes_of(o->id, o->id_len));
	json_array_append_new(
	        f->strays,
	        json_pack("{s:s, s:o, s:s, s:s, s:s}", "class", o->class,
	                  "label", cli_text(o->label), "id", buf_str(&id),
	                  "why", hsm_stray_text(stray->kind), "outcome", word));
	if (!cli_json(f->cli))
		cli_say("  %s '%s' id %s: %s; %s\n", o->class, o->label,
		        id.len ? buf_str(&id) : "-",
		        hsm_stray_text(stray->kind), word);
}

static int
run_token_strays(struct cli *cli)
{
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(found_release)
	struct found f = { .cli = cli, .strays = json_array() };
	const struct hsm_strays_ops ops = { on_searched_token, on_stray, &f };
	const struct hsm_token_name name = token_name(cli, "token");
	bool dry = cli_flag(cli, "dry-run");

	if (dry && !cli_flag(cli, "remove"))
		return cli_fail(cli, VERB_USAGE, "--dry-run needs --remove");
	if (token_pin(cli, cli_option(cli, "pin-file", 0), "user PIN", false,
	              &pin) != OK)
		return VERB_PART;
	err_t err = hsm_token_strays(
	        &name, pin, cli_flag(cli, "remove") && !dry, &ops, &why);
	if (err != OK)
		return token_fail(cli, err, &why);
	int code = f.there + f.kept ? VERB_REFUSED : VERB_GOOD;
	if (cli_json(cli))
		return cli_print_json(cli,
		                      json_pack("{s:O, s:O}", "token", f.token,
		                                "strays", f.strays),
		                      code);
	if (json_array_size(f.strays) == 0)
		cli_say("no strays\n");
	return code;
}

const struct verb verb_token_strays = {
	.words = "token strays",
	.arguments = "",
	.help = "List objects that may have been created without the PIN.",
	.options = options,
	.run = run_token_strays,
};
