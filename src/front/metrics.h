/*
 * metrics.h - counters, gauges and one histogram a route, as Prometheus text.
 *
 * Pure.  metrics.def lists the plain numbers; requests are counted by route
 * and status and timed by route; results that a shadow policy judged, by policy
 * (shadows.h).
 */
#ifndef FRONT_METRICS_H
#define FRONT_METRICS_H

#include <stdint.h>

#include "base/buf.h"
#include "front/shadows.h"

enum metric {
#define COUNTER(name, text, help) METRIC_##name,
#define GAUGE(name, text, help) METRIC_##name,
#include "front/metrics.def"
#undef COUNTER
#undef GAUGE
	METRIC_COUNT
};

#define METRICS_ROUTES 32 /* rows of the route table, and "none" as the last */
#define METRICS_BUCKETS 10
#define METRICS_STATUSES 600

struct metrics_route {
	const char *name; /* NULL: unused */
	uint32_t by_status[METRICS_STATUSES];
	uint64_t buckets[METRICS_BUCKETS + 1]; /* the last is +Inf */
	uint64_t sum_ms;
};

struct metrics {
	uint64_t values[METRIC_COUNT];
	struct metrics_route routes[METRICS_ROUTES];
	struct shadows shadows;
};

static inline void
metrics_add(struct metrics *m, enum metric which, uint64_t n)
{
	m->values[which] += n;
}

static inline void
metrics_set(struct metrics *m, enum metric which, uint64_t n)
{
	m->values[which] = n;
}

/* Counts an answered request.  route < METRICS_ROUTES; name is static. */
void metrics_request(struct metrics *m, unsigned route, const char *name,
                     unsigned status, uint64_t took_ms);

/* Appends the text exposition format 0.0.4. */
void metrics_put(struct buf *out, const struct metrics *m);

#endif
