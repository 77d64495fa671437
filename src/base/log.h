/*
 * log.h - one line an event, fixed keys, to standard error (the journal).
 *
 *	log_event(LOG_INFO, "challenge-issued",
 *	          LOG_STR("tenant", tenant), LOG_U64("request", id));
 *
 * gives (logfmt)
 *
 *	ts=2026-11-23T12:00:00.123Z level=info role=front event=challenge-issued
 *	tenant=backend-a request=17
 *
 * Lines of one kind are limited, a kind being an event and whom it is about
 * (src/base/log_limit.h): what is too much is counted, and a line with the same
 * event and more=N says how many more like it there were.  So who can make us
 * say something cannot fill the log with it.
 *
 * Values are escaped, so one event is always one line.  Pure code (crypto,
 * evidence, policy, base, wire) does not log; a role does, once, where it
 * decides.  Never pass a secret, an evidence or a token here.
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

/* The level of that name; LOG_INFO: there is none of it. */
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
/* Whom the line is about: each has lines of his own.  At most one a line. */
#define LOG_WHO(k, v)        \
	((struct log_field){ \
	        .key = (k), .kind = LOG_WHO_KIND, .text = bytes_of_str(v) })
#define LOG_ERR(v) LOG_STR("error", err_name(v))

/* The process's name in every line, and the least level that is written. */
void log_start(const char *role, enum log_level least);

/* For a role of many lines: what is less than a warning then waits until
 * log_flush(), a warning, or as much as one write takes.  Its loop flushes in
 * each turn. */
void log_gather(bool on);
void log_flush(void);

/* Says what has been counted: every so often what is due, and all of it at the
 * end of the process. */
void log_counts(bool all);

void log_fields(enum log_level level, const char *event,
                const struct log_field *fields);

/* Why a program does not start, for who typed its name: "NAME: TEXT".  To the
 * journal it goes as an event, start-refused, with the time and the priority
 * that every line has there. */
void log_refusal(const char *name, const char *text);

/* A line without a limit, for what something else limits: a request that its
 * client's quota has paid for.  tests/lint knows who may. */
void log_fields_paid(enum log_level level, const char *event,
                     const struct log_field *fields);

#define log_event(level, ...) log_event_(level, __VA_ARGS__, LOG_LAST_)
#define LOG_LAST_ ((struct log_field){ .kind = LOG_END_KIND })
#define log_event_(level, event, ...) \
	log_fields(level, event, (const struct log_field[]){ __VA_ARGS__ })

#endif
