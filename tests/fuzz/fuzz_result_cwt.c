/*
 * fuzz_result_cwt.c - a result in CBOR that parses is composed again to the same
 * bytes, so that no two encodings mean the same result; none verifies without
 * keys, and none is a challenge.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/token/challenge.h"
#include "crypto/token/ear_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
compose_again(const struct ear_cwt *v, struct bytes token)
{
	AUTO(buf_release) struct buf claims = buf_of(EAR_CWT_MAX);
	AUTO(buf_release) struct buf head = buf_of(EAR_CWT_MAX);
	AUTO(buf_release) struct buf again = buf_of(2 * EAR_CWT_MAX);

	must(ear_cwt_put_claims(&claims, v->issuer.iss, &v->fields) == OK);
	receipt_put_head(&head, &v->receipt.head);
	receipt_put_token(&again, buf_bytes(&claims), buf_bytes(&head),
	                  &v->receipt.proof, v->receipt.signature);
	must(bytes_equal(token, buf_bytes(&again)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes token = bytes_of(data, size);
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);
	AUTO(keyring_free) struct keyring *ring = NULL;
	struct ear_cwt v;
	struct challenge c;

	memset(&v, 0xaa, sizeof(v));
	if (ear_cwt_open(token, &v) != OK)
		return 0;
	compose_again(&v, token);
	must(ear_put_payload(&payload, &v.issuer, &v.fields) == OK);
	must(challenge_open(token, &c) == E_MALFORMED);
	must(keyring_new(&ring) == OK);
	buf_reset(&payload);
	must(ear_cwt_verify(token, ring, 0, &payload) == E_DENIED);
	must(payload.len == 0);
	return 0;
}
