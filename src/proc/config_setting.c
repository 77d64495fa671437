/*
 * config_setting.c - one scalar of a table: its default, its bounds, its help.
 */
#include <inttypes.h>
#include <string.h>

#include "proc/config_int.h"

static const char **
text_at(void *base, const struct setting *s)
{
	return (const char **)(void *)((char *)base + s->offset);
}

static uint32_t *
number_at(void *base, const struct setting *s)
{
	return (uint32_t *)(void *)((char *)base + s->offset);
}

const struct setting *
setting_find(const struct setting *table, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].path, path) == 0)
			return &table[i];
	return NULL;
}

void
settings_default(const struct setting *table, size_t n, void *base)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].is_number)
			*number_at(base, &table[i]) = table[i].number;
		else
			*text_at(base, &table[i]) = table[i].fallback;
	}
}

err_t
setting_read(const struct setting *known, void *base, const config_setting_t *s,
             struct buf *why)
{
	if (known->is_number)
		return config_number(s, known->least, known->most, why,
		                     number_at(base, known));

	const char *text = config_text(s, why);
	if (!text)
		return E_MALFORMED;
	*text_at(base, known) = text;
	return OK;
}

const struct setting *
settings_missing(const struct setting *table, size_t n, const void *base)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = (const char *)base + table[i].offset;
		if (!table[i].is_number &&
		    !*(const char *const *)(const void *)at)
			return &table[i];
	}
	return NULL;
}

void
setting_help(struct buf *out, const char *group, const struct setting *s)
{
	buf_printf(out, "%s%s\n\t%s\n\t", group, s->path, s->help);
	if (s->is_number)
		buf_printf(out,
		           "number, %" PRIu32 " to %" PRIu32
		           ", default %" PRIu32 "\n",
		           s->least, s->most, s->number);
	else if (s->fallback)
		buf_printf(out, "text, default \"%s\"\n", s->fallback);
	else
		buf_append_str(out, "text, must be given\n");
}
