/*
 * config_anchors.c - reads the list `trust.anchors`.
 *
 * Like a client's rights, the purposes of a file must always be named: a group
 * without purposes is an error.
 */
#include <string.h>

#include "base/auto.h"
#include "wire/terms.h"

#include "proc/config_int.h"

/* setting: the name that a refusal gives. */
static err_t
read_anchor_path(struct config_anchor *a, const char *setting,
                 const config_setting_t *s, struct buf *why)
{
	a->file = config_text(s, why);
	if (!a->file)
		return E_MALFORMED;
	if (*a->file != '/')
		return config_refuse(why, s,
		                     "%s: \"%s\" is not an absolute path",
		                     setting, a->file);
	return OK;
}

static err_t
read_anchor_purposes(struct config_anchor *a, const config_setting_t *s,
                     struct buf *why)
{
	TRY(config_texts(s, why));
	for (int i = 0; i < config_setting_length(s); i++) {
		const char *name = config_setting_get_string_elem(s, i);
		enum anchor_purpose p = anchor_purpose_find(bytes_of_str(name));

		if (p == ANCHOR_NONE)
			return config_refuse(
			        why, s, "trust.anchors: unknown purpose %s",
			        name);
		a->purposes |= ANCHOR_BIT(p);
	}
	return OK;
}

static err_t
read_anchor_member(struct config_anchor *a, const config_setting_t *s,
                   struct buf *why)
{
	const char *name = config_setting_name(s);

	if (strcmp(name, "file") == 0)
		return read_anchor_path(a, "trust.anchors", s, why);
	if (strcmp(name, "purposes") == 0)
		return read_anchor_purposes(a, s, why);
	return config_refuse(why, s, "unknown setting trust.anchors.%s", name);
}

static err_t
read_anchor(struct config_tree *t, const config_setting_t *s, struct buf *why)
{
	struct config_anchor *a = &t->anchors[t->config.n_anchors];

	if (t->config.n_anchors == CONFIG_ANCHORS_MAX)
		return config_refuse(why, s, "more than %d files of anchors",
		                     CONFIG_ANCHORS_MAX);
	if (!config_setting_is_group(s))
		return config_refuse(why, s,
		                     "trust.anchors: each row must be a group "
		                     "{ ... }");
	for (int i = 0; i < config_setting_length(s); i++)
		TRY(read_anchor_member(
		        a, config_setting_get_elem(s, (unsigned)i), why));
	if (!a->file || a->purposes == 0)
		return config_refuse(
		        why, s,
		        "trust.anchors: a group must have file and purposes");
	for (const struct config_anchor *o = t->anchors; o < a; o++)
		if (strcmp(o->file, a->file) == 0)
			return config_refuse(why, s,
			                     "trust.anchors: %s occurs twice",
			                     a->file);
	t->config.n_anchors++;
	return OK;
}

/* Reads the old setting `trust.roots`: one file for Android chains. */
static err_t
read_old_roots(struct config_tree *t, const config_setting_t *s,
               struct buf *why)
{
	struct config_anchor *a = &t->anchors[0];
	const char *text = config_text(s, why);

	if (!text)
		return E_MALFORMED;
	if (!*text)
		return OK;
	TRY(read_anchor_path(a, "trust.roots", s, why));
	a->purposes = ANCHOR_BIT(ANCHOR_ANDROID_KEY);
	t->config.n_anchors = 1;
	return OK;
}

err_t
config_anchors(struct config_tree *t, const config_setting_t *s,
               struct buf *why)
{
	if (strcmp(config_setting_name(s), "anchors") != 0)
		return read_old_roots(t, s, why);
	if (!config_setting_is_list(s))
		return config_refuse(
		        why, s,
		        "trust.anchors must be a list ( { ... }, ... ) of "
		        "groups with file and purposes");
	for (int i = 0; i < config_setting_length(s); i++)
		TRY(read_anchor(t, config_setting_get_elem(s, (unsigned)i),
		                why));
	return OK;
}

const char *
config_anchor_name(size_t i)
{
	static const char *const names[CONFIG_ANCHORS_MAX] = {
		"trust",   "trust-2", "trust-3", "trust-4",
		"trust-5", "trust-6", "trust-7", "trust-8",
	};

	return names[i];
}
