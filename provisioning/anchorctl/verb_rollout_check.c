/*
 * verb_rollout_check.c - `anchorctl rollout check`: checks a rollout file as the
 * ledger does.
 */
#include "base/encode.h"
#include "provisioning/anchorctl/verb_rollout.h"
#include "provisioning/anchorctl/verbs.h"

static const struct verb_option options[] = {
	{ NULL, NULL, false, NULL },
};

static int
run_rollout_check(struct cli *cli)
{
	AUTO(rollout_free) struct rollout *r = NULL;
	AUTO(buf_release) struct buf digest = buf_of(128);
	int code = rollout_read(cli, &r);

	if (code != VERB_GOOD)
		return code;
	encode_hex(&digest, bytes_of(rollout_digest(r), HASH_SIZE));
	if (cli_json(cli))
		return cli_print_json(cli,
		                      json_pack("{s:s, s:I, s:s}", "id",
		                                rollout_id(r), "version",
		                                (json_int_t)rollout_version(r),
		                                "digest", buf_str(&digest)),
		                      VERB_GOOD);
	cli_say("%s: rollout file %s, version %u, SHA-256 %s\n",
	        cli_argument(cli, 0), rollout_id(r), rollout_version(r),
	        buf_str(&digest));
	return VERB_GOOD;
}

const struct verb verb_rollout_check = {
	.words = "rollout check",
	.arguments = "FILE",
	.help = "Check whether the service would accept a rollout file.",
	.options = options,
	.run = run_rollout_check,
};
