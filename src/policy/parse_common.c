/*
 * parse_common.c - what several parts of a policy have: names of formats, and the
 * groups of settings of a format.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/parse.h"

/* --- formats -------------------------------------------------------------- */

static const char *
format_word(size_t i, const void *of)
{
	const struct policy_group *group;

	(void)of;
	return policy_format_at(i, &group);
}

static const struct walk_names formats_there = {
	.what = "format",
	.word = format_word,
	.remedy = "`anchorctl appraise --help` lists them",
};

err_t
parse_format_name(struct walk *w, const config_setting_t *s, size_t *ret_format)
{
	struct bytes name = walk_text(s);
	const char *known;

	if (name.len == 0)
		return walk_bad(w, s, "must be a format's name in quotes");
	for (size_t i = 0; (known = format_word(i, NULL)); i++)
		if (bytes_equal_str(name, known)) {
			*ret_format = i;
			return OK;
		}
	return walk_no_such(w, s, config_setting_get_string(s), &formats_there);
}

/* --- groups of settings --------------------------------------------------- */

err_t
policy_parts_make(struct policy_part *parts, bool defaults)
{
	const struct policy_group *group;

	for (size_t i = 0; (group = policy_group_at(i)); i++) {
		if (i == POLICY_GROUPS_MAX)
			return E_BUG;
		void *rules = calloc(1, group->size);
		if (!rules)
			return E_NOMEM;
		parts[i] = (struct policy_part){ group, rules };
		if (defaults && group->defaults)
			group->defaults(rules);
	}
	return OK;
}

size_t
parse_part_find(const struct policy_part *parts, const char *name)
{
	for (size_t i = 0; i < POLICY_GROUPS_MAX && parts[i].group; i++)
		if (strcmp(parts[i].group->name, name) == 0)
			return i;
	return POLICY_GROUPS_MAX;
}

void
parse_parts_add(struct known *table, size_t n, const struct policy_part *parts,
                setting_fn *fn)
{
	for (size_t i = 0; i < POLICY_GROUPS_MAX && parts[i].group; i++)
		table[n + i] =
		        (struct known){ parts[i].group->name, false, fn };
}

err_t
parse_part(struct walk *w, const config_setting_t *s,
           const struct policy_part *parts, bool match)
{
	size_t i = parse_part_find(parts, config_setting_name(s));

	if (i == POLICY_GROUPS_MAX)
		return E_BUG;
	w->rules = parts[i].rules;
	if (!match)
		return parts[i].group->walk(w, s);
	if (!parts[i].group->walk_match)
		return walk_bad(w, s,
		                "devices of this format cannot be told apart; "
		                "remove the setting");
	return parts[i].group->walk_match(w, s);
}

uint32_t
parse_part_formats(const struct policy_group *group)
{
	const struct policy_group *of;
	uint32_t formats = 0;

	for (size_t i = 0; policy_format_at(i, &of) && i < 32; i++)
		if (of == group)
			formats |= (uint32_t)1 << i;
	return formats;
}
