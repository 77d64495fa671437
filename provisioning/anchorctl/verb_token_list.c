/*
 * verb_token_list.c - `anchorctl token list`: lists tokens, objects and
 * attributes as the device reports them.
 */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "hsm/admin/list.h"
#include "provisioning/anchorctl/verb_token.h"

static const struct verb_option options[] = {
	{ "uri", "URI", false, "of a TPM, such as tpm2:device:/dev/tpmrm0" },
	{ "module", "PATH", false, "the PKCS#11 module" },
	{ "token", "NAME", false, "list this token with its objects" },
	{ "serial", "TEXT", false, "its serial, if two share the label" },
	{ "pin-file", "FILE", false, "log in, to list private objects, too" },
	{ NULL, NULL, false, NULL },
};

struct listing {
	const struct cli *cli;
	json_t *tokens, *objects;
	struct buf id;
};

static void
listing_release(struct listing *l)
{
	json_decref(l->tokens);
	json_decref(l->objects);
	buf_release(&l->id);
}
DEFINE_AUTO_REF(struct listing, listing_release);

static void
on_listed_token(void *arg, const struct hsm_token *token)
{
	struct listing *l = arg;

	if (cli_json(l->cli))
		json_array_append_new(l->tokens, token_json(token));
	else
		token_print(token);
}

static json_t *
object_json(const struct hsm_object *o, const char *id)
{
	json_t *attributes = json_object();

	for (unsigned a = 0; a < HSM_ATTRIBUTE_COUNT; a++)
		if (o->attributes[a] != HSM_UNSAID)
			json_object_set_new(
			        attributes, hsm_attribute_name(a),
			        json_boolean(o->attributes[a] == HSM_YES));
	return json_pack("{s:s, s:s, s:o, s:s, s:o}", "class", o->class, "type",
	                 o->type, "label", cli_text(o->label), "id", id,
	                 "attributes", attributes);
}

static void
object_print(const struct hsm_object *o, const char *id)
{
	cli_say("  %s%s%s '%s' id %s:", o->class, *o->type ? " " : "", o->type,
	        o->label, *id ? id : "-");
	for (unsigned a = 0; a < HSM_ATTRIBUTE_COUNT; a++)
		if (o->attributes[a] != HSM_UNSAID)
			cli_say(" %s%s", o->attributes[a] == HSM_YES ? "" : "!",
			        hsm_attribute_name(a));
	cli_say("\n");
}

static void
on_object(void *arg, const struct hsm_object *object)
{
	struct listing *l = arg;

	buf_reset(&l->id);
	encode_hex(&l->id, bytes_of(object->id, object->id_len));
	if (cli_json(l->cli))
		json_array_append_new(l->objects,
		                      object_json(object, buf_str(&l->id)));
	else
		object_print(object, buf_str(&l->id));
}

static int
run_token_list(struct cli *cli)
{
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(listing_release)
	struct listing l = {
		.cli = cli,
		.tokens = json_array(),
		.objects = json_array(),
		.id = buf_of(256),
	};
	const struct hsm_list_ops ops = { on_listed_token, on_object, &l };
	struct hsm_token_name name = token_name(cli, "token");
	const char *pin_file = cli_option(cli, "pin-file", 0);

	if ((name.uri != NULL) == (name.module != NULL))
		return cli_fail(cli, VERB_USAGE,
		                "give --uri for a TPM, or --module");
	if (pin_file && (name.uri || !*name.label))
		return cli_fail(cli, VERB_USAGE, "--pin-file needs --token");
	if (pin_file && token_pin(cli, pin_file, "user PIN", false, &pin) != OK)
		return VERB_PART;

	err_t err = hsm_token_list(&name, pin, &ops, &why);
	if (err != OK)
		return token_fail(cli, err, &why);
	if (!cli_json(cli))
		return VERB_GOOD;
	return cli_print_json(cli,
	                      json_pack("{s:O, s:O}", "tokens", l.tokens,
	                                "objects", l.objects),
	                      VERB_GOOD);
}

const struct verb verb_token_list = {
	.words = "token list",
	.arguments = "",
	.help = "List tokens, or a token's objects with their attributes.",
	.options = options,
	.run = run_token_list,
};
