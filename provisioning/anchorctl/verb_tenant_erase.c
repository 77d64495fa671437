/*
 * verb_tenant_erase.c - `anchorctl tenant erase`: removes every trace of one
 * tenant from the ledger's database, while no ledger uses it (erase.h).
 *
 * It must run as the owner of the directory (ledger_check_owner()).
 */
#include <string.h>

#include "base/auto.h"
#include "ledger/store/erase.h"
#include "ledger/store/open.h"
#include "provisioning/anchorctl/verb_ledger.h"
#include "wire/terms.h"

static const struct verb_option options[] = {
	{ "directory", "DIR", true, "the setting ledger.directory" },
	{ "client", "NAME...", false,
	  "names of the tenant's clients, whose emergency stops become "
	  "nobody's" },
	{ "dry-run", NULL, false,
	  "print what would be removed, and change nothing" },
	{ NULL, NULL, false, NULL },
};

/* The clients one after the other, at least once without any. */
static bool
next_client(const struct cli *cli, size_t i, struct erasure *e)
{
	const char *client = cli_option(cli, "client", i);

	e->client = bytes_of_str(client ? client : "");
	return i == 0 || client;
}

static err_t
erase_tenant(const struct cli *cli, struct store *s, struct erasure *e,
             struct erased *sum)
{
	for (size_t i = 0; next_client(cli, i, e); i++)
		for (bool more = true; more;)
			TRY(store_erase_step(s, e, sum, &more));
	return store_erase_end(s, cli_option(cli, "directory", 0));
}

static err_t
look_at_tenant(const struct cli *cli, struct store *s, struct erasure *e,
               struct erased *sum)
{
	uint64_t stops = 0;

	for (size_t i = 0; next_client(cli, i, e); i++) {
		TRY(store_erase_look(s, e, sum));
		stops += sum->stops;
	}
	sum->stops = stops;
	return OK;
}

static int
print_erased(const struct cli *cli, const char *tenant, const struct erased *n)
{
	const bool dry = cli_flag(cli, "dry-run");

	if (cli_json(cli))
		return cli_print_json(
		        cli,
		        json_pack(
		                "{s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		                "tenant", cli_text(tenant), "changed", !dry,
		                "enrolments", (json_int_t)n->enrolments,
		                "facts", (json_int_t)n->facts, "permits",
		                (json_int_t)n->permits, "listed",
		                (json_int_t)n->listed, "outcomes",
		                (json_int_t)n->outcomes, "redemptions",
		                (json_int_t)n->redemptions, "stops",
		                (json_int_t)n->stops),
		        VERB_GOOD);
	cli_say("%s: %s\n", tenant,
	        dry ? "dry run, nothing was changed; this would be removed:"
	            : "removed, and the file written anew:");
	cli_say("  %llu enrolments with %llu facts, %llu permits\n",
	        (unsigned long long)n->enrolments, (unsigned long long)n->facts,
	        (unsigned long long)n->permits);
	cli_say("  %llu known devices of its list\n",
	        (unsigned long long)n->listed);
	cli_say("  the content of %llu outcomes; their sequence and time "
	        "stay\n",
	        (unsigned long long)n->outcomes);
	cli_say("  the content of %llu spent challenges; id and expiry stay "
	        "until the expiry\n",
	        (unsigned long long)n->redemptions);
	cli_say("  author and reason of %llu emergency stops; the stops stay\n",
	        (unsigned long long)n->stops);
	cli_say("Backups, logs and the configuration are not touched.\n");
	return VERB_GOOD;
}

static int
run_tenant_erase(struct cli *cli)
{
	const char *directory = cli_option(cli, "directory", 0);
	const char *tenant = cli_argument(cli, 0);
	const struct store_opening how = { .look = cli_flag(cli, "dry-run") };
	AUTO(buf_release) struct buf why = buf_of(LEDGER_WHY_MAX);
	AUTO(store_close) struct store *s = NULL;
	struct erasure e = { .tenant = bytes_of_str(tenant) };
	struct erased sum = { 0 };

	if (!tenant_name_valid(e.tenant))
		return cli_fail(cli, VERB_USAGE, "%s is no name of a tenant",
		                tenant);
	int code = ledger_check_owner(cli, directory);
	if (code != VERB_GOOD)
		return code;
	if (!how.look &&
	    !cli_confirm("Remove everything about the tenant %s for "
	                 "ever? Type yes to confirm: ",
	                 tenant))
		return VERB_REFUSED;
	err_t err = store_open_as(directory, &how, &why, &s);
	if (err == E_CONFLICT)
		buf_append_str(&why, "; stop the service first");
	if (err != OK)
		return ledger_fail(cli, directory, err, &why);
	err = how.look ? look_at_tenant(cli, s, &e, &sum)
	               : erase_tenant(cli, s, &e, &sum);
	if (err != OK)
		return cli_fail(cli, VERB_PART,
		                "%s: %s; give the command again to go on",
		                directory,
		                err == E_CONFLICT ? "a backup is being made"
		                                  : store_error(s));
	if (!how.look)
		store_end(TAKE(s));
	return print_erased(cli, tenant, &sum);
}

const struct verb verb_tenant_erase = {
	.words = "tenant erase",
	.arguments = "TENANT",
	.help = "Remove what the ledger's database has of a tenant.",
	.options = options,
	.run = run_tenant_erase,
};
