/*
 * verb_trust_show.c - `anchorctl trust list` and `trust show`: the versions of a
 * chain file, and the text of one.
 */
#include "crypto/digest.h"
#include "provisioning/anchorctl/ceremony_files.h"
#include "provisioning/anchorctl/verb_trust.h"

static const struct verb_option list_options[] = {
	{ NULL, NULL, false, NULL },
};

static const struct verb_option show_options[] = {
	{ "number", "N", false, "which version; unless told, the last" },
	{ "pins", NULL, false,
	  "its signing keys as a pins file, for `token rotate --pins`" },
	{ "out", "FILE", false, "write it to this new file" },
	{ NULL, NULL, false, NULL },
};

static int
say_link(const struct cli *cli, const struct trust_link *link, void *arg)
{
	const struct bundle *b = link->bundle;
	json_t *list = arg;

	if (cli_json(cli)) {
		json_array_append_new(list, trust_head_json(b));
		return VERB_GOOD;
	}
	trust_say_head(b);
	cli_say("  %-14s %u of %zu officers, %u for a removal; %zu "
	        "signatures\n",
	        "signed", b->officers.threshold, b->officers.n,
	        b->removal_threshold, link->version->n_signatures);
	return VERB_GOOD;
}

static int
run_trust_list(struct cli *cli)
{
	AUTO(chain_file_release) struct chain_file chain = CHAIN_FILE_NONE;
	int rc = chain_file_read(cli, cli_argument(cli, 0), &chain);

	if (rc != VERB_GOOD)
		return rc;
	json_t *list = json_array();
	rc = chain_file_each(cli, &chain, say_link, list);
	if (rc == VERB_GOOD && cli_json(cli))
		return cli_print_json(cli, list, rc);
	json_decref(list);
	return rc;
}

/* A file that is there may be one to which `token rotate` has added a key. */
static int
show_text(const struct cli *cli, struct bytes text)
{
	const char *out = cli_option(cli, "out", 0);
	uint8_t digest[HASH_SIZE];

	if (!out) {
		cli_put(text);
		return VERB_GOOD;
	}
	int rc = ceremony_write_file(cli, out, NULL, text);
	if (rc != VERB_GOOD)
		return rc;
	digest_sha256(text, digest);
	if (cli_json(cli))
		return cli_print_json(cli, trust_hash_json(digest), VERB_GOOD);
	trust_say_digest(out, digest);
	return VERB_GOOD;
}

/* Its version is the bundle's: `token rotate` makes the next one of it. */
static int
show_pins(const struct cli *cli, const struct trust_version *version)
{
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	AUTO(buf_release) struct buf pins = buf_of(PINS_FILE_MAX);
	AUTO(bundle_free) struct bundle *b = NULL;
	err_t err = bundle_parse(version->text, &why, &b);

	if (err == OK)
		pins_put(&pins, &b->pins);
	if (err == OK)
		err = buf_status(&pins);
	if (err != OK)
		return cli_fail(cli, VERB_PART, "%s",
		                why.len ? buf_str(&why) : err_name(err));
	return show_text(cli, buf_bytes(&pins));
}

/* Byte for byte: that is what was signed. */
static int
run_trust_show(struct cli *cli)
{
	AUTO(chain_file_release) struct chain_file chain = CHAIN_FILE_NONE;
	uint32_t number = 0;

	int rc =
	        trust_number_option(cli, "number", TRUST_VERSIONS_MAX, &number);
	if (rc == VERB_GOOD)
		rc = chain_file_read(cli, cli_argument(cli, 0), &chain);
	if (rc != VERB_GOOD)
		return rc;
	if (number == 0)
		number = chain.last->version;
	if (number > chain_file_count(&chain))
		return cli_fail(cli, VERB_REFUSED,
		                "there is no version %u: the last is %u",
		                number, chain.last->version);
	if (cli_flag(cli, "pins"))
		return show_pins(cli, chain_file_at(&chain, number - 1));
	return show_text(cli, chain_file_at(&chain, number - 1)->text);
}

const struct verb verb_trust_list = {
	.words = "trust list",
	.arguments = "FILE",
	.help = "List the versions in a chain file.",
	.options = list_options,
	.run = run_trust_list,
};

const struct verb verb_trust_show = {
	.words = "trust show",
	.arguments = "FILE",
	.help = "Print the text of a version, byte for byte.",
	.options = show_options,
	.run = run_trust_show,
};
