/*
 * config_scan.c - refuses what libconfig 1.5 silently accepts.
 *
 * libconfig truncates whole numbers that do not fit: it reads 4294967297 as 1,
 * which passes every bounds check.  It also opens other files for @include.
 * This scanner knows just enough of the syntax to find both: strings, comments
 * and numbers.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proc/config_int.h"

#define INT_DIGITS_MAX 2147483647u /* libconfig truncates above, without an L */

struct scan {
	const char *at;
	unsigned line;
};

/* Skips a comment or a string that begins here and returns true if there was
 * one.  libconfig refuses one that is not closed. */
static bool
skip_quiet(struct scan *s)
{
	const char *end = NULL;
	const char *from = s->at;

	if (*s->at == '#' || strncmp(s->at, "//", 2) == 0) {
		s->at += strcspn(s->at, "\n");
		return true;
	}
	if (strncmp(s->at, "/*", 2) == 0) {
		end = strstr(s->at + 2, "*/");
		s->at = end ? end + 2 : s->at + strlen(s->at);
	} else if (*s->at == '"') {
		for (s->at++; *s->at && *s->at != '"'; s->at++)
			if (*s->at == '\\' && s->at[1])
				s->at++;
		s->at += *s->at == '"';
	} else {
		return false;
	}
	for (; from < s->at; from++)
		s->line += *from == '\n';
	return true;
}

static bool
begins_word(char c)
{
	return isalpha((unsigned char)c) || c == '_' || c == '*';
}

static bool
in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '*';
}

/* Reads the number that begins here; false when libconfig would truncate it. */
static bool
number_fits(struct scan *s)
{
	bool hex = s->at[0] == '0' && (s->at[1] == 'x' || s->at[1] == 'X');
	unsigned long long n = 0;
	unsigned digits = 0;

	for (s->at += hex ? 2 : 0; *s->at; s->at++, digits++) {
		unsigned char c = (unsigned char)*s->at;
		if (!isdigit(c) && !(hex && isxdigit(c)))
			break;
		int value = isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
		n = n * (hex ? 16 : 10) + (unsigned)value;
	}
	bool wide = *s->at == 'L';
	while (in_word(*s->at))
		s->at++;
	/* 15 digits cannot overflow n, and no setting's bound has as many. */
	return digits <= 15 && (wide || n <= INT_DIGITS_MAX);
}

static bool
begins_line(const char *text, const char *at)
{
	while (at > text && (at[-1] == ' ' || at[-1] == '\t'))
		at--;
	return at == text || at[-1] == '\n' || at[-1] == '\r';
}

static err_t
refuse_at(struct buf *why, unsigned line, const char *complaint)
{
	buf_printf(why, "line %u: %s", line, complaint);
	return E_MALFORMED;
}

err_t
config_scan(const char *text, struct buf *why)
{
	struct scan s = { .at = text, .line = 1 };

	while (*s.at) {
		if (skip_quiet(&s))
			continue;
		if (strncmp(s.at, "@include", 8) == 0 &&
		    begins_line(text, s.at))
			return refuse_at(why, s.line,
			                 "@include is not allowed");
		if (isdigit((unsigned char)*s.at)) {
			if (!number_fits(&s))
				return refuse_at(why, s.line,
				                 "a number above 2147483647 "
				                 "needs an L at its end");
			continue;
		}
		if (begins_word(*s.at)) {
			while (in_word(*s.at))
				s.at++;
			continue;
		}
		s.line += *s.at++ == '\n';
	}
	return OK;
}
