/*
 * log_limit.h - how many lines of one kind are written.
 *
 * A kind is an event and whom it is about (LOG_WHO): whoever makes a role say
 * the same thing again and again gets LIMIT_BURST lines and LIMIT_RATE a second
 * of it, the rest is counted, and the count is said.  Pure; the time is an
 * argument.  log_fields() alone asks, so every line of every role goes this way
 * and no new one can forget it.
 */
#ifndef BASE_LOG_LIMIT_H
#define BASE_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/log.h"

#define LOG_LIMIT_BURST 50     /* lines of a kind */
#define LOG_LIMIT_RATE 5       /* of them a second, after that */
#define LOG_LIMIT_KINDS 128    /* that are kept apart; others share one place */
#define LOG_LIMIT_SAID_MS 1000 /* from one count of a kind to the next */
#define LOG_WHO_MAX 64         /* bytes of it; what is longer is cut */

struct log_kind {
	uint64_t hash;       /* of event and who; 0: free */
	uint64_t full_at_us; /* the bucket, see src/front/quota.h */
	uint64_t said_at_ms; /* its last count */
	uint64_t more;       /* lines that were not written since */
	enum log_level level;
	const char *event; /* static */
	const char *key;   /* static; NULL: about nobody */
	uint8_t who[LOG_WHO_MAX];
	uint8_t who_len;
};

/* May that line be written?  who: the line's LOG_WHO field, or NULL. */
bool log_limit_take(enum log_level level, const char *event,
                    const struct log_field *who, uint64_t now_ms);

/* A kind of which a count is to be said now, or NULL.  all: whether its time has
 * come or not.  Its count begins anew; the kind is good until the next call. */
const struct log_kind *log_limit_due(uint64_t now_ms, bool all,
                                     uint64_t *ret_more);

/* Forgets everything: for tests, and for a process that begins. */
void log_limit_reset(void);

#endif
