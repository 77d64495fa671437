/*
 * parse_check.c - checks a policy as a whole, after all its settings were read.
 *
 * What can never have an effect is refused, because whoever wrote it believed
 * that it has one: a group behind another that takes all of its devices, a group
 * that no workflow lets in, rules that stand beside groups.  And what a device
 * could evade is refused: a group for handles where the challenge need not name
 * one.
 */
#include <string.h>

#include "policy/parse.h"

static const char *
device_word(size_t i, const void *of)
{
	const struct policy *p = of;

	return i < p->n_devices ? p->devices[i].name : NULL;
}

static const config_setting_t *
workflow_setting(const config_setting_t *root, enum workflow workflow)
{
	return config_setting_get_member(
	        config_setting_get_member(root, "workflows"),
	        workflow_name(workflow));
}

static const config_setting_t *
devices_setting(const config_setting_t *root, size_t i)
{
	return config_setting_get_elem(
	        config_setting_get_member(root, "groups"), (unsigned)i);
}

/* --- workflows and their groups ------------------------------------------- */

static err_t
resolve_group(struct walk *w, const config_setting_t *s, uint32_t *devices)
{
	const struct policy *p = policy_of(w);
	const char *name = config_setting_get_string(s);

	if (!name)
		return walk_bad(w, s, "must be the name of a group in quotes");
	size_t i = policy_devices_find(p, name);
	if (i == p->n_devices)
		return walk_no_such(
		        w, s, name,
		        &(struct walk_names){
		                .what = "group",
		                .word = device_word,
		                .of = p,
		                .remedy = "add it to the list groups" });
	if (*devices & (uint32_t)1 << i)
		return walk_bad(w, s, "names a group twice; remove one");
	*devices |= (uint32_t)1 << i;
	return OK;
}

static uint32_t
workflow_formats(const struct policy_workflow *entry)
{
	const struct policy_group *group;
	const char *name;
	uint32_t formats = 0;

	for (size_t i = 0; (name = policy_format_at(i, &group)) && i < 32; i++)
		for (size_t k = 0; k < entry->n_formats; k++)
			if (strcmp(entry->formats[k], name) == 0)
				formats |= (uint32_t)1 << i;
	return formats;
}

/* Resolves the setting "groups" of a workflow; each must have a format that the
 * workflow accepts. */
static err_t
check_workflow_groups(struct walk *w, const config_setting_t *s,
                      struct policy_workflow *entry)
{
	const struct policy *p = policy_of(w);

	for (int i = 0; i < config_setting_length(s); i++)
		TRY(resolve_group(w, config_setting_get_elem(s, (unsigned)i),
		                  &entry->devices));
	for (size_t i = 0; i < p->n_devices; i++)
		if ((entry->devices & (uint32_t)1 << i) &&
		    !(p->devices[i].formats & workflow_formats(entry)))
			return walk_bad_f(w, s,
			                  "the group %s takes none of the "
			                  "workflow's formats; add one, or "
			                  "remove the group here",
			                  p->devices[i].name);
	return OK;
}

static err_t
check_workflow_formats(struct walk *w, const config_setting_t *workflow)
{
	const config_setting_t *s =
	        config_setting_get_member(workflow, "formats");
	size_t format;

	for (int i = 0; i < config_setting_length(s); i++)
		TRY(parse_format_name(
		        w, config_setting_get_elem(s, (unsigned)i), &format));
	return OK;
}

/* A device whose challenge does not say who it is would be judged by a later
 * group.  Devices have no handle before they are enrolled. */
static err_t
check_workflow_bindings(struct walk *w, const config_setting_t *workflow,
                        enum workflow which)
{
	static const struct {
		enum policy_who who;
		enum binding binding;
	} needs[] = {
		{ POLICY_WHO_HANDLE, BINDING_DEVICE },
		{ POLICY_WHO_ACCOUNT, BINDING_ACCOUNT },
	};
	const struct policy *p = policy_of(w);

	for (size_t n = 0; n < ARRAY_LEN(needs); n++) {
		enum policy_who who = needs[n].who;
		enum binding binding = needs[n].binding;

		if ((p->workflows[which].required & 1u << binding) ||
		    (who == POLICY_WHO_HANDLE && which == WORKFLOW_ENROLL))
			continue;
		for (size_t i = 0; i < p->n_devices; i++)
			if (p->devices[i].who[who].n > 0)
				return walk_bad_f(
				        w, workflow,
				        "the group %s selects by %s, so the "
				        "workflow must require the binding %s; "
				        "add it to bindings",
				        p->devices[i].name,
				        policy_who_name(who),
				        binding_name(binding));
	}
	return OK;
}

static bool
any_group_answers(const struct policy *p, enum workflow which)
{
	uint32_t formats = workflow_formats(&p->workflows[which]);

	for (size_t i = 0; i < p->n_devices; i++)
		if (policy_devices_permitted(p, i, which) &&
		    (p->devices[i].formats & formats))
			return true;
	return false;
}

static err_t
check_workflow(struct walk *w, const config_setting_t *root,
               enum workflow which)
{
	struct policy *p = policy_of(w);
	struct policy_workflow *entry = &p->workflows[which];
	const config_setting_t *workflow = workflow_setting(root, which);
	const config_setting_t *groups =
	        config_setting_get_member(workflow, "groups");

	if (p->n_devices == 0)
		return groups ? walk_bad(w, groups,
		                         "this policy has no groups; add the "
		                         "list groups, or remove the setting")
		              : OK;
	TRY(check_workflow_formats(w, workflow));
	if (groups)
		TRY(check_workflow_groups(w, groups, entry));
	if (!any_group_answers(p, which))
		return walk_bad(w, workflow,
		                "no group takes any of its formats; add a "
		                "format, or a group that takes one");
	return check_workflow_bindings(w, workflow, which);
}

/* --- what is never reached ------------------------------------------------ */

/* True if the names of the first selector take all that the second's take. */
static bool
names_cover(const struct policy_names *wide, const struct policy_names *narrow)
{
	size_t at = 0;

	if (wide->n == 0 || narrow->n == 0)
		return wide->n == 0;
	for (size_t i = 0; i < narrow->n; i++) {
		while (at < wide->n &&
		       strcmp(wide->texts[at], narrow->texts[i]) < 0)
			at++;
		if (at == wide->n ||
		    strcmp(wide->texts[at], narrow->texts[i]) != 0)
			return false;
	}
	return true;
}

static bool
devices_cover(const struct policy_devices *wide,
              const struct policy_devices *narrow, size_t format)
{
	const struct policy_group *group;
	uint32_t bit = (uint32_t)1 << format;

	if (!(wide->formats & bit) || !(narrow->formats & bit))
		return false;
	for (enum policy_who who = 0; who < POLICY_WHO_COUNT; who++)
		if (!names_cover(&wide->who[who], &narrow->who[who]))
			return false;
	(void)policy_format_at(format, &group);
	if (!group || !group->covers)
		return true; /* all of the format */
	return group->covers(policy_parts_rules(wide->match, group),
	                     policy_parts_rules(narrow->match, group));
}

static err_t
check_reached(struct walk *w, const config_setting_t *root, size_t i)
{
	const struct policy *p = policy_of(w);
	const struct policy_group *group;
	const char *format;

	for (size_t k = 0; k < i; k++)
		for (size_t f = 0; (format = policy_format_at(f, &group)); f++)
			if (devices_cover(&p->devices[k], &p->devices[i], f))
				return walk_bad_f(
				        w, devices_setting(root, i),
				        "the group %s is never reached by %s, "
				        "because the group %s before it takes "
				        "all of its devices; put it first, or "
				        "narrow the other's match",
				        p->devices[i].name, format,
				        p->devices[k].name);
	return OK;
}

/* Some workflow must accept a format of the group and let the group in. */
static err_t
check_used(struct walk *w, const config_setting_t *root, size_t i)
{
	const struct policy *p = policy_of(w);

	for (enum workflow f = 0; f < WORKFLOW_COUNT; f++)
		if (policy_devices_permitted(p, i, f) &&
		    (workflow_formats(&p->workflows[f]) &
		     p->devices[i].formats))
			return OK;
	return walk_bad_f(w, devices_setting(root, i),
	                  "no workflow is for the group %s; add one of its "
	                  "formats to a workflow, or its name to groups there",
	                  p->devices[i].name);
}

/* Rules beside the groups would judge no device. */
static err_t
check_strays(struct walk *w, const config_setting_t *root)
{
	const struct policy *p = policy_of(w);

	for (size_t i = 0; i < POLICY_GROUPS_MAX && p->parts[i].group; i++) {
		const config_setting_t *s = config_setting_get_member(
		        root, p->parts[i].group->name);

		if (s)
			return walk_bad(w, s,
			                "the policy has groups, so these rules "
			                "judge no device; move them into a "
			                "group");
	}
	return OK;
}

err_t
parse_policy_check(struct walk *w, const config_setting_t *root)
{
	const struct policy *p = policy_of(w);

	for (enum workflow f = 0; f < WORKFLOW_COUNT; f++)
		if (policy_has_workflow(p, f))
			TRY(check_workflow(w, root, f));
	if (p->n_devices == 0)
		return OK;
	TRY(check_strays(w, root));
	for (size_t i = 0; i < p->n_devices; i++) {
		TRY(check_reached(w, root, i));
		TRY(check_used(w, root, i));
	}
	return OK;
}
