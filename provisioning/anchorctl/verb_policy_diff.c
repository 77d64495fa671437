/*
 * verb_policy_diff.c - `anchorctl policy diff`: what another policy would accept
 * and refuse, in sentences.
 */
#include <stdio.h>
#include <string.h>

#include "evidence/evidence.h"
#include "provisioning/anchorctl/policy_diff.h"
#include "provisioning/anchorctl/verbs.h"

static const struct verb_option options[] = {
	{ NULL, NULL, false, NULL },
};

/* --- the whole ------------------------------------------------------------ */

static void
compare_names(const struct policy_diff *d)
{
	uint32_t was = policy_version(d->before);
	uint32_t is = policy_version(d->after);

	if (strcmp(policy_id(d->before), policy_id(d->after)) != 0)
		policy_diff_say(d, POLICY_CHANGES,
		                "The id changes from %s to %s.",
		                policy_id(d->before), policy_id(d->after));
	if (was != is)
		policy_diff_say(d, POLICY_CHANGES,
		                "The version changes from %u to %u.%s", was, is,
		                is < was ? " It should grow with every change."
		                         : "");
}

/* --- workflows ------------------------------------------------------------ */

static void
say_switched(const struct policy_diff *d, enum workflow w, const char *what,
             bool accepted)
{
	policy_diff_say(d, accepted ? POLICY_ACCEPTS : POLICY_REFUSES,
	                "Workflow %s: %s %s.", workflow_name(w), what,
	                accepted ? "becomes accepted"
	                         : "is refused from now on");
}

static void
compare_formats(const struct policy_diff *d, enum workflow w)
{
	for (size_t i = 0; evidence_at(i); i++) {
		struct bytes name = bytes_of_str(evidence_at(i)->name);
		bool is = policy_format_allowed(d->after, w, name);
		char what[256];

		(void)snprintf(what, sizeof(what), "evidence of the format %s",
		               evidence_at(i)->name);
		if (policy_format_allowed(d->before, w, name) != is)
			say_switched(d, w, what, is);
	}
}

static void
compare_bindings(const struct policy_diff *d, enum workflow w)
{
	uint16_t was = policy_required(d->before, w);
	uint16_t is = policy_required(d->after, w);

	for (enum binding b = 0; b < BINDING_COUNT; b++) {
		char what[256];

		(void)snprintf(what, sizeof(what),
		               "a challenge without the binding %s",
		               binding_name(b));
		if ((was ^ is) & (uint16_t)(1u << b))
			say_switched(d, w, what, (was >> b & 1) != 0);
	}
}

/* A time of a workflow; 0: the service's. */
static void
name_time(uint32_t time_s, const char *service, char out[static 64])
{
	if (time_s != 0)
		(void)snprintf(out, 64, "%u s", time_s);
	else
		(void)snprintf(out, 64, "what %s says", service);
}

static bool
time_grows(uint32_t was, uint32_t is)
{
	return was != 0 && (is == 0 || is > was);
}

static void
compare_times(const struct policy_diff *d, enum workflow w)
{
	uint32_t was = policy_challenge_age_s(d->before, w);
	uint32_t is = policy_challenge_age_s(d->after, w);
	char old[64], new[64];

	name_time(was, "its own lifetime", old);
	name_time(is, "its own lifetime", new);
	if (was != is)
		policy_diff_say(
		        d,
		        time_grows(was, is) ? POLICY_ACCEPTS : POLICY_REFUSES,
		        "Workflow %s: the age from which a challenge is "
		        "refused changes from %s to %s.",
		        workflow_name(w), old, new);
	was = policy_result_ttl_s(d->before, w);
	is = policy_result_ttl_s(d->after, w);
	name_time(was, "result.ttl", old);
	name_time(is, "result.ttl", new);
	if (was != is)
		policy_diff_say(d, POLICY_CHANGES,
		                "Workflow %s: the lifetime of results changes "
		                "from %s to %s.",
		                workflow_name(w), old, new);
}

/* Groups that both policies have. */
static void
compare_permitted(const struct policy_diff *d, enum workflow w)
{
	for (size_t i = 0; i < policy_devices_count(d->after); i++) {
		const char *name = policy_devices_name(d->after, i);
		size_t a = policy_devices_find(d->before, name);
		char what[256];

		if (a == policy_devices_count(d->before))
			continue;
		bool was = policy_devices_permitted(d->before, a, w);
		bool is = policy_devices_permitted(d->after, i, w);
		(void)snprintf(what, sizeof(what), "a device of the group %s",
		               name);
		if (was != is)
			say_switched(d, w, what, is);
	}
}

static void
compare_workflow(const struct policy_diff *d, enum workflow w)
{
	bool was = policy_has_workflow(d->before, w);
	bool is = policy_has_workflow(d->after, w);

	if (was != is) {
		policy_diff_say(d, is ? POLICY_ACCEPTS : POLICY_REFUSES,
		                is ? "Workflow %s becomes accepted."
		                   : "Workflow %s is refused from now on, with "
		                     "workflow-denied.",
		                workflow_name(w));
		return;
	}
	if (!is)
		return;
	compare_formats(d, w);
	compare_bindings(d, w);
	compare_times(d, w);
	compare_permitted(d, w);
	if (policy_possession(d->before, w) != policy_possession(d->after, w))
		say_switched(d, w, "evidence that proves no key for possession",
		             policy_possession(d->before, w));
	if (w == WORKFLOW_ENROLL &&
	    policy_approval(d->before) != policy_approval(d->after))
		say_switched(d, w, "a new device that nobody approved",
		             policy_approval(d->before));
}

/* --- the verb ------------------------------------------------------------- */

static int
read_side(const struct cli *cli, size_t i, struct policy **ret_policy)
{
	const char *path = cli_argument(cli, i);
	AUTO(buf_release) struct buf text = buf_of(POLICY_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);

	if (cli_read_file(cli, path, &text) != OK)
		return VERB_PART;
	if (policy_parse(buf_bytes(&text), &why, ret_policy) != OK)
		return cli_fail(cli, VERB_PART, "%s: %s", path, buf_str(&why));
	return VERB_GOOD;
}

static int
print_differences(const struct cli *cli, const struct policy_diff *d)
{
	size_t n = json_array_size(d->items), i;
	int code = n == 0 ? VERB_GOOD : VERB_REFUSED;
	const json_t *o;

	if (cli_json(cli))
		return cli_print_json(cli,
		                      json_pack("{s:b, s:O}", "same", n == 0,
		                                "differences", d->items),
		                      code);
	json_array_foreach(d->items, i, o) cli_say(
	        "%s\n", json_string_value(json_object_get(o, "sentence")));
	if (n == 0)
		cli_say("Both policies accept and refuse the same.\n");
	return code;
}

static int
run_policy_diff(struct cli *cli)
{
	AUTO(policy_free) struct policy *before = NULL;
	AUTO(policy_free) struct policy *after = NULL;
	int rc = read_side(cli, 0, &before);

	if (rc == VERB_GOOD)
		rc = read_side(cli, 1, &after);
	if (rc != VERB_GOOD)
		return rc;
	struct policy_diff d = { .before = before,
		                 .after = after,
		                 .items = json_array() };
	compare_names(&d);
	for (enum workflow w = 0; w < WORKFLOW_COUNT; w++)
		compare_workflow(&d, w);
	policy_diff_groups(&d);
	rc = print_differences(cli, &d);
	json_decref(d.items);
	return rc;
}

const struct verb verb_policy_diff = {
	.words = "policy diff",
	.arguments = "OLD NEW",
	.help = "Say what another policy accepts and refuses.",
	.options = options,
	.run = run_policy_diff,
};
