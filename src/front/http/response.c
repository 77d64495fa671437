/*
 * response.c - see response.h.
 */
#include "front/http/response.h"

#include <stdio.h>

#include "base/auto.h"

static void
put_response_field(struct response_fields *f, size_t *n, const char *name,
                   const char *value)
{
	f->rows[(*n)++] = (struct response_field){
		.name = bytes_of_str(name),
		.value = bytes_of_str(value),
	};
}

static void
write_allow(char out[static 32], unsigned methods)
{
	static const enum method all[] = { METHOD_GET, METHOD_POST,
		                           METHOD_DELETE };
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (methods & all[i])
			len += (size_t)snprintf(out + len, 32 - len, "%s%s",
			                        len > 0 ? ", " : "",
			                        method_name(all[i]));
}

size_t
response_fields(const struct request *r, const struct response *a,
                struct response_fields *ret_fields)
{
	struct response_fields *f = ret_fields;
	size_t n = 0;

	(void)encode_decimal(a->status, f->status);
	put_response_field(f, &n, ":status", f->status);
	put_response_field(f, &n, "cache-control",
	                   a->cache_control ? a->cache_control : "no-store");
	request_id_text(r, f->id);
	put_response_field(f, &n, "x-request-id", f->id);
	f->rows[n - 1].unique = true;
	if (a->content_type) {
		put_response_field(f, &n, "content-type", a->content_type);
		(void)encode_decimal(a->body.len, f->length);
		put_response_field(f, &n, "content-length", f->length);
	}
	if (a->etag)
		put_response_field(f, &n, "etag", a->etag);
	if (a->allow != 0) {
		write_allow(f->allow, a->allow);
		put_response_field(f, &n, "allow", f->allow);
	}
	if (a->retry_after != 0) {
		(void)encode_decimal(a->retry_after, f->retry);
		put_response_field(f, &n, "retry-after", f->retry);
	}
	return n;
}
