/*
 * verb_ceremony_plan.c - `anchorctl ceremony plan`: shows what a ceremony will
 * be, before anybody meets.
 */
#include "provisioning/anchorctl/ceremony_files.h"
#include "provisioning/anchorctl/verb_trust.h"

static const struct verb_option options[] = {
	{ "site", "FILE", false, "show it with this site's values" },
	{ NULL, NULL, false, NULL },
};

/* Without a site, the words stay as they are in the plan. */
static void
put_shown(const struct ceremony_plan *plan, const struct ceremony_site *site,
          size_t i, struct buf *out)
{
	const struct ceremony_step *s = &plan->steps[i];

	if (site)
		ceremony_put_step(plan, site, i, out);
	else
		buf_printf(out, "%s %s", *s->run ? "run" : "say",
		           *s->run ? s->run : s->instruct);
}

static json_t *
plan_json(const struct ceremony_plan *plan, const struct ceremony_site *site)
{
	json_t *steps = json_array();
	json_t *present = json_array();

	for (size_t i = 0; i < plan->n_present; i++)
		json_array_append_new(present,
		                      json_string(plan->present[i].role));
	for (size_t i = 0; i < plan->n_steps; i++) {
		AUTO(buf_release) struct buf text = buf_of(CEREMONY_LINE_MAX);

		put_shown(plan, site, i, &text);
		json_array_append_new(steps, cli_text(buf_str(&text)));
	}
	return json_pack("{s:s, s:s, s:o, s:b, s:o, s:o}", "ceremony",
	                 plan->name, "purpose", plan->purpose, "plan",
	                 trust_hash_json(plan->digest), "keys_stay",
	                 plan->keys == CEREMONY_STAY, "present", present,
	                 "steps", steps);
}

static int
run_ceremony_plan(struct cli *cli)
{
	AUTO(ceremony_plan_free) struct ceremony_plan *plan = NULL;
	AUTO(ceremony_site_free) struct ceremony_site *site = NULL;
	AUTO(buf_release) struct buf why = buf_of(CEREMONY_WHY_MAX);
	const char *path = cli_option(cli, "site", 0);

	int rc = ceremony_load_plan(cli, cli_argument(cli, 0), &plan);
	if (rc == VERB_GOOD && path)
		rc = ceremony_load_site(cli, path, &site);
	if (rc != VERB_GOOD)
		return rc;
	if (site && ceremony_fit(plan, site, &why) != OK)
		return cli_fail(cli, VERB_REFUSED, "%s: %s", path,
		                buf_str(&why));
	if (cli_json(cli))
		return cli_print_json(cli, plan_json(plan, site), VERB_GOOD);
	ceremony_say_plan(plan);
	for (size_t i = 0; i < plan->n_steps; i++) {
		AUTO(buf_release) struct buf text = buf_of(CEREMONY_LINE_MAX);

		put_shown(plan, site, i, &text);
		cli_say("step %zu: %s\n", i + 1, buf_str(&text));
	}
	return VERB_GOOD;
}

const struct verb verb_ceremony_plan = {
	.words = "ceremony plan",
	.arguments = "FILE",
	.help = "Show the plan of a ceremony and its digest.",
	.options = options,
	.run = run_ceremony_plan,
};
