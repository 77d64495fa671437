/*
 * bundle.c - parses and writes a version of the trust bundle.
 */
#include "trust/bundle.h"

#include <stdlib.h>

#include "crypto/digest.h"
#include "trust/form.h"

void
bundle_free(struct bundle *b)
{
	free(b);
}

bool
officer_serves(const struct officer *officer, uint64_t issued_s)
{
	return !officer->until_s || issued_s <= officer->until_s;
}

void
bundle_put(struct buf *out, const struct bundle *b)
{
	conf_put(out, &bundle_form, b);
}

err_t
bundle_parse(struct bytes text, struct buf *why, struct bundle **ret_bundle)
{
	AUTO(bundle_free) struct bundle *b = calloc(1, sizeof(*b));

	if (!b)
		return E_NOMEM;
	TRY(conf_read(text, TRUST_TEXT_MAX, &bundle_form, b, why));
	b->pins.version = b->version;
	TRY(bundle_judge(b, why));
	digest_sha256(text, b->digest);
	*ret_bundle = TAKE(b);
	return OK;
}

/* The salt has one length, so no two pairs have the same concatenation. */
void
bundle_tenant(const struct bundle *b, struct bytes tenant,
              uint8_t ret_hash[static HASH_SIZE])
{
	const struct bytes parts[] = { bytes_of(b->tenant_salt, HASH_SIZE),
		                       tenant };

	digest_sha256_parts(parts, ARRAY_LEN(parts), ret_hash);
}
