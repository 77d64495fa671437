/*
 * verdict_tag.c - see verdict_tag.h.
 */
#include "crypto/token/verdict_tag.h"

#include "base/auto.h"
#include "crypto/hmac.h"

static const char words[] = "anchord-verdict-1"; /* hashed with its NUL */

void
verdict_tag(const struct secret *key, struct bytes finding,
            uint8_t out[static HASH_SIZE])
{
	const struct bytes parts[] = {
		bytes_of(words, sizeof(words)),
		finding,
	};

	hmac_sha256_parts(secret_bytes(key), parts, ARRAY_LEN(parts), out);
}

bool
verdict_tag_good(const struct secret *key, struct bytes finding,
                 const uint8_t tag[static HASH_SIZE])
{
	uint8_t own[HASH_SIZE];

	verdict_tag(key, finding, own);
	return secret_equal(bytes_of(own, HASH_SIZE), bytes_of(tag, HASH_SIZE));
}
