/*
 * trust_bundle.c - GET /v1/trust-bundle: all versions of the trust bundle with
 * their signatures, as the supervisor handed them over (trust/pack.h).
 *
 * The answer is the very chain that this process has in force, byte for byte, and
 * proves itself: whoever has the digest of version 1 walks it.  It is read from
 * the sealed file for each answer, so that no process keeps it in memory.
 */
#include <stdio.h>

#include "base/encode.h"
#include "front/api/api.h"
#include "front/front.h"
#include "proc/config.h"
#include "proc/content.h"

/* Not application/octet-stream: whoever stores an answer knows what it is, and
 * another version of the form can get another type. */
#define BUNDLE_TYPE "application/vnd.anchord.trust-pack"

#define ETAG_SIZE (sizeof("W/\"\"") + HEX_LEN(HASH_SIZE))

/* Weak (RFC 9110 section 8.8.1): the same versions with one signature more are
 * the same trust and other bytes. */
static void
write_etag(const struct bundle *b, char out[static ETAG_SIZE])
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);

	encode_hex(&hex, bytes_of(b->digest, HASH_SIZE));
	(void)snprintf(out, ETAG_SIZE, "W/\"%s\"", buf_str(&hex));
}

static void
send_chain(struct request *r, const struct front *f)
{
	AUTO(buf_release) struct buf chain = buf_of(LIMIT_TRUST_BUNDLE);
	err_t err = content_read(f->chain, &chain);
	char etag[ETAG_SIZE];

	if (err != OK) {
		request_problem(r,
		                err == E_LIMIT ? PROBLEM_BUNDLE_TOO_LARGE
		                               : PROBLEM_UNAVAILABLE,
		                bytes_of(NULL, 0));
		return;
	}
	write_etag(f->in_force.bundle, etag);
	request_respond(r, &(struct response){
	                           .status = 200,
	                           .content_type = BUNDLE_TYPE,
	                           .cache_control = "max-age=30",
	                           .etag = etag,
	                           .body = buf_bytes(&chain),
	                   });
}

void
api_trust_bundle_get(struct request *r)
{
	const struct front *f = r->front;

	if (!config_has_officers(f->config))
		request_problem(r, PROBLEM_BUNDLE_NONE, bytes_of(NULL, 0));
	else if (!f->in_force.bundle)
		request_problem(r, PROBLEM_NOT_READY,
		                bytes_of_str("there is no trust bundle yet"));
	else
		send_chain(r, f);
}
