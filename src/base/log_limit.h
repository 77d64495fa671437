/*
 * log_limit.h - the rate limit of the log: a token bucket per kind of line.
 *
 * A kind is an event together with its subject (LOG_WHO).  Each kind may write
 * a burst of LOG_LIMIT_BURST lines and then LOG_LIMIT_RATE lines a second.
 * Lines beyond that are counted, and the count is logged.  The functions do not
 * read the clock; the time is an argument.  Only log_fields() calls
 * log_limit_take(), so the limit covers every line but the paid ones (log.h).
 */
#ifndef BASE_LOG_LIMIT_H
#define BASE_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/log.h"

#define LOG_LIMIT_BURST 50     /* lines of one kind */
#define LOG_LIMIT_RATE 5       /* lines of one kind a second, after the burst */
#define LOG_LIMIT_KINDS 128    /* buckets; further kinds share one more */
#define LOG_LIMIT_SAID_MS 1000 /* least time between two counts of a kind */
#define LOG_WHO_MAX 64         /* bytes of a subject; longer ones are cut */

struct log_kind {
	uint64_t hash;       /* of event and subject; 0: free */
	uint64_t full_at_us; /* when the bucket is full again */
	uint64_t said_at_ms; /* when the count was logged last */
	uint64_t more;       /* lines suppressed since then */
	enum log_level level;
	const char *event; /* static */
	const char *key;   /* static; NULL: no subject */
	uint8_t who[LOG_WHO_MAX];
	uint8_t who_len;
};

/* Takes a token from the line's bucket; true: write the line, false: it was
 * counted.  who is the line's LOG_WHO field, or NULL. */
bool log_limit_take(enum log_level level, const char *event,
                    const struct log_field *who, uint64_t now_ms);

/* A kind whose count of suppressed lines is to be logged now, or NULL; with all
 * set, also one that was logged less than LOG_LIMIT_SAID_MS ago.  Its count
 * starts again at zero.  The pointer is valid until the next call. */
const struct log_kind *log_limit_due(uint64_t now_ms, bool all,
                                     uint64_t *ret_more);

/* Empties all buckets; for tests and for a process that starts. */
void log_limit_reset(void);

#endif
