/*
 * public.c - reads the public half of the signing key in a TPM.
 *
 * Reading it needs no authorisation.  The key must nevertheless satisfy the key
 * holder's rules, because a key that the service would refuse must not be
 * published.  Only noDA is not judged here: whether it is permitted depends on
 * token.lockout_off, which the caller does not know.
 */
#include <string.h>

#include "hsm/tpm2/admin/admin.h"
#include "hsm/tpm2/alg.h"

static err_t
read_tpm_public(struct tpm2 *t, const struct t2_uri *uri,
                struct hsm_public *ret_public)
{
	struct hsm_found found;

	TRY(t2_open_session(t, uri));
	TRY(t2_find_signing(t, &uri->key, &t->keys[0], &found));
	ret_public->alg = found.alg;
	ret_public->private_half = HSM_HALF_THERE; /* loaded with the public */
	ret_public->spki_len = found.spki_len;
	memcpy(ret_public->spki, found.spki, found.spki_len);
	return OK;
}

err_t
t2_key_public(const struct hsm_key_name *name, const struct secret *pin,
              struct buf *why, struct hsm_public *ret_public)
{
	const struct hsm_options options = { .uri = name->uri,
		                             .lockout_off = true };
	AUTO(t2_close) struct tpm2 *t = NULL;
	struct t2_uri uri;

	(void)pin; /* TPM2_ReadPublic needs no authorisation */
	TRY(t2_uri_parse(name->uri, why, &uri));
	TRY(t2_connect(uri.tcti, &options, why, &t));
	return t2_tell(t, why, read_tpm_public(t, &uri, ret_public));
}
