/*
 * verb_revocation_show.c - `anchorctl revocation show`: describes an imported
 * list, or looks up a serial number in it.
 */
#include <stdio.h>

#include "base/clock.h"
#include "evidence/revocation/revocation.h"
#include "provisioning/anchorctl/verbs.h"

static const struct verb_option options[] = {
	{ "serial", "HEX...", false,
	  "print which of these are listed; exit status 1 if one is" },
	{ "all", NULL, false, "print every entry" },
	{ NULL, NULL, false, NULL },
};

static json_t *
entry_json(const char *serial, struct revocation r)
{
	return json_pack("{s:s, s:s, s:s}", "serial", serial, "status",
	                 revocation_status_name(r.status), "reason",
	                 revocation_reason_name(r.reason));
}

static void
print_entry(const char *serial, struct revocation r)
{
	const char *reason = revocation_reason_name(r.reason);

	cli_say("%s %s%s%s\n", serial, revocation_status_name(r.status),
	        reason[0] ? " " : "", reason);
}

/* Appends the entry to listed, or prints it if listed is NULL. */
static void
show_entry(json_t *listed, const char *serial, struct revocation r)
{
	if (listed)
		json_array_append_new(listed, entry_json(serial, r));
	else
		print_entry(serial, r);
}

static void
show_all(const struct revocations *list, json_t *listed)
{
	for (size_t i = 0; i < revocations_count(list); i++) {
		AUTO(buf_release) struct buf serial = buf_of(64);
		struct revocation r = revocations_at(list, i, &serial);

		show_entry(listed, buf_str(&serial), r);
	}
}

/* Returns VERB_REFUSED if a serial number of --serial is listed. */
static int
show_asked(const struct cli *cli, const struct revocations *list,
           json_t *listed)
{
	const char *serial;
	struct revocation r;
	int rc = VERB_GOOD;

	for (size_t i = 0; (serial = cli_option(cli, "serial", i)); i++) {
		if (!revocation_find(list, bytes_of_str(serial), &r))
			continue;
		show_entry(listed, serial, r);
		rc = VERB_REFUSED;
	}
	return rc;
}

/* Finds an option that is not a serial number in the list's form, since it
 * would always be reported as not listed. */
static const char *
bad_serial(const struct cli *cli)
{
	const char *serial;

	for (size_t i = 0; (serial = cli_option(cli, "serial", i)); i++)
		if (!revocation_serial_valid(bytes_of_str(serial)))
			return serial;
	return NULL;
}

static int
show_revocations(const struct cli *cli, const struct revocations *list)
{
	json_t *listed = cli_json(cli) ? json_array() : NULL;
	char at[CLOCK_TEXT_SIZE];
	int rc = VERB_GOOD;

	clock_format(revocations_at_s(list) * 1000, at);
	if (!listed)
		cli_say("%zu entries, fetched %s\n", revocations_count(list),
		        at);
	if (cli_option(cli, "serial", 0))
		rc = show_asked(cli, list, listed);
	else if (cli_flag(cli, "all"))
		show_all(list, listed);
	if (!listed)
		return rc;
	return cli_print_json(cli,
	                      json_pack("{s:s, s:I, s:o}", "at", at, "entries",
	                                (json_int_t)revocations_count(list),
	                                "listed", listed),
	                      rc);
}

static int
run_revocation_show(struct cli *cli)
{
	const char *path = cli_argument(cli, 0);
	AUTO(buf_release) struct buf file = buf_of(REVOCATION_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(revocations_free) struct revocations *list = NULL;
	const char *bad = bad_serial(cli);

	if (bad)
		return cli_fail(cli, VERB_USAGE,
		                "--serial %s: must be lower-case hex without "
		                "leading zeros",
		                bad);
	if (cli_read_file(cli, path, &file) != OK)
		return VERB_PART;
	if (revocations_open(&file, &why, &list) != OK)
		return cli_fail(cli, VERB_REFUSED, "%s: %s", path,
		                buf_str(&why));
	return show_revocations(cli, list);
}

const struct verb verb_revocation_show = {
	.words = "revocation show",
	.arguments = "FILE",
	.help = "Print an imported list, or look serial numbers up in it.",
	.options = options,
	.run = run_revocation_show,
};
