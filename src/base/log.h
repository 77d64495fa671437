/*
 * log.h - one logfmt line per event, with fixed keys, to standard error.
 *
 *	log_event(LOG_INFO, "challenge-issued",
 *	          LOG_STR("tenant", tenant), LOG_U64("request", id));
 *
 * writes, in one line,
 *
 *	ts=2026-11-23T12:00:00.123Z level=info role=front event=challenge-issued
 *	tenant=backend-a request=17
 *
 * Lines are rate-limited by event and subject (LOG_WHO, base/log_limit.h), so
 * that a peer which triggers an event again and again cannot fill the log.
 * Suppressed lines are counted; a later line with the same event reports their
 * number as more=N.
 *
 * Values are escaped, so an event is always one line.  Pure code (base, wire,
 * crypto, evidence, policy) does not log.  A role logs once, where it decides.
 * Never log a secret, evidence or a token.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Their names, in this order. */
#define LOG_LEVELS "error", "warn", "info", "debug"

/* The level with that name; LOG_INFO for an unknown name. */
enum log_level log_level_find(const char *name);

struct log_field {
	const char *key;
	enum {
		LOG_END_KIND,
		LOG_TEXT_KIND,
		LOG_WHO_KIND,
		LOG_NUMBER_KIND
	} kind;
	struct bytes text;
	uint64_t number;
};

#define LOG_BYTES(k, v) \
	((struct log_field){ .key = (k), .kind = LOG_TEXT_KIND, .text = (v) })
#define LOG_STR(k, v) LOG_BYTES(k, bytes_of_str(v))
#define LOG_U64(k, v)                                 \
	((struct log_field){ .key = (k),              \
	                     .kind = LOG_NUMBER_KIND, \
	                     .number = (uint64_t)(v) })
/* The subject of the event, for instance a client.  The rate limit counts each
 * subject separately.  A line has at most one such field. */
#define LOG_WHO(k, v)        \
	((struct log_field){ \
	        .key = (k), .kind = LOG_WHO_KIND, .text = bytes_of_str(v) })
#define LOG_ERR(v) LOG_STR("error", err_name(v))

/* Sets the role's name for every line, and the least severe level to write. */
void log_start(const char *role, enum log_level least);

/* Buffers lines below LOG_WARN until log_flush(), until a warning or error, or
 * until the buffer is full; for a role that logs often.  Its event loop calls
 * log_flush() in each iteration. */
void log_gather(bool on);
void log_flush(void);

/* Writes the more=N lines that are due; with all set, those not yet due, too,
 * for the end of a process. */
void log_counts(bool all);

void log_fields(enum log_level level, const char *event,
                const struct log_field *fields);

/* Reports why a program does not start: as "NAME: TEXT" to a terminal, file or
 * pipe, and as the event start-refused when standard error is the journal. */
void log_refusal(const char *name, const char *text);

/* Like log_fields() without the rate limit, for events that something else
 * limits, such as a request within its client's quota.  tests/lint/banned.tsv
 * lists the files that may call it. */
void log_fields_paid(enum log_level level, const char *event,
                     const struct log_field *fields);

#define log_event(level, ...) log_event_(level, __VA_ARGS__, LOG_LAST_)
#define LOG_LAST_ ((struct log_field){ .kind = LOG_END_KIND })
#define log_event_(level, event, ...) \
	log_fields(level, event, (const struct log_field[]){ __VA_ARGS__ })

#endif
