/*
 * found.c - the public half of a key that a backend found; see backend.h.
 */
#include <string.h>

#include "hsm/core/backend.h"
#include "crypto/digest.h"
#include "crypto/keys/keyring.h"

err_t
hsm_found_put(enum alg alg, struct bytes a, struct bytes b,
              struct hsm_found *ret_found)
{
	AUTO(buf_release) struct buf spki = buf_of(HSM_SPKI_MAX);

	if (key_encode(alg, a, b, &spki) != OK)
		return E_DENIED;
	ret_found->alg = alg;
	ret_found->spki_len = spki.len;
	memcpy(ret_found->spki, spki.data, spki.len);
	return OK;
}

bool
hsm_found_pinned(const struct hsm_found *found,
                 const uint8_t spki_sha256[static HASH_SIZE])
{
	uint8_t hash[HASH_SIZE];

	digest_sha256(bytes_of(found->spki, found->spki_len), hash);
	return memcmp(hash, spki_sha256, sizeof(hash)) == 0;
}
