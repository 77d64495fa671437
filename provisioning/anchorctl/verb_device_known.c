/*
 * verb_device_known.c - `anchorctl device known` and `device forget`: the devices
 * that a tenant knows before they enrol (docs/api.md, "GET /v1/preregistrations").
 */
#include <string.h>

#include "base/encode.h"
#include "crypto/codec/json_auto.h"
#include "provisioning/anchorctl/client.h"
#include "provisioning/anchorctl/verbs.h"
#include "wire/choices.h"
#include "wire/terms.h"

#define TEXT_MAX 4096 /* bytes of one member */

/* The kind of an entry's name, "key-" or "certificate-" and a digest; 0: it begins
 * with neither.  *ret_digest: what follows. */
static unsigned
entry_kind(const char *name, const char **ret_digest)
{
	for (unsigned kind = WIRE_PREREGISTRATION_KEY;
	     wire_preregistration_valid(kind); kind++) {
		const char *word = wire_preregistration_name(
		        (enum wire_preregistration)kind);
		size_t n = strlen(word);

		if (strncmp(name, word, n) != 0 || name[n] != '-')
			continue;
		*ret_digest = name + n + 1;
		return kind;
	}
	return 0;
}

/* --- the list -------------------------------------------------------------- */

static const struct verb_option known_options[] = {
	{ "after", "ENTRY", false, "only entries behind this one" },
	{ "limit", "N", false, "the first N" },
	CLIENT_OPTIONS,
	{ NULL, NULL, false, NULL },
};

/* The list has keys, then certificates, each by digest: the words do not rise. */
static bool
entry_is_behind(const char *before, const char *next)
{
	const char *none = NULL;
	unsigned from = entry_kind(before, &none);
	unsigned to = entry_kind(next, &none);

	return to > from || (to == from && strcmp(before, next) < 0);
}

static void
print_known_head(void)
{
	cli_say("%-76s  %7s  %8s  %-20s  %-20s  %-47s  %s\n", "entry",
	        "devices", "enrolled", "added", "expires", "device", "label");
}

static void
print_known(const json_t *row)
{
	AUTO(buf_release) struct buf keep = buf_of(TEXT_MAX);

	cli_say("%-76s  ", client_text(row, "entry", &keep));
	cli_say("%7s  ", client_text(row, "devices", &keep));
	cli_say("%8s  ", client_text(row, "enrolled", &keep));
	cli_say("%-20s  ", client_text(row, "added_at", &keep));
	cli_say("%-20s  ", client_text(row, "expires_at", &keep));
	cli_say("%-47s  ", client_text(row, "device_handle", &keep));
	cli_say("%s\n", client_text(row, "label", &keep));
}

static int
run_device_known(struct cli *cli)
{
	static const char *const filters[] = { NULL };
	struct client_table table = { .head = print_known_head,
		                      .put = print_known };
	struct client_listing l = { .cli = cli,
		                    .path = "/v1/preregistrations",
		                    .member = "preregistrations",
		                    .is_behind = entry_is_behind };

	return client_run_list(&l, filters, &table);
}

const struct verb verb_device_known = {
	.words = "device known",
	.arguments = "",
	.help = "List the devices that are known before they enrol; for "
	        "officers.",
	.options = known_options,
	.run = run_device_known,
};

/* --- one of them ----------------------------------------------------------- */

static const struct verb_option forget_options[] = {
	CLIENT_OPTIONS,
	{ NULL, NULL, false, NULL },
};

static bool
entry_valid(const char *name)
{
	uint8_t digest[HASH_SIZE];
	const char *text = NULL;

	return entry_kind(name, &text) != 0 &&
	       decode_hex_exact(bytes_of_str(text), digest, HASH_SIZE) == OK;
}

static int
ask_to_forget(const struct cli *cli, const char *entry)
{
	AUTO(json_decref) json_t *none = NULL;
	AUTO(buf_release) struct buf path = buf_of(CLIENT_WHY_MAX);
	unsigned status = 0;

	buf_printf(&path, "/v1/preregistrations/%s", entry);
	const struct client_request r = { .method = "DELETE",
		                          .path = buf_str(&path) };

	return client_ask_once(cli, &r, &status, &none);
}

static int
run_device_forget(struct cli *cli)
{
	const char *entry = cli_argument(cli, 0);

	/* Nothing else may become a part of the path. */
	if (!entry_valid(entry))
		return cli_fail(cli, VERB_USAGE,
		                "%s is no entry: key- or certificate-, and 64 "
		                "hexadecimal digits",
		                entry);
	int code = ask_to_forget(cli, entry);
	if (code != VERB_GOOD)
		return code;
	if (cli_json(cli))
		return cli_print_json(
		        cli,
		        json_pack("{s:s, s:b}", "entry", entry, "deleted", 1),
		        VERB_GOOD);
	cli_say("%s: nobody enrols by it any more\n", entry);
	return VERB_GOOD;
}

const struct verb verb_device_forget = {
	.words = "device forget",
	.arguments = "ENTRY",
	.help = "Take an entry off the list of known devices; for officers.",
	.options = forget_options,
	.run = run_device_forget,
};
