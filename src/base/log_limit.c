/*
 * log_limit.c - see log_limit.h.
 */
#include "base/log_limit.h"

#include <string.h>

#define US_PER_MS 1000
#define PRICE_US (1000000 / LOG_LIMIT_RATE)
#define SPAN_US ((uint64_t)LOG_LIMIT_BURST * PRICE_US)
#define OTHERS LOG_LIMIT_KINDS /* the bucket of kinds that found no other */

static struct log_kind kinds[LOG_LIMIT_KINDS + 1];
static uint64_t n_waiting; /* suppressed lines not reported yet */

/* FNV-1a.  It need not resist collisions: two kinds that collide share one
 * bucket, which only limits them more. */
static uint64_t
hash_bytes(uint64_t h, struct bytes v)
{
	for (size_t i = 0; i < v.len; i++)
		h = (h ^ v.data[i]) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t
hash_of(const char *event, struct bytes who)
{
	uint64_t h =
	        hash_bytes(UINT64_C(0xcbf29ce484222325), bytes_of_str(event));

	return hash_bytes(h * 31, who) | 1;
}

/* The bucket is full and has nothing to report, so that it can be reused. */
static bool
is_idle(const struct log_kind *k, uint64_t now_us)
{
	return k->hash == 0 || (k->more == 0 && k->full_at_us <= now_us);
}

static struct log_kind *
kind_of(uint64_t hash, uint64_t now_us)
{
	struct log_kind *idle = &kinds[OTHERS];

	for (size_t i = 0; i < LOG_LIMIT_KINDS; i++) {
		struct log_kind *k = &kinds[(hash + i) % LOG_LIMIT_KINDS];

		if (k->hash == hash)
			return k;
		if (idle == &kinds[OTHERS] && is_idle(k, now_us))
			idle = k;
		if (k->hash == 0) /* never used: the hash is in no later one */
			break;
	}
	return idle;
}

static void
describe_log_kind(struct log_kind *k, enum log_level level, const char *event,
                  const struct log_field *who)
{
	size_t len = who ? who->text.len : 0;

	k->level = level;
	k->event = event;
	k->key = who ? who->key : NULL;
	k->who_len = (uint8_t)(len < LOG_WHO_MAX ? len : LOG_WHO_MAX);
	if (k->who_len > 0)
		memcpy(k->who, who->text.data, k->who_len);
}

bool
log_limit_take(enum log_level level, const char *event,
               const struct log_field *who, uint64_t now_ms)
{
	uint64_t hash = hash_of(event, who ? who->text : bytes_of(NULL, 0));
	uint64_t now_us = now_ms * US_PER_MS;
	struct log_kind *k = kind_of(hash, now_us);

	if (k->hash != hash && k != &kinds[OTHERS]) {
		*k = (struct log_kind){ .hash = hash, .said_at_ms = now_ms };
		describe_log_kind(k, level, event, who);
	}
	if (k->full_at_us < now_us)
		k->full_at_us = now_us;
	if (k->full_at_us + PRICE_US <= now_us + SPAN_US) {
		k->full_at_us += PRICE_US;
		return true;
	}
	if (k == &kinds[OTHERS]) /* shared: reported under its last kind */
		describe_log_kind(k, level, event, who);
	if (k->more++ == 0 && k->said_at_ms + LOG_LIMIT_SAID_MS < now_ms)
		k->said_at_ms = now_ms;
	n_waiting++;
	return false;
}

const struct log_kind *
log_limit_due(uint64_t now_ms, bool all, uint64_t *ret_more)
{
	for (size_t i = 0; n_waiting > 0 && i <= LOG_LIMIT_KINDS; i++) {
		struct log_kind *k = &kinds[i];

		if (k->more == 0 ||
		    (!all && now_ms < k->said_at_ms + LOG_LIMIT_SAID_MS))
			continue;
		*ret_more = k->more;
		n_waiting -= k->more;
		k->more = 0;
		k->said_at_ms = now_ms;
		return k;
	}
	return NULL;
}

void
log_limit_reset(void)
{
	memset(kinds, 0, sizeof(kinds));
	n_waiting = 0;
}
