/*
 * config_setting.c - the default, bounds and help text of one scalar setting.
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
		if (table[i].kind == SETTING_NUMBER)
			*number_at(base, &table[i]) = table[i].number;
		else
			*text_at(base, &table[i]) = table[i].fallback;
	}
}

static bool
is_choice(const struct setting *known, const char *text)
{
	const char *const *choice = known->choices;

	while (*choice && strcmp(*choice, text) != 0)
		choice++;
	return *choice != NULL;
}

/* "a, b, c" */
static void
put_choices(struct buf *out, const struct setting *s)
{
	for (const char *const *choice = s->choices; *choice; choice++)
		buf_printf(out, "%s%s", choice == s->choices ? "" : ", ",
		           *choice);
}

static err_t
check_text(const struct setting *known, const char *text,
           const config_setting_t *s, struct buf *why)
{
	bool none = !*text && known->fallback && !*known->fallback;
	AUTO(buf_release) struct buf choices = buf_of(256);

	if (known->kind == SETTING_PATH && *text != '/' && !none)
		return config_refuse(why, s,
		                     "%s: \"%s\" is not an absolute path",
		                     known->path, text);
	if (known->kind != SETTING_CHOICE || is_choice(known, text))
		return OK;
	put_choices(&choices, known);
	return config_refuse(why, s, "%s: \"%s\" is not one of %s", known->path,
	                     text, buf_str(&choices));
}

err_t
setting_read(const struct setting *known, void *base, const config_setting_t *s,
             struct buf *why)
{
	if (known->kind == SETTING_NUMBER)
		return config_number(s, known->least, known->most, why,
		                     number_at(base, known));

	const char *text = config_text(s, why);
	if (!text)
		return E_MALFORMED;
	TRY(check_text(known, text, s, why));
	*text_at(base, known) = text;
	return OK;
}

const struct setting *
settings_missing(const struct setting *table, size_t n, const void *base)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = (const char *)base + table[i].offset;
		if (table[i].kind != SETTING_NUMBER &&
		    !*(const char *const *)(const void *)at)
			return &table[i];
	}
	return NULL;
}

/* tests/lint/docs.sh compares this output with anchord.conf(5). */
void
setting_help(struct buf *out, const char *group, const struct setting *s)
{
	buf_printf(out, "%s%s\n\t%s\n\t", group, s->path, s->help);
	switch (s->kind) {
	case SETTING_NUMBER:
		buf_printf(out,
		           "number %" PRIu32 " to %" PRIu32 ", default %" PRIu32
		           "\n",
		           s->least, s->most, s->number);
		return;
	case SETTING_CHOICE:
		buf_append_str(out, "one of ");
		put_choices(out, s);
		break;
	case SETTING_PATH:
		buf_append_str(out, "path");
		break;
	case SETTING_TEXT:
		buf_append_str(out, "text");
		break;
	}
	if (!s->fallback)
		buf_append_str(out, ", must be given\n");
	else
		buf_printf(out, ", default %s\n",
		           *s->fallback ? s->fallback : "empty");
}
