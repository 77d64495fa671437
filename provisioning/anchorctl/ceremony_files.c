/*
 * ceremony_files.c - see ceremony_files.h.
 */
#include <errno.h>
#include <string.h>

#include "provisioning/anchorctl/ceremony_files.h"
#include "provisioning/anchorctl/verb_trust.h"

static int
refuse_file(const struct cli *cli, const char *path, err_t err, struct buf *why)
{
	return cli_fail(cli, err == E_NOMEM ? VERB_PART : VERB_REFUSED,
	                "%s: %s", path,
	                why->len ? buf_str(why) : err_name(err));
}

int
ceremony_load_plan(const struct cli *cli, const char *path,
                   struct ceremony_plan **ret_plan)
{
	AUTO(buf_release) struct buf text = buf_of(CEREMONY_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(CEREMONY_WHY_MAX);

	if (cli_read_file(cli, path, &text) != OK)
		return VERB_PART;
	err_t err = ceremony_plan_parse(buf_bytes(&text), &why, ret_plan);
	return err == OK ? VERB_GOOD : refuse_file(cli, path, err, &why);
}

int
ceremony_load_site(const struct cli *cli, const char *path,
                   struct ceremony_site **ret_site)
{
	AUTO(buf_release) struct buf text = buf_of(CEREMONY_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(CEREMONY_WHY_MAX);

	if (cli_read_file(cli, path, &text) != OK)
		return VERB_PART;
	err_t err = ceremony_site_parse(buf_bytes(&text), &why, ret_site);
	return err == OK ? VERB_GOOD : refuse_file(cli, path, err, &why);
}

void
ceremony_say_plan(const struct ceremony_plan *plan)
{
	cli_say("ceremony %s: %s\n", plan->name, plan->purpose);
	trust_say_digest("plan", plan->digest);
	cli_say("  %-14s %s\n", "keys",
	        plan->keys == CEREMONY_GO ? "are gone afterwards" : "stay");
	for (size_t i = 0; i < plan->n_present; i++)
		cli_say("  %-14s %s\n", i ? "" : "present",
		        plan->present[i].role);
}

void
ceremony_signature_path(const char *transcript, const char *role,
                        struct buf *out)
{
	buf_printf(out, "%s.%s.sig", transcript, role);
}

int
ceremony_write_file(const struct cli *cli, const char *path,
                    const struct bytes *before, struct bytes text)
{
	AUTO(close_fd) int directory = cli_lock_directory_of(cli, path);
	AUTO(buf_release) struct buf there = buf_of(TRANSCRIPT_TEXT_MAX);

	if (directory < 0)
		return VERB_PART;
	err_t err = cli_read_beside(cli, directory, path, &there);
	if (err != OK && err != E_NOT_FOUND)
		return VERB_PART;
	if (err == OK && !before)
		return cli_fail(cli, VERB_REFUSED,
		                "%s is there already: remove it first", path);
	if ((err == OK) != (before != NULL) ||
	    (before && !bytes_equal(buf_bytes(&there), *before)))
		return cli_fail(cli, VERB_REFUSED,
		                "%s is not as it was: somebody else writes it",
		                path);
	if (!cli_replace_file(directory, path, CLI_SUFFIX, text))
		return cli_fail(cli, VERB_PART, "%s: %s", path,
		                strerror(errno));
	return VERB_GOOD;
}
