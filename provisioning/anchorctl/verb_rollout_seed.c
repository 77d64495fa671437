/*
 * verb_rollout_seed.c - `anchorctl rollout seed`: 32 random bytes for a release's
 * entry.
 */
#include <sys/random.h>

#include "base/encode.h"
#include "provisioning/anchorctl/verbs.h"

static const struct verb_option options[] = {
	{ NULL, NULL, false, NULL },
};

static int
run_rollout_seed(struct cli *cli)
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);
	uint8_t seed[HASH_SIZE];

	if (getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		return cli_fail(cli, VERB_PART, "no random numbers");
	encode_hex(&hex, bytes_of(seed, sizeof(seed)));
	if (buf_status(&hex) != OK)
		return cli_fail(cli, VERB_PART, "out of memory");
	if (cli_json(cli))
		return cli_print_json(cli,
		                      json_pack("{s:s}", "seed", buf_str(&hex)),
		                      VERB_GOOD);
	cli_say("seed = \"%s\";\n", buf_str(&hex));
	return VERB_GOOD;
}

const struct verb verb_rollout_seed = {
	.words = "rollout seed",
	.arguments = "",
	.help = "Print a new seed for a release's entry in a rollout file.",
	.options = options,
	.run = run_rollout_seed,
};
