/*
 * pseudonym.c - the names by which the database knows a device; see
 * enrolments.h.
 *
 * A digest hides nothing from who already knows the device's key or its handle,
 * and a secret in the same file would not either.  It keeps what is stored for
 * two tenants, or for a deleted device, from being joined by who has the database
 * alone.
 */
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"

#include "ledger/store/enrolments.h"

/* The label and the zero byte keep one use of the digest apart from the other,
 * and the tenant, which has no zero byte, apart from what follows. */
static void
digest_named(const char *label, struct bytes name, struct bytes of,
             uint8_t out[static HASH_SIZE])
{
	const struct bytes parts[] = { bytes_of(label, strlen(label) + 1), name,
		                       bytes_of("", 1), of };

	digest_sha256_parts(parts, ARRAY_LEN(parts), out);
}

void
store_identity(struct bytes tenant, struct bytes identity,
               uint8_t out[static HASH_SIZE])
{
	digest_named("anchord enrolment", tenant, identity, out);
}

bool
store_identity_is(const struct enrolment *e,
                  const uint8_t identity[static HASH_SIZE])
{
	uint8_t stored[HASH_SIZE];

	store_identity(store_small_bytes(&e->tenant),
	               bytes_of(identity, HASH_SIZE), stored);
	return memcmp(stored, e->identity, HASH_SIZE) == 0;
}

void
store_name_logged(struct bytes tenant, struct bytes handle,
                  char out[static STORE_LOGGED_SIZE])
{
	AUTO(buf_release) struct buf hex = buf_of(STORE_LOGGED_SIZE);
	uint8_t digest[HASH_SIZE];

	digest_named("anchord log", tenant, handle, digest);
	encode_hex(&hex, bytes_of(digest, STORE_LOGGED_SIZE / 2));
	memcpy(out, buf_str(&hex), STORE_LOGGED_SIZE);
}

err_t
store_name_deleted(struct bytes tenant, struct bytes handle,
                   struct store_small *ret)
{
	AUTO(buf_release) struct buf name = buf_of(STORE_SMALL_MAX);
	uint8_t digest[HASH_SIZE];

	digest_named("anchord deleted device", tenant, handle, digest);
	buf_append_str(&name, STORE_DELETED_MARK);
	buf_append(&name, tenant);
	buf_append_str(&name, "/");
	encode_base64url(&name, bytes_of(digest, sizeof(digest)));
	TRY(buf_status(&name));
	return store_small_set(ret, buf_bytes(&name)) ? OK : E_LIMIT;
}
