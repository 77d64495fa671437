/*
 * config_renamed.c - settings that are given by an old name.
 */
#include <string.h>

#include "base/auto.h"

#include "proc/config_int.h"

static const struct renamed_row {
	const char *group, *old, *new;
} renamed[] = {
#define RENAMED(group, old, new) { group, old, new },
#include "proc/config_renamed.def"
#undef RENAMED
};

static const struct renamed_row *
renamed_row_of(const char *group, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(renamed); i++)
		if (strcmp(renamed[i].group, group) == 0 &&
		    strcmp(renamed[i].old, name) == 0)
			return &renamed[i];
	return NULL;
}

err_t
config_new_name(struct config_tree *t, const char *group,
                const config_setting_t *s, struct buf *why,
                const char **ret_name)
{
	const char *name = config_setting_name(s);
	const struct renamed_row *row = renamed_row_of(group, name);

	*ret_name = name;
	if (!row)
		return OK;
	if (config_setting_get_member(config_setting_parent(s), row->new))
		return config_refuse(why, s,
		                     "%s.%s is the old name of %s.%s: give one "
		                     "of the two",
		                     group, row->old, group, row->new);
	if (t->config.n_renamed == CONFIG_RENAMED_MAX)
		return config_refuse(why, s, "too many old names");
	t->config.renamed[t->config.n_renamed++] = (struct config_renamed){
		.group = row->group,
		.old_name = row->old,
		.new_name = row->new,
		.line = (unsigned)config_setting_source_line(s),
	};
	*ret_name = row->new;
	return OK;
}
