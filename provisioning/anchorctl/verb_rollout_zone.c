/*
 * verb_rollout_zone.c - `anchorctl rollout zone`: the rule of a time zone, for a
 * window of a rollout file.
 *
 * The rule is the last line of the zone's TZif file (RFC 9636 section 3.3), of
 * which this program reads nothing else.
 */
#include <string.h>

#include "eligibility/zone.h"
#include "provisioning/anchorctl/verbs.h"

#define ZONES "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 64          /* bytes */
#define ZONE_FILE_MAX (64 * 1024) /* bytes; the longest has less than 4 kB */

static const struct verb_option options[] = {
	{ NULL, NULL, false, NULL },
};

/* A name such as America/Argentina/Salta, and no way out of the folder. */
static bool
is_zone_name(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                        "abcdefghijklmnopqrstuvwxyz0123456789_+-/");

	return n > 0 && n <= ZONE_NAME_MAX && name[n] == '\0' && name[0] != '/';
}

/* The text between the last two line feeds, of which the last ends the file. */
static struct bytes
footer_of(struct bytes file)
{
	size_t end = file.len, begin;

	if (file.len < 4 || memcmp(file.data, "TZif", 4) != 0 ||
	    file.data[--end] != '\n')
		return bytes_of(NULL, 0);
	for (begin = end; begin > 0 && file.data[begin - 1] != '\n'; begin--)
		continue;
	return bytes_of(file.data + begin, end - begin);
}

static int
run_rollout_zone(struct cli *cli)
{
	const char *name = cli_argument(cli, 0);
	AUTO(buf_release) struct buf path = buf_of(256);
	AUTO(buf_release) struct buf file = buf_of(ZONE_FILE_MAX);
	AUTO(buf_release) struct buf rule = buf_of(256);
	struct zone zone;

	if (!is_zone_name(name))
		return cli_fail(cli, VERB_USAGE,
		                "%s is no name of a time zone, such as "
		                "Europe/Berlin",
		                name);
	buf_printf(&path, "%s/%s", ZONES, name);
	if (cli_read_file(cli, buf_str(&path), &file) != OK)
		return cli_fail(cli, VERB_PART,
		                "zones are in the package tzdata");
	struct bytes footer = footer_of(buf_bytes(&file));
	if (zone_parse(footer, &zone) != OK)
		return cli_fail(cli, VERB_PART,
		                "%s has no rule that holds for the future",
		                buf_str(&path));
	buf_append(&rule, footer);
	if (cli_json(cli))
		return cli_print_json(cli,
		                      json_pack("{s:s, s:s}", "name", name,
		                                "zone", buf_str(&rule)),
		                      VERB_GOOD);
	cli_say("zone = \"%s\"; // %s\n", buf_str(&rule), name);
	return VERB_GOOD;
}

const struct verb verb_rollout_zone = {
	.words = "rollout zone",
	.arguments = "NAME",
	.help = "Print the rule of a time zone for a window of a rollout file.",
	.options = options,
	.run = run_rollout_zone,
};
