/*
 * fuzz_jwt.c - a result is accepted only if the key has signed exactly these
 * bytes.
 *
 * The ring has the ES256 key of tests/interop/make_samples.c (derived from its
 * name, so it is the same in every run).  So the corpus has results that
 * verify, and every change to one of them must be refused without output.
 */
#include <stdlib.h>

#include "crypto/token/ear.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char jwks[] =
        "{\"keys\":[{\"crv\":\"P-256\",\"kty\":\"EC\","
        "\"x\":\"eekIvMHfqBpRvXQBVUfC3OzXbO4Vjvjxkca83tgdWVg\","
        "\"y\":\"f25muAedxOL9A5TxBv3qTjUaOj4jXs2ipj3bHv2ZdKk\"}]}";

static void
must(bool good)
{
	if (!good)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct keyring *ring;
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);

	if (!ring)
		must(keyring_of_jwks(bytes_of_str(jwks), &ring) == OK);

	err_t err = ear_verify(bytes_of(data, size), ring, 1, &payload);
	must(err == OK || err == E_MALFORMED || err == E_DENIED ||
	     err == E_LIMIT);
	must((payload.len > 0) == (err == OK || err == E_LIMIT));
	return 0;
}
