/*
 * verb_trust_device.c - `anchorctl trust device`: the rows of a bundle for the
 * tokens of a configuration, as `trust propose --device` takes them.
 *
 * A token's counter at version 0 is its base.  A TPM begins a new counter above all
 * that it ever had, so nobody knows the base before the counter exists.
 */
#include <inttypes.h>
#include <unistd.h>

#include "base/encode.h"
#include "provisioning/anchorctl/trust_apply_tokens.h"
#include "provisioning/anchorctl/verb_token.h"
#include "provisioning/anchorctl/verbs.h"

static const struct verb_option device_options[] = {
	{ "config", "FILE", true, "the service's configuration" },
	{ "name", "NAME", false, "of its tokens this one" },
	{ "pin-file", "[NAME=]FILE...", false,
	  "user PIN, of the token NAME (else token.pin_file)" },
	{ "owner-file", "[NAME=]FILE...", false,
	  "authorisation of a TPM's owner (else it is empty)" },
	{ NULL, NULL, false, NULL },
};

/* What the chain says of this counter; 0: nothing, or there is none to be read. */
static uint64_t
base_in_chain(const struct token_store *s, const struct chain_file *chain)
{
	const struct bundle *b = chain->last;

	for (size_t i = 0; b && i < b->n_devices; i++)
		if (token_store_is_named(s, &b->devices[i]))
			return b->devices[i].base;
	return 0;
}

/* Of a token in use: what its counter had before version 1.  The head moves before
 * the counter, so an interrupted apply leaves a difference that is too small, and the
 * chain's base, which never goes back, counts. */
static uint64_t
base_of(const struct token_store *s, const struct chain_file *chain,
        uint64_t counter)
{
	const uint64_t base = s->has_head && counter >= s->head.version
	                              ? counter - s->head.version
	                              : counter;
	const uint64_t known = base_in_chain(s, chain);

	return base > known ? base : known;
}

static int
say_device(const struct cli *cli, const struct apply_token *token,
           const struct chain_file *chain, json_t *rows)
{
	const struct token_store *s = &token->store;
	const struct hsm_trust_officer who = apply_token_officer(token);
	AUTO(buf_release) struct buf why = buf_of(1024);
	uint64_t counter = 0;
	int rc = token_environment(cli, s->of);

	if (rc != VERB_GOOD)
		return rc;
	err_t err =
	        hsm_trust_raise_counter(&s->numbers, &who, 0, &why, &counter);

	if (err != OK)
		return token_fail(cli, err, &why);
	const uint64_t base = base_of(s, chain, counter);
	AUTO(buf_release) struct buf tpm = buf_of(HEX_LEN(HASH_SIZE));
	if (s->by_owner)
		encode_hex(&tpm, bytes_of(s->where.tpm, HASH_SIZE));
	json_array_append_new(rows,
	                      json_pack("{s:s, s:I, s:s, s:s*, s:I}", "token",
	                                s->of->name, "base", (json_int_t)base,
	                                "counter", s->where.counter, "tpm",
	                                s->by_owner ? buf_str(&tpm) : NULL,
	                                "value", (json_int_t)counter));
	if (!cli_json(cli))
		cli_say("%s=%" PRIu64 ",%s%s%s\n", s->of->name, base,
		        s->where.counter, s->by_owner ? "," : "",
		        buf_str(&tpm));
	return VERB_GOOD;
}

static int
run_trust_device(struct cli *cli)
{
	AUTO(apply_tokens_release) struct apply_tokens t = { .cli = cli };
	json_t *rows = json_array();
	AUTO(chain_file_release) struct chain_file chain = CHAIN_FILE_NONE;
	int rc = token_config_read(cli, &t.config);

	if (rc == VERB_GOOD)
		rc = apply_tokens_open(&t);
	if (rc == VERB_GOOD && config_has_officers(t.config) &&
	    access(t.config->bundle_file, F_OK) == 0)
		rc = chain_file_read(cli, t.config->bundle_file, &chain);
	for (size_t i = 0; rc == VERB_GOOD && i < t.n; i++)
		rc = say_device(cli, &t.all[i], &chain, rows);
	if (rc == VERB_GOOD && cli_json(cli))
		return cli_print_json(cli, rows, rc);
	json_decref(rows);
	return rc;
}

const struct verb verb_trust_device = {
	.words = "trust device",
	.arguments = "",
	.help = "Make the tokens' counters, and print the rows of --device.",
	.options = device_options,
	.run = run_trust_device,
};
