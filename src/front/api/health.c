/*
 * health.c - /healthz, /readyz, /metrics.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "front/api/api.h"
#include "front/front.h"
#include "front/json/write.h"
#include "front/tenant.h"
#include "proc/config.h"

void
api_healthz_get(struct request *r)
{
	request_json(r, 200, bytes_of_str("{\"alive\":true}"));
}

/* Seconds until the bundle in force expires; 0: it has, or there is none. */
static uint64_t
bundle_seconds(const struct front *f)
{
	const struct bundle *b = f->in_force.bundle;
	uint64_t now_s = clock_wall_ms() / 1000;

	return b && b->expires_s > now_s ? b->expires_s - now_s : 0;
}

/* Ends an answer: who decides what is trusted, and the bundle in force. */
static void
put_governance(struct buf *text, const struct front *f)
{
	buf_append_str(text, ",\"governance\":");
	json_put_string(text, bytes_of_str(f->config->governance));
	if (f->in_force.bundle)
		buf_printf(text,
		           ",\"trust_bundle_version\":%" PRIu32
		           ",\"trust_bundle_expires_in\":%" PRIu64,
		           f->in_force.bundle->version, bundle_seconds(f));
	buf_append_str(text, "}");
}

void
api_readyz_get(struct request *r)
{
	const char *why = front_not_ready(r->front);
	struct buf *text = &r->front->text;

	buf_reset(text);
	if (!why) {
		buf_append_str(text, "{\"ready\":true");
		if (r->front->why[0]) {
			buf_append_str(text, ",\"degraded\":");
			json_put_string(text, bytes_of_str(r->front->why));
		}
		put_governance(text, r->front);
		request_json(r, 200, buf_bytes(text));
		return;
	}

	buf_append_str(text, "{\"ready\":false,\"reason\":");
	json_put_string(text, bytes_of_str(why));
	put_governance(text, r->front);
	request_respond(r, &(struct response){
	                           .status = 503,
	                           .content_type = "application/json",
	                           .retry_after = 1,
	                           .body = buf_bytes(text),
	                   });
}

static void
set_trust_metrics(struct front *f)
{
	const struct bundle *b = f->in_force.bundle;

	metrics_set(&f->metrics, METRIC_GOVERNED,
	            config_has_officers(f->config));
	metrics_set(&f->metrics, METRIC_BUNDLE_VERSION, b ? b->version : 0);
	metrics_set(&f->metrics, METRIC_BUNDLE_CHANGE, b ? b->change : 0);
	metrics_set(&f->metrics, METRIC_DEGRADED,
	            !front_not_ready(f) && f->why[0]);
	metrics_set(&f->metrics, METRIC_BUNDLE_EXPIRES, bundle_seconds(f));
	metrics_set(&f->metrics, METRIC_RECOVERY_SEEN, f->recovery_seen_s);
}

void
api_metrics_get(struct request *r)
{
	struct buf *text = &r->front->text;

	set_trust_metrics(r->front);
	buf_reset(text);
	metrics_put(text, &r->front->metrics);
	tenants_put(text, r->front->tenants, r->front->config->n_tenants,
	            clock_mono_ms());
	request_respond(r, &(struct response){
	                           .status = 200,
	                           .content_type = "text/plain; version=0.0.4",
	                           .body = buf_bytes(text),
	                   });
}
