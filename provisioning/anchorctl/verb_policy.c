/*
 * verb_policy.c - `anchorctl policy check`: checks a policy as the verifier
 * does, and prints its requirements.
 */
#include <stdio.h>

#include "base/encode.h"
#include "evidence/evidence.h"
#include "policy/select.h"
#include "provisioning/anchorctl/verbs.h"

static const struct verb_option options[] = {
	{ NULL, NULL, false, NULL },
};

static json_t *
bindings_json(uint16_t required)
{
	json_t *list = json_array();

	for (unsigned b = 0; b < BINDING_COUNT; b++)
		if (required & 1u << b)
			json_array_append_new(list,
			                      json_string(binding_name(b)));
	return list;
}

/* The formats that can be accepted: of one that confirms no key nothing is, where
 * possession is demanded. */
static json_t *
formats_json(const struct policy *p, enum workflow w)
{
	json_t *list = json_array();

	for (size_t i = 0; evidence_at(i); i++) {
		const char *name = evidence_at(i)->name;

		if (policy_format_allowed(p, w, bytes_of_str(name)) &&
		    (!policy_possession(p, w) || evidence_at(i)->confirms))
			json_array_append_new(list, json_string(name));
	}
	return list;
}

/* Times are 0 where the service's settings alone count. */
static json_t *
workflow_json(const struct policy *p, enum workflow w)
{
	return json_pack("{s:o, s:o, s:b, s:I, s:I}", "bindings",
	                 bindings_json(policy_required(p, w)), "formats",
	                 formats_json(p, w), "possession",
	                 policy_possession(p, w), "challenge_age",
	                 (json_int_t)policy_challenge_age_s(p, w), "result_ttl",
	                 (json_int_t)policy_result_ttl_s(p, w));
}

/* The device groups in their order, with the workflows that they may use. */
static json_t *
groups_json(const struct policy *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < policy_devices_count(p); i++) {
		json_t *workflows = json_array();

		for (enum workflow w = 0; w < WORKFLOW_COUNT; w++)
			if (policy_devices_permitted(p, i, w))
				json_array_append_new(
				        workflows,
				        json_string(workflow_name(w)));
		json_array_append_new(list, json_pack("{s:s, s:o}", "name",
		                                      policy_devices_name(p, i),
		                                      "workflows", workflows));
	}
	return list;
}

static json_t *
workflows_json(const struct policy *p)
{
	json_t *workflows = json_object();

	for (unsigned w = 0; w < WORKFLOW_COUNT; w++) {
		if (!policy_has_workflow(p, w))
			continue;
		json_object_set_new(workflows, workflow_name(w),
		                    workflow_json(p, w));
	}
	return workflows;
}

/* Finds a workflow that no format of this program can serve; WORKFLOW_COUNT:
 * there is none.  policy_parse() cannot find it, because it does not know which
 * formats exist. */
static enum workflow
find_unanswerable_workflow(const struct policy *p)
{
	enum workflow w = 0;

	for (; w < WORKFLOW_COUNT; w++) {
		json_t *formats = formats_json(p, w);
		bool none = json_array_size(formats) == 0;

		json_decref(formats);
		if (policy_has_workflow(p, w) && none)
			break;
	}
	return w;
}

static json_t *
policy_json(const struct policy *p)
{
	AUTO(buf_release) struct buf digest = buf_of(128);

	encode_hex(&digest, bytes_of(policy_digest(p), HASH_SIZE));
	json_t *o =
	        json_pack("{s:s, s:I, s:s, s:o}", "id", policy_id(p), "version",
	                  (json_int_t)policy_version(p), "digest",
	                  buf_str(&digest), "workflows", workflows_json(p));
	if (policy_devices_count(p) > 0)
		json_object_set_new(o, "groups", groups_json(p));
	for (size_t i = 0; evidence_at(i); i++)
		if (evidence_at(i)->show_policy)
			evidence_at(i)->show_policy(p, o);
	return o;
}

static int
run_policy_check(struct cli *cli)
{
	const char *path = cli_argument(cli, 0);
	AUTO(policy_free) struct policy *policy = NULL;
	AUTO(buf_release) struct buf text = buf_of(POLICY_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);

	if (cli_read_file(cli, path, &text) != OK)
		return VERB_PART;
	if (policy_parse(buf_bytes(&text), &why, &policy) != OK)
		return cli_fail(cli, VERB_REFUSED, "%s: %s", path,
		                buf_str(&why));
	enum workflow w = find_unanswerable_workflow(policy);
	if (w < WORKFLOW_COUNT)
		return cli_fail(cli, VERB_REFUSED,
		                "%s: workflow %s allows no format that this "
		                "program knows%s",
		                path, workflow_name(w),
		                policy_possession(policy, w)
		                        ? " and whose keys prove possession"
		                        : "");
	if (cli_json(cli))
		return cli_print_json(cli, policy_json(policy), VERB_GOOD);
	cli_say("%s: policy %s, version %u\n", path, policy_id(policy),
	        policy_version(policy));
	return VERB_GOOD;
}

const struct verb verb_policy_check = {
	.words = "policy check",
	.arguments = "FILE",
	.help = "Check whether the service would accept a policy.",
	.options = options,
	.run = run_policy_check,
};
