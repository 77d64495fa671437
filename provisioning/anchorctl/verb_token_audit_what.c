/*
 * verb_token_audit_what.c - finds the token to audit, and the file of its
 * module.
 *
 * A link to a module is resolved first, because the name of the file is more
 * specific, and the report names the file whose digest it contains.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "base/encode.h"
#include "provisioning/anchorctl/verb_token_audit.h"

#define MODULE_MAX (256u << 20) /* bytes of a module */

void
audit_what_release(struct audit_what *w)
{
	pins_free(w->pins);
	bundle_free(w->bundle);
	chain_file_release(&w->chain);
	config_free(w->config);
	free(w->file);
}

static int
read_pins(struct audit_what *w)
{
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	const char *path = w->config->pins_file;

	if (cli_read_file(w->cli, path, &text) != OK)
		return VERB_PART;
	if (pins_parse(buf_bytes(&text), &why, &w->pins) != OK ||
	    pins_check(w->pins, &why) != OK)
		return cli_fail(w->cli, VERB_PART, "%s: %s", path,
		                buf_str(&why));
	return VERB_GOOD;
}

/* Takes from the configuration what the command line does not name. */
static int
take_from_config(struct audit_what *w)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	const char *uri = w->of->uri;

	if (hsm_key_place(uri, &why, &w->in_config) != OK)
		return cli_fail(w->cli, VERB_PART, "%s", buf_str(&why));
	if (!hsm_by_module(uri)) {
		if (w->path)
			return cli_fail(w->cli, VERB_USAGE,
			                "--module: the configuration's token "
			                "is a TPM");
		w->uri = w->uri ? w->uri : uri;
		return VERB_GOOD;
	}
	if (w->uri)
		return VERB_GOOD;
	w->path = w->path ? w->path : w->of->module;
	if (!*w->name.label) {
		w->name.label = w->in_config.token;
		w->name.serial = w->in_config.serial;
	}
	return VERB_GOOD;
}

static int
read_audit_config(struct audit_what *w)
{
	const char *path = cli_option(w->cli, "config", 0);

	if (!path && cli_option(w->cli, "name", 0))
		return cli_fail(w->cli, VERB_USAGE, "--name needs --config");
	if (!path)
		return VERB_GOOD;
	int code = token_config(w->cli, &w->config, &w->of);
	if (code == VERB_GOOD)
		code = token_environment(w->cli, w->of);
	if (code == VERB_GOOD)
		code = config_has_officers(w->config) ? audit_bundle_read(w)
		                                      : read_pins(w);
	return code == VERB_GOOD ? take_from_config(w) : code;
}

static int
find_module(struct audit_what *w)
{
	AUTO(buf_release) struct buf bytes = buf_of(MODULE_MAX);

	if (*w->path != '/')
		return cli_fail(w->cli, VERB_PART,
		                "module %s: not an absolute path", w->path);
	w->file = realpath(w->path, NULL);
	if (!w->file)
		return cli_fail(w->cli, VERB_PART, "module %s: %s", w->path,
		                strerror(errno));
	if (cli_read_file(w->cli, w->file, &bytes) != OK)
		return VERB_PART;
	digest_sha256(buf_bytes(&bytes), w->sha256);
	w->name.module = w->file;
	return VERB_GOOD;
}

int
audit_what_find(const struct cli *cli, struct audit_what *w)
{
	w->cli = cli;
	w->uri = cli_option(cli, "uri", 0);
	w->path = cli_option(cli, "module", 0);
	w->name = token_name(cli, "token");
	int code = read_audit_config(w);
	if (code != VERB_GOOD)
		return code;
	if ((w->uri != NULL) == (w->path != NULL) ||
	    (w->uri != NULL) == (*w->name.label != '\0'))
		return cli_fail(cli, VERB_USAGE,
		                "give --uri for a TPM, or --module and "
		                "--token, or --config");
	w->name.uri = w->uri;
	return w->path ? find_module(w) : VERB_GOOD;
}

size_t
audit_what_pinned(const struct audit_what *w,
                  const char *ret_uris[static PINS_MAX])
{
	const uint64_t now_s = clock_wall_ms() / 1000;
	size_t n = 0;

	if (!w->pins || !w->uri || strcmp(w->uri, w->of->uri) != 0)
		return 0;
	for (size_t i = 0; i < w->pins->n; i++) {
		const struct pin *pin = &w->pins->keys[i];

		if (strcmp(pin->token, w->of->name) == 0 &&
		    !pin_over(pin, now_s))
			ret_uris[n++] = pin->uri;
	}
	return n;
}

json_t *
audit_module_json(const struct audit_what *w)
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);

	encode_hex(&hex, bytes_of(w->sha256, sizeof(w->sha256)));
	return json_pack("{s:o, s:o, s:s}", "path", cli_text(w->path), "file",
	                 cli_text(w->file), "sha256", buf_str(&hex));
}
