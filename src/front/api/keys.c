/*
 * keys.c - GET /v1/keys: the public keys that verify this service's signatures.
 */
#include "front/api/api.h"
#include "base/clock.h"
#include "front/front.h"

void
api_keys_get(struct request *r)
{
	struct front *f = r->front;
	struct buf *text = &f->text;
	const struct keyring *ring = NULL;

	buf_reset(text);
	err_t err = published_keys_now(f->keys, clock_wall_ms() / 1000, &ring);
	if (err == OK)
		err = r->wants_cose ? keyring_to_cose(ring, text)
		                    : keyring_to_jwks(ring, text);
	if (err != OK || buf_status(text) != OK) {
		request_problem(r, PROBLEM_UNAVAILABLE, bytes_of(NULL, 0));
		return;
	}

	/* short: with failover a key holder may come up with another key at any
	 * time; PINS_CACHE_S says the same to those who rotate keys */
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
