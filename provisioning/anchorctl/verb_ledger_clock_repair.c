/*
 * verb_ledger_clock_repair.c - `anchorctl ledger clock-repair`: sets the
 * ledger's time to the clock, so that no challenge whose redemption may have
 * been lost can be redeemed again.
 *
 * It changes the database while no ledger uses it, and must run as the owner of
 * the directory (ledger_check_owner()).
 */
#include "base/auto.h"
#include "base/clock.h"
#include "ledger/store/epochs.h"
#include "ledger/store/open.h"
#include "provisioning/anchorctl/verb_ledger.h"

#define WHY_MAX 512

static const struct verb_option options[] = {
	{ "directory", "DIR", true, "the setting ledger.directory" },
	{ "dry-run", NULL, false,
	  "print what would be done, and change nothing" },
	{ NULL, NULL, false, NULL },
};

static err_t
repair_store_time(struct store *s, uint64_t now_ms, bool dry,
                  struct store_repair *ret)
{
	if (dry)
		return store_repair_look(s, now_ms, ret);
	TRY(store_begin(s));
	TRY(store_repair(s, now_ms, ret));
	return store_commit(s);
}

static int
answer_clock_repair(const struct cli *cli, const struct store_repair *done,
                    uint64_t now_ms)
{
	const bool dry = cli_flag(cli, "dry-run");
	char was[CLOCK_TEXT_SIZE], now[CLOCK_TEXT_SIZE];

	clock_format(done->time_ms, was);
	clock_format(now_ms, now);
	if (cli_json(cli))
		return cli_print_json(
		        cli,
		        json_pack("{s:b, s:s, s:s, s:I, s:I}", "changed", !dry,
		                  "time_was", was, "time", now, "epochs",
		                  (json_int_t)done->epochs, "enrolments",
		                  (json_int_t)done->enrolments),
		        VERB_GOOD);
	if (dry)
		cli_say("dry run, nothing was changed; the repair would do "
		        "this:\n");
	cli_say("time of the ledger: %s (before: %s)\n", now, was);
	cli_say("lives of key holders that are shut: %llu; no challenge "
	        "issued until now counts\n",
	        (unsigned long long)done->epochs);
	cli_say("enrolments with a later date, which is set to now: %llu\n",
	        (unsigned long long)done->enrolments);
	return VERB_GOOD;
}

static int
run_clock_repair(struct cli *cli)
{
	const char *directory = cli_option(cli, "directory", 0);
	const uint64_t now_ms = clock_wall_ms();
	const struct store_opening how = {
		.whole = true, /* a repair is no ordinary start */
		.look = cli_flag(cli, "dry-run"),
	};
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	AUTO(store_close) struct store *s = NULL;
	struct store_repair done;

	int code = ledger_check_owner(cli, directory);
	if (code != VERB_GOOD)
		return code;
	err_t err = store_open_as(directory, &how, &why, &s);
	if (err == E_CONFLICT)
		return cli_fail(cli, VERB_REFUSED, "%s; stop the service first",
		                buf_str(&why));
	if (err != OK)
		return cli_fail(cli, VERB_PART, "%s: %s", directory,
		                why.len ? buf_str(&why) : err_name(err));
	if (repair_store_time(s, now_ms, how.look, &done) != OK)
		return cli_fail(cli, VERB_PART, "%s: %s", directory,
		                store_error(s));
	if (!how.look)
		store_end(TAKE(s));
	return answer_clock_repair(cli, &done, now_ms);
}

const struct verb verb_ledger_clock_repair = {
	.words = "ledger clock-repair",
	.arguments = "",
	.help = "Set the ledger's time, and refuse earlier challenges.",
	.options = options,
	.run = run_clock_repair,
};
