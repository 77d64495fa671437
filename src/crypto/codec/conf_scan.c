/*
 * conf_scan.c - looks at a text's characters, before libconfig does.
 */
#include "crypto/codec/conf_scan.h"

/* --- sets of characters --------------------------------------------------- */

bool
conf_in_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
	       c == '_' || c == '-';
}

bool
conf_in_uri(char c)
{
	return c > ' ' && c <= '~' && c != '"' && c != '\\';
}

bool
conf_in_note(char c)
{
	return c == ' ' || conf_in_uri(c);
}

/* --- the whole text ------------------------------------------------------- */

/* How many settings a text of this form can have. */
static size_t
most_settings(const struct conf_form *form)
{
	size_t n = form->n;

	for (size_t i = 0; i < form->n; i++) {
		const struct conf_field *f = &form->fields[i];

		if (f->form)
			n += most_settings(f->form) *
			     (f->kind == CONF_ROWS ? f->most : 1);
	}
	return n;
}

err_t
conf_scan(const char *text, const struct conf_form *form, struct buf *why)
{
	size_t left = 2 * most_settings(form);
	const char *fault = NULL;
	unsigned line = 1;
	bool quoted = false;

	for (; *text && !fault; text++) {
		line += *text == '\n';
		if (*text == '"')
			quoted = !quoted;
		else if (*text == '\\')
			fault = "a backslash";
		else if (!quoted && (*text == '#' || *text == '/'))
			fault = "a comment";
		else if (!quoted && *text == '@')
			fault = "@include is not allowed";
		else if (!quoted && (*text == '=' || *text == ':') &&
		         left-- == 0)
			fault = "too many settings";
	}
	if (!fault)
		return OK;
	buf_printf(why, "line %u: %s", line, fault);
	return E_MALFORMED;
}
