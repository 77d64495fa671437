/*
 * walk.c - see walk.h.
 */
#include "crypto/codec/walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bytes of a name that is compared with the known ones for a suggestion. */
#define NEAR_NAME_MAX 32
/* So many bytes may be wrong, missing or too many in it. */
#define NEAR_EDITS_MAX 2u

#define CAUSE_MAX 512 /* bytes of a composed cause */

err_t
walk_parse(struct walk *w, config_t *config, const char *text, const char *what)
{
	if (strstr(text, "@include")) {
		buf_printf(w->why, "@include is not allowed in %s", what);
		return E_MALFORMED;
	}
	if (config_read_string(config, text) == CONFIG_TRUE)
		return OK;
	buf_printf(w->why, "line %d: %s", config_error_line(config),
	           config_error_text(config));
	return E_MALFORMED;
}

err_t
walk_bad(struct walk *w, const config_setting_t *s, const char *what)
{
	const char *name = s ? config_setting_name(s) : NULL;

	/* An element of a list has no name; the list has. */
	if (s && !name && config_setting_parent(s))
		name = config_setting_name(config_setting_parent(s));
	if (s && config_setting_source_line(s) > 0)
		buf_printf(w->why, "line %u: ", config_setting_source_line(s));
	buf_printf(w->why, "%s%s%s", name ? name : "", name ? ": " : "", what);
	return E_MALFORMED;
}

err_t
walk_bad_f(struct walk *w, const config_setting_t *s, const char *format, ...)
{
	char cause[CAUSE_MAX];
	va_list values;

	va_start(values, format);
	(void)vsnprintf(cause, sizeof(cause), format, values);
	va_end(values);
	return walk_bad(w, s, cause);
}

/* --- suggestions ---------------------------------------------------------- */

static unsigned
least_of(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* The edits (Levenshtein's) that make b of a; both have NEAR_NAME_MAX bytes at
 * most. */
static unsigned
edits_between(const char *a, const char *b)
{
	unsigned row[NEAR_NAME_MAX + 1];
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < n; j++) {
			unsigned above = row[j + 1];

			row[j + 1] = least_of(above + 1, row[j] + 1,
			                      corner + (a[i] != b[j]));
			corner = above;
		}
	}
	return row[n];
}

const char *
walk_near(const char *misspelt, const char *(*word)(size_t i, const void *of),
          const void *of)
{
	const char *near = NULL;
	unsigned least = NEAR_EDITS_MAX + 1;

	if (strlen(misspelt) > NEAR_NAME_MAX)
		return NULL;
	for (size_t i = 0; word(i, of); i++) {
		const char *known = word(i, of);

		if (strlen(known) > NEAR_NAME_MAX)
			continue;
		unsigned edits = edits_between(misspelt, known);
		if (edits < least && edits < strlen(known)) {
			least = edits;
			near = known;
		}
	}
	return near;
}

err_t
walk_no_such(struct walk *w, const config_setting_t *s, const char *name,
             const struct walk_names *names)
{
	const char *near = walk_near(name, names->word, names->of);

	return near ? walk_bad_f(w, s,
	                         "there is no %s \"%.64s\"; did you mean "
	                         "\"%s\"?",
	                         names->what, name, near)
	            : walk_bad_f(w, s, "there is no %s \"%.64s\"; %s",
	                         names->what, name, names->remedy);
}

static const char *
known_word(size_t i, const void *of)
{
	const struct known *known = of;

	return known[i].name;
}

static err_t
refuse_unknown(struct walk *w, const config_setting_t *s,
               const struct known *known)
{
	const char *near = walk_near(config_setting_name(s), known_word, known);

	return near ? walk_bad_f(w, s, "unknown setting; did you mean %s?",
	                         near)
	            : walk_bad(w, s, "unknown setting");
}

/* --- groups and lists ----------------------------------------------------- */

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
			return refuse_unknown(w, s, known);
		TRY(k->fn(w, s));
	}
	for (const struct known *k = known; k->name; k++)
		if (k->required && !config_setting_get_member(group, k->name))
			return walk_bad_f(w, group, "the setting %s is missing",
			                  k->name);
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
