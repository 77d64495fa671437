/*
 * api_keys.c - GET /v1/keys: what this service's signatures verify with.
 */
#include "api.h"
#include "front.h"

void
api_keys_get(struct request *r)
{
	struct front *f = r->front;
	struct buf *text = &f->text;

	buf_reset(text);
	err_t err = r->wants_cose ? keyring_to_cose(f->keys, text)
	                          : keyring_to_jwks(f->keys, text);
	if (err != OK || buf_status(text) != OK) {
		request_problem(r, PROBLEM_UNAVAILABLE, bytes_of(NULL, 0));
		return;
	}

	/* short: a key holder may come up with another key at any time */
	request_respond(
	        r, &(struct response){
	                   .status = 200,
	                   .content_type = r->wants_cose
	                                           ? "application/cose-key-set"
	                                           : "application/jwk-set+json",
	                   .cache_control = "max-age=30",
	                   .body = buf_bytes(text),
	           });
}
