/*
 * log.c - composes logfmt lines and writes them.
 *
 * Whole lines are written by one write(2).  Into a pipe it has at most PIPE_BUF
 * bytes, which is atomic (pipe(7)), so that lines of several processes do not
 * mix.  Composing and writing a line costs as much as the rest of a small
 * request, so nothing here allocates memory and buffered lines share a write.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "base/log_limit.h"

#define LOG_LINE_MAX PIPE_BUF /* bytes; a longer line is cut */
/* Bytes of buffered lines.  The kernel queues a write of this size to a UNIX
 * socket as one piece, so lines of several processes do not mix there
 * either. */
#define LOG_WRITE_MAX (32 * 1024)
#define SECOND_SIZE 19 /* characters of "2026-11-23T12:00:00" */

static const char *log_role = "-";
static enum log_level log_least = LOG_INFO;
static bool log_to_journal;
static bool log_gathers;
static size_t log_write_most = LOG_LINE_MAX; /* bytes */

/* Whole lines that are not written yet. */
static char waiting[LOG_WRITE_MAX];
static size_t waiting_len;

/* The line being composed.  One byte stays reserved for its newline, so that a
 * cut line still ends with one. */
struct line {
	char text[LOG_LINE_MAX];
	size_t len;
};

void
log_start(const char *role, enum log_level least)
{
	struct stat st;
	bool known = fstat(STDERR_FILENO, &st) == 0;

	log_role = role;
	log_least = least;
	log_to_journal = known && S_ISSOCK(st.st_mode);
	log_write_most =
	        known && !S_ISFIFO(st.st_mode) ? LOG_WRITE_MAX : LOG_LINE_MAX;
}

static const char *const level_names[] = { LOG_LEVELS };

enum log_level
log_level_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++)
		if (strcmp(level_names[i], name) == 0)
			return (enum log_level)i;
	return LOG_INFO;
}

/* The digit of journald's "<N>" prefix (sd-daemon(3)), which keeps the level of
 * each line. */
static char
priority_digit(enum log_level level)
{
	static const char priorities[] = { '3', '4', '6', '7' };

	return priorities[level];
}

static bool
needs_no_quotes(uint8_t c)
{
	return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '=';
}

static bool
text_plain(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!needs_no_quotes(text.data[i]))
			return false;
	return text.len > 0;
}

static void
put_clipped(struct line *l, const void *text, size_t len)
{
	size_t room = sizeof(l->text) - 1 - l->len;

	if (len > room)
		len = room;
	if (len > 0)
		memcpy(l->text + l->len, text, len);
	l->len += len;
}

static void
put_str(struct line *l, const char *s)
{
	put_clipped(l, s, strlen(s));
}

static void
put_decimal(struct line *l, uint64_t n)
{
	char digits[DECIMAL_SIZE];

	put_clipped(l, digits, encode_decimal(n, digits));
}

/* Writes text in quotes; a byte that could end the line or the quotes is
 * written as \xNN. */
static void
put_quoted(struct line *l, struct bytes text)
{
	static const char hex[] = "0123456789abcdef";

	put_str(l, "\"");
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		const char escaped[] = { '\\', 'x', hex[c >> 4], hex[c & 15] };

		if (needs_no_quotes(c) || c == ' ' || c == '=')
			put_clipped(l, &c, 1);
		else
			put_clipped(l, escaped, sizeof(escaped));
	}
	put_str(l, "\"");
}

static void
put_field(struct line *l, const struct log_field *f)
{
	put_str(l, " ");
	put_str(l, f->key);
	put_str(l, "=");
	if (f->kind == LOG_NUMBER_KIND)
		put_decimal(l, f->number);
	else if (text_plain(f->text))
		put_clipped(l, f->text.data, f->text.len);
	else
		put_quoted(l, f->text);
}

/* Formats a second once, since many lines are written in the same second. */
static void
put_wall_time(struct line *l)
{
	static uint64_t second = UINT64_MAX;
	static char text[CLOCK_TEXT_SIZE];
	uint64_t now = clock_wall_ms();
	unsigned ms = (unsigned)(now % 1000);
	const char fraction[] = { '.', (char)('0' + ms / 100),
		                  (char)('0' + ms / 10 % 10),
		                  (char)('0' + ms % 10), 'Z' };

	if (now / 1000 != second) {
		second = now / 1000;
		clock_format(now, text);
	}
	put_clipped(l, text, SECOND_SIZE);
	put_clipped(l, fraction, sizeof(fraction));
}

static void
put_line_head(struct line *l, enum log_level level, const char *event)
{
	if (log_to_journal)
		put_clipped(l,
		            (const char[]){ '<', priority_digit(level), '>' },
		            3);
	put_str(l, "ts=");
	put_wall_time(l);
	put_str(l, " level=");
	put_str(l, level_names[level]);
	put_str(l, " role=");
	put_str(l, log_role);
	put_str(l, " event=");
	put_str(l, event);
}

void
log_gather(bool on)
{
	log_gathers = on;
	log_flush();
}

void
log_flush(void)
{
	size_t done = 0;

	/* A signal may cut a long write to a socket short, so write the rest.
	 * A failure is ignored: there is nowhere else to report it. */
	while (done < waiting_len) {
		ssize_t n = write(STDERR_FILENO, waiting + done,
		                  waiting_len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	waiting_len = 0;
}

static void
write_fields(enum log_level level, const char *event,
             const struct log_field *fields)
{
	struct line line;

	line.len = 0;
	put_line_head(&line, level, event);
	for (; fields->kind != LOG_END_KIND; fields++)
		put_field(&line, fields);
	line.text[line.len++] = '\n';

	if (waiting_len + line.len > log_write_most)
		log_flush();
	memcpy(waiting + waiting_len, line.text, line.len);
	waiting_len += line.len;
	if (!log_gathers || level <= LOG_WARN)
		log_flush();
}

void
log_counts(bool all)
{
	uint64_t now = clock_mono_ms(), more = 0;
	const struct log_kind *k;

	while ((k = log_limit_due(now, all, &more)) != NULL) {
		const struct log_field fields[] = {
			LOG_U64("more", more),
			{ .key = k->key,
			  .kind = k->key ? LOG_WHO_KIND : LOG_END_KIND,
			  .text = bytes_of(k->who, k->who_len) },
			LOG_LAST_,
		};
		write_fields(k->level, k->event, fields);
	}
}

static const struct log_field *
who_of(const struct log_field *fields)
{
	for (; fields->kind != LOG_END_KIND; fields++)
		if (fields->kind == LOG_WHO_KIND)
			return fields;
	return NULL;
}

void
log_fields(enum log_level level, const char *event,
           const struct log_field *fields)
{
	if (level <= log_least &&
	    log_limit_take(level, event, who_of(fields), clock_mono_ms()))
		write_fields(level, event, fields);
}

void
log_fields_paid(enum log_level level, const char *event,
                const struct log_field *fields)
{
	if (level <= log_least)
		write_fields(level, event, fields);
}

void
log_refusal(const char *name, const char *text)
{
	if (log_to_journal)
		log_event(LOG_ERROR, "start-refused", LOG_STR("why", text));
	else
		(void)dprintf(STDERR_FILENO, "%s: %s\n", name, text);
}
