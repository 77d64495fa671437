/*
 * fuzz_jwks.c - a key set that parses is printed and parsed again with the same
 * result.
 */
#include <stdlib.h>

#include "crypto/keys/keyring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(keyring_free) struct keyring *ring = NULL;
	AUTO(keyring_free) struct keyring *read = NULL;
	AUTO(buf_release) struct buf text = buf_of(2 * KEYRING_JSON_MAX);
	AUTO(buf_release) struct buf again = buf_of(2 * KEYRING_JSON_MAX);
	AUTO(buf_release) struct buf cose = buf_of(2 * KEYRING_JSON_MAX);

	if (keyring_of_jwks(bytes_of(data, size), &ring) != OK)
		return 0;
	must(keyring_to_jwks(ring, &text) == OK);
	must(keyring_to_cose(ring, &cose) == OK);
	must(keyring_of_jwks(buf_bytes(&text), &read) == OK);
	must(keyring_to_jwks(read, &again) == OK);
	must(bytes_equal(buf_bytes(&text), buf_bytes(&again)));
	return 0;
}
