/*
 * verb_ledger_backup.c - `anchorctl ledger backup` copies the database while
 * the service works; `anchorctl ledger verify` checks a copy.
 */
#include "base/auto.h"
#include "provisioning/anchorctl/verb_ledger.h"

static const struct verb_option backup_options[] = {
	{ "directory", "DIR", true, "the setting ledger.directory" },
	{ NULL, NULL, false, NULL },
};

static const struct verb_option verify_options[] = {
	{ NULL, NULL, false, NULL },
};

static int
run_ledger_backup(struct cli *cli)
{
	AUTO(buf_release) struct buf why = buf_of(LEDGER_WHY_MAX);
	const char *directory = cli_option(cli, "directory", 0);
	const char *file = cli_argument(cli, 0);
	struct store_facts facts;

	int code = ledger_check_owner(cli, directory);
	if (code != VERB_GOOD)
		return code;
	err_t err = store_backup(directory, file, &why, &facts);
	if (err != OK)
		return ledger_fail(cli, file, err, &why);
	return ledger_print_facts(cli, "created and checked", file, &facts);
}

static int
run_ledger_verify(struct cli *cli)
{
	AUTO(buf_release) struct buf why = buf_of(LEDGER_WHY_MAX);
	const char *file = cli_argument(cli, 0);
	struct store_facts facts;

	err_t err = store_verify(file, &why, &facts);
	if (err != OK)
		return ledger_fail(cli, file, err, &why);
	return ledger_print_facts(cli, "sound", file, &facts);
}

const struct verb verb_ledger_backup = {
	.words = "ledger backup",
	.arguments = "FILE",
	.help = "Copy the ledger's database while the service works.",
	.options = backup_options,
	.run = run_ledger_backup,
};

const struct verb verb_ledger_verify = {
	.words = "ledger verify",
	.arguments = "FILE",
	.help = "Check a backup of the ledger's database completely.",
	.options = verify_options,
	.run = run_ledger_verify,
};
