/*
 * health.c - /healthz, /readyz, /metrics.
 */
#include "front/api/api.h"
#include "front/front.h"
#include "front/json/write.h"

void
api_healthz_get(struct request *r)
{
	request_json(r, 200, bytes_of_str("{\"alive\":true}"));
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
		buf_append_str(text, "}");
		request_json(r, 200, buf_bytes(text));
		return;
	}

	buf_append_str(text, "{\"ready\":false,\"reason\":");
	json_put_string(text, bytes_of_str(why));
	buf_append_str(text, "}");
	request_respond(r, &(struct response){
	                           .status = 503,
	                           .content_type = "application/json",
	                           .retry_after = 1,
	                           .body = buf_bytes(text),
	                   });
}

void
api_metrics_get(struct request *r)
{
	struct buf *text = &r->front->text;

	buf_reset(text);
	metrics_put(text, &r->front->metrics);
	request_respond(r, &(struct response){
	                           .status = 200,
	                           .content_type = "text/plain; version=0.0.4",
	                           .body = buf_bytes(text),
	                   });
}
