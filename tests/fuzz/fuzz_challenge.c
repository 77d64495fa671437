/*
 * fuzz_challenge.c - a challenge that parses is composed again to the same
 * bytes, so that no two encodings mean the same challenge; and none verifies
 * without keys.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/token/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
compose_again(const struct challenge *c, struct bytes token)
{
	AUTO(buf_release) struct buf claims = buf_of(CHALLENGE_MAX);
	AUTO(buf_release) struct buf head = buf_of(CHALLENGE_MAX);
	AUTO(buf_release) struct buf again = buf_of(CHALLENGE_MAX);

	challenge_put_claims(&claims, &c->claims);
	receipt_put_head(&head, &c->head);
	receipt_put_token(&again, buf_bytes(&claims), buf_bytes(&head),
	                  &c->proof, c->signature);
	must(bytes_equal(token, buf_bytes(&again)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct challenge c;
	AUTO(keyring_free) struct keyring *ring = NULL;

	memset(&c, 0xaa, sizeof(c));
	if (challenge_open(bytes_of(data, size), &c) != OK)
		return 0;
	compose_again(&c, bytes_of(data, size));
	must(keyring_new(&ring) == OK);
	must(challenge_verify(&c, ring) == E_DENIED);
	return 0;
}
