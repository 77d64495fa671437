/*
 * metrics.c - see metrics.h.
 */
#include "front/metrics.h"

#include <inttypes.h>

#include "base/auto.h"

/* Upper bounds in milliseconds, and in seconds as Prometheus writes them. */
static const struct {
	uint64_t ms;
	const char *seconds;
} bounds[METRICS_BUCKETS] = {
	{ 1, "0.001" },  { 2, "0.002" }, { 5, "0.005" }, { 10, "0.01" },
	{ 25, "0.025" }, { 50, "0.05" }, { 100, "0.1" }, { 250, "0.25" },
	{ 1000, "1" },   { 5000, "5" },
};

static const struct {
	const char *name, *help, *type;
} rows[METRIC_COUNT] = {
#define COUNTER(n, text, h) [METRIC_##n] = { (text), (h), "counter" },
#define GAUGE(n, text, h) [METRIC_##n] = { (text), (h), "gauge" },
#include "front/metrics.def"
#undef COUNTER
#undef GAUGE
};

void
metrics_request(struct metrics *m, unsigned route, const char *name,
                unsigned status, uint64_t took_ms)
{
	if (route >= METRICS_ROUTES)
		route = METRICS_ROUTES - 1;

	struct metrics_route *r = &m->routes[route];
	size_t bucket = 0;

	while (bucket < METRICS_BUCKETS && took_ms > bounds[bucket].ms)
		bucket++;
	r->name = name;
	r->by_status[status < METRICS_STATUSES ? status : 0]++;
	r->buckets[bucket]++;
	r->sum_ms += took_ms;
}

static void
put_metric_head(struct buf *out, const char *name, const char *help,
                const char *type)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
put_statuses(struct buf *out, const struct metrics_route *r)
{
	for (unsigned s = 0; r->name && s < METRICS_STATUSES; s++)
		if (r->by_status[s] > 0)
			buf_printf(out,
			           "anchord_front_requests_total{route=\"%s\","
			           "status=\"%u\"} %" PRIu32 "\n",
			           r->name, s, r->by_status[s]);
}

static void
put_histogram(struct buf *out, const struct metrics_route *r)
{
	static const char name[] = "anchord_front_request_seconds";
	uint64_t sum = 0;

	if (!r->name)
		return;

	for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
		sum += r->buckets[i];
		buf_printf(
		        out, "%s_bucket{route=\"%s\",le=\"%s\"} %" PRIu64 "\n",
		        name, r->name,
		        i < METRICS_BUCKETS ? bounds[i].seconds : "+Inf", sum);
	}
	buf_printf(out,
	           "%s_sum{route=\"%s\"} %" PRIu64 ".%03" PRIu64 "\n"
	           "%s_count{route=\"%s\"} %" PRIu64 "\n",
	           name, r->name, r->sum_ms / 1000, r->sum_ms % 1000, name,
	           r->name, sum);
}

void
metrics_put(struct buf *out, const struct metrics *m)
{
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		put_metric_head(out, rows[i].name, rows[i].help, rows[i].type);
		buf_printf(out, "%s %" PRIu64 "\n", rows[i].name, m->values[i]);
	}

	put_metric_head(out, "anchord_front_requests_total",
	                "requests answered, by route and status", "counter");
	for (size_t i = 0; i < METRICS_ROUTES; i++)
		put_statuses(out, &m->routes[i]);

	put_metric_head(out, "anchord_front_request_seconds",
	                "time from the last header to the answer", "histogram");
	for (size_t i = 0; i < METRICS_ROUTES; i++)
		put_histogram(out, &m->routes[i]);

	shadows_put(out, &m->shadows);
}
