/*
 * prove.c - makes a test signature and verifies it in software.
 */
#include <sys/random.h>

#include "hsm/core/backend.h"
#include "crypto/digest.h"
#include "crypto/keys/keyring.h"

err_t
hsm_prove_sign(const struct hsm_backend *backend, void *own, enum alg alg,
               struct bytes spki)
{
	AUTO(keyring_free) struct keyring *ring = NULL;
	uint8_t msg[HASH_SIZE];
	uint8_t digest[DIGEST_MAX];
	char kid[KID_SIZE];
	enum alg usual = ALG_COUNT;
	struct hsm_signature signature = { .len = 0 };

	/* getrandom(2), because the device's generator may be broken. */
	if (spki.len == 0 || getrandom(msg, sizeof(msg), 0) != sizeof(msg) ||
	    keyring_new(&ring) != OK || key_identify(spki, &usual, kid) != OK ||
	    keyring_add(ring, bytes_of_str(kid), spki, alg) != OK)
		return E_NOT_FOUND;

	struct bytes in = bytes_of(msg, sizeof(msg));
	size_t len = digest_of_alg(alg, in, digest);
	TRY(backend->sign(own, alg, len ? bytes_of(digest, len) : in,
	                  &signature));
	return keyring_verify(ring, bytes_of_str(kid), alg, in,
	                      bytes_of(signature.bytes, signature.len)) == OK
	               ? OK
	               : E_CONFLICT;
}
