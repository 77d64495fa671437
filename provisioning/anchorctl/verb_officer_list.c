/*
 * verb_officer_list.c - `anchorctl officer list`: who may sign, by a chain file's
 * last version or by a proposal.
 */
#include <sys/stat.h>

#include "provisioning/anchorctl/verb_pins.h"
#include "provisioning/anchorctl/verb_trust.h"

static const struct verb_option list_options[] = {
	{ NULL, NULL, false, NULL },
};

static void
say_officer(const struct officer *o)
{
	AUTO(buf_release) struct buf fingerprint = buf_of(128);

	trust_put_fingerprint(o, &fingerprint);
	cli_say("  %-20s %-6s %s%s\n", o->name, officer_kind_word(o->kind),
	        buf_str(&fingerprint),
	        o->kind == OFFICER_FILE ? " (a file: for demonstrations)" : "");
	if (o->until_s)
		trust_say_time("  until", o->until_s);
}

static void
say_officers(const struct officer_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		say_officer(&set->rows[i]);
}

static json_t *
officers_json(const struct officer_set *set)
{
	json_t *list = json_array();

	for (size_t i = 0; i < set->n; i++) {
		const struct officer *o = &set->rows[i];
		AUTO(buf_release) struct buf fingerprint = buf_of(128);

		trust_put_fingerprint(o, &fingerprint);
		json_array_append_new(
		        list,
		        json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", o->name,
		                  "kind", officer_kind_word(o->kind), "key",
		                  o->key, "fingerprint", buf_str(&fingerprint),
		                  "until", pins_time_json(o->until_s)));
	}
	return list;
}

static int
list_officers(const struct cli *cli, const struct bundle *b)
{
	if (cli_json(cli))
		return cli_print_json(
		        cli,
		        json_pack("{s:I, s:I, s:I, s:o, s:I, s:I, s:o}",
		                  "version", (json_int_t)b->version,
		                  "threshold",
		                  (json_int_t)b->officers.threshold,
		                  "removal_threshold",
		                  (json_int_t)b->removal_threshold, "officers",
		                  officers_json(&b->officers),
		                  "recovery_threshold",
		                  (json_int_t)b->recovery.threshold,
		                  "recovery_wait_days",
		                  (json_int_t)b->recovery_wait_days, "recovery",
		                  officers_json(&b->recovery)),
		        VERB_GOOD);
	cli_say("version %u: %u of %zu officers sign a change, %u a removal\n",
	        b->version, b->officers.threshold, b->officers.n,
	        b->removal_threshold);
	say_officers(&b->officers);
	if (!b->has_recovery) {
		cli_say("no recovery keys\n");
		return VERB_GOOD;
	}
	cli_say("%u of %zu recovery keys put other officers in, after %u "
	        "days\n",
	        b->recovery.threshold, b->recovery.n, b->recovery_wait_days);
	say_officers(&b->recovery);
	return VERB_GOOD;
}

static int
run_officer_list(struct cli *cli)
{
	const char *path = cli_argument(cli, 0);
	AUTO(proposal_release) struct proposal p = PROPOSAL_NONE;
	AUTO(chain_file_release) struct chain_file chain = CHAIN_FILE_NONE;
	struct stat st;
	int rc;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		rc = proposal_read(cli, path, &p);
		return rc == VERB_GOOD ? list_officers(cli, p.next) : rc;
	}
	rc = chain_file_read(cli, path, &chain);
	return rc == VERB_GOOD ? list_officers(cli, chain.last) : rc;
}

const struct verb verb_officer_list = {
	.words = "officer list",
	.arguments = "FILE_OR_DIR",
	.help = "Say who may sign, by a chain file or a proposal.",
	.options = list_options,
	.run = run_officer_list,
};
