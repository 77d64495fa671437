/*
 * parse_walk.c - see parse.h.
 */
#include "policy/parse.h"

#include <string.h>

err_t
walk_bad(struct walk *w, const config_setting_t *s, const char *what)
{
	const char *name = s ? config_setting_name(s) : NULL;

	if (s && config_setting_source_line(s) > 0)
		buf_printf(w->why, "line %u: ", config_setting_source_line(s));
	buf_printf(w->why, "%s%s%s", name ? name : "", name ? ": " : "", what);
	return E_MALFORMED;
}

err_t
walk_group(struct walk *w, const config_setting_t *group,
           const struct known *known)
{
	if (!config_setting_is_group(group))
		return walk_bad(w, group, "must be a group");
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
		        config_setting_get_elem(group, (unsigned)i);
		const struct known *k = known;

		while (k->name && strcmp(k->name, config_setting_name(s)) != 0)
			k++;
		if (!k->name)
			return walk_bad(w, s, "unknown setting");
		TRY(k->fn(w, s));
	}
	for (const struct known *k = known; k->name; k++)
		if (k->required && !config_setting_get_member(group, k->name)) {
			buf_printf(w->why, "the setting %s is missing",
			           k->name);
			return E_MALFORMED;
		}
	return OK;
}

err_t
walk_list(struct walk *w, const config_setting_t *list, setting_fn *fn)
{
	if (!config_setting_is_array(list) && !config_setting_is_list(list))
		return walk_bad(w, list, "must be a list");
	for (int i = 0; i < config_setting_length(list); i++)
		TRY(fn(w, config_setting_get_elem(list, (unsigned)i)));
	return OK;
}

struct bytes
walk_text(const config_setting_t *s)
{
	return bytes_of_str(config_setting_type(s) == CONFIG_TYPE_STRING
	                            ? config_setting_get_string(s)
	                            : NULL);
}
