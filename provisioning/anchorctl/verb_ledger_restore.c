/*
 * verb_ledger_restore.c - `anchorctl ledger restore`: makes a ledger's database
 * of a backup; challenges issued before that do not count any more.
 */
#include "base/auto.h"
#include "base/clock.h"
#include "provisioning/anchorctl/verb_ledger.h"

static const struct verb_option options[] = {
	{ "directory", "DIR", true, "the setting ledger.directory" },
	{ NULL, NULL, false, NULL },
};

static int
answer_restore(const struct cli *cli, const struct store_repair *done,
               uint64_t now_ms)
{
	char was[CLOCK_TEXT_SIZE], now[CLOCK_TEXT_SIZE];

	clock_format(done->time_ms, was);
	clock_format(now_ms, now);
	if (cli_json(cli))
		return cli_print_json(
		        cli,
		        json_pack("{s:s, s:s, s:I, s:I}", "backup_of", was,
		                  "time", now, "epochs",
		                  (json_int_t)done->epochs, "enrolments",
		                  (json_int_t)done->enrolments),
		        VERB_GOOD);
	cli_say("restored the backup of %s; everything later is lost\n", was);
	cli_say("no challenge issued before %s counts\n", now);
	return VERB_GOOD;
}

static int
run_ledger_restore(struct cli *cli)
{
	AUTO(buf_release) struct buf why = buf_of(LEDGER_WHY_MAX);
	const char *directory = cli_option(cli, "directory", 0);
	const char *file = cli_argument(cli, 0);
	const uint64_t now_ms = clock_wall_ms();
	struct store_repair done;

	int code = ledger_check_owner(cli, directory);
	if (code != VERB_GOOD)
		return code;
	err_t err = store_restore(file, directory, now_ms, &why, &done);
	if (err != OK)
		return ledger_fail(cli, file, err, &why);
	return answer_restore(cli, &done, now_ms);
}

const struct verb verb_ledger_restore = {
	.words = "ledger restore",
	.arguments = "FILE",
	.help = "Restore a backup, and refuse earlier challenges.",
	.options = options,
	.run = run_ledger_restore,
};
