/*
 * log.c - logfmt lines, each written by one write(2) so that lines of several
 * processes do not mix.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "log.h"

#define LOG_LINE_MAX 4096 /* bytes; what is longer is cut */

static const char *log_role = "-";
static enum log_level log_least = LOG_INFO;
static bool log_to_journal;

void
log_start(const char *role, enum log_level least)
{
	struct stat st;

	log_role = role;
	log_least = least;
	log_to_journal = fstat(STDERR_FILENO, &st) == 0 && S_ISSOCK(st.st_mode);
}

static const char *
level_name(enum log_level level)
{
	switch (level) {
	case LOG_ERROR:
		return "error";
	case LOG_WARN:
		return "warn";
	case LOG_INFO:
		return "info";
	case LOG_DEBUG:
		return "debug";
	}
	return "-";
}

/* journald's prefix for a syslog priority, so that levels survive there; its
 * stream is a socket, a terminal or a file is not. */
static char
priority(enum log_level level)
{
	static const char priorities[] = { '3', '4', '6', '7' };

	return priorities[level];
}

static bool
plain(uint8_t c)
{
	return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '=';
}

static bool
text_plain(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!plain(text.data[i]))
			return false;
	return text.len > 0;
}

/* Quoted; everything that could end a line or a quote becomes \xNN. */
static void
put_quoted(struct buf *line, struct bytes text)
{
	buf_u8(line, '"');
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (plain(c) || c == ' ' || c == '=')
			buf_u8(line, c);
		else
			buf_printf(line, "\\x%02x", (unsigned)c);
	}
	buf_u8(line, '"');
}

static void
put_field(struct buf *line, const struct log_field *f)
{
	buf_printf(line, " %s=", f->key);
	if (f->kind == LOG_NUMBER_KIND)
		buf_printf(line, "%llu", (unsigned long long)f->number);
	else if (text_plain(f->text))
		buf_append(line, f->text);
	else
		put_quoted(line, f->text);
}

static void
put_head(struct buf *line, enum log_level level, const char *event)
{
	uint64_t now = clock_wall_ms();
	char at[CLOCK_TEXT_SIZE];

	clock_format(now, at);
	if (log_to_journal)
		buf_printf(line, "<%c>", priority(level));
	buf_printf(line, "ts=%.19s.%03uZ level=%s role=%s event=%s", at,
	           (unsigned)(now % 1000), level_name(level), log_role, event);
}

void
log_fields(enum log_level level, const char *event,
           const struct log_field *fields)
{
	if (level > log_least)
		return;

	AUTO(buf_release) struct buf line = buf_of(LOG_LINE_MAX - 1);
	put_head(&line, level, event);
	for (; fields->kind != LOG_END_KIND && buf_status(&line) == OK;
	     fields++)
		put_field(&line, fields);

	/* A cut line still is one line: room for its end is kept above. */
	line.failed = OK;
	line.ceiling = LOG_LINE_MAX;
	buf_u8(&line, '\n');

	/* Nowhere is left to report that the log cannot be written. */
	ssize_t ignored = write(STDERR_FILENO, line.data, line.len);
	(void)ignored;
}
