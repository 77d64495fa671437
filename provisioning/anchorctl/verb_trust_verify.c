/*
 * verb_trust_verify.c - `anchorctl trust verify`: judges a whole chain file as the
 * service does, from the genesis digest on.
 *
 * A chain that ends too early is sound: that a later version was cut off is seen
 * only by whoever knows of it, such as a counter in a token.
 */
#include "base/clock.h"
#include "provisioning/anchorctl/verb_trust.h"
#include "trust/walk.h"

static const struct verb_option options[] = {
	{ "genesis", "HEX", true, "the digest of version 1, as you know it" },
	{ "at", "RFC3339", false, "judge expiry at this time and not now" },
	{ NULL, NULL, false, NULL },
};

struct verification {
	enum trust_fault fault;
	struct bundle *last; /* NULL: it is refused */
	struct buf why;
};

static void
verification_release(struct verification *v)
{
	bundle_free(TAKE(v->last));
	buf_release(&v->why);
}
DEFINE_AUTO_REF(struct verification, verification_release);

static int
say_verification(const struct cli *cli, struct verification *v)
{
	const int code = v->fault == TRUST_SOUND ? VERB_GOOD : VERB_REFUSED;

	if (cli_json(cli))
		return cli_print_json(
		        cli,
		        json_pack("{s:s, s:s, s:o, s:o}", "verdict",
		                  trust_fault_word(v->fault), "text",
		                  trust_fault_text(v->fault), "why",
		                  cli_text(buf_str(&v->why)), "bundle",
		                  v->last ? trust_head_json(v->last)
		                          : json_null()),
		        code);
	if (code == VERB_GOOD) {
		cli_say("%s\n", trust_fault_word(v->fault));
		trust_say_head(v->last);
		if (v->last->change == BUNDLE_RECOVERY)
			cli_say("The last version is a recovery: whether its "
			        "waiting time is over is not in the file.\n");
		cli_say("That no later version was cut off is not shown by the "
		        "chain itself.\n");
	} else {
		cli_say("%s: %s%s%s\n", trust_fault_word(v->fault),
		        trust_fault_text(v->fault), v->why.len ? ": " : "",
		        buf_str(&v->why));
	}
	return code;
}

static int
run_trust_verify(struct cli *cli)
{
	AUTO(chain_file_release) struct chain_file chain = CHAIN_FILE_NONE;
	AUTO(verification_release)
	struct verification v = { .why = buf_of(TRUST_WHY_MAX) };
	/* An auditor does not know what came into force when. */
	struct trust_time time = { .now_s = clock_wall_ms() / 1000,
		                   .in_force = UINT32_MAX };
	uint8_t genesis[HASH_SIZE] = { 0 };
	bool given;

	int rc = trust_hash_option(cli, "genesis", genesis, &given);
	if (rc == VERB_GOOD)
		rc = trust_time_option(cli, "at", &time.now_s);
	if (rc == VERB_GOOD)
		rc = chain_file_load(cli, cli_argument(cli, 0), &chain);
	if (rc != VERB_GOOD)
		return rc;
	v.fault = trust_walk(chain.chain, genesis, &time, &v.why, &v.last);
	if (v.fault == TRUST_NOMEM)
		return cli_fail(cli, VERB_PART, "%s",
		                trust_fault_text(v.fault));
	return say_verification(cli, &v);
}

const struct verb verb_trust_verify = {
	.words = "trust verify",
	.arguments = "FILE",
	.help = "Judge a whole chain file, from the genesis digest on.",
	.options = options,
	.run = run_trust_verify,
};
