/*
 * pkcs11_admin_public.c - the public half of the key that a URI names.
 */
#include <string.h>

#include "pkcs11_admin.h"
#include "pkcs11_alg.h"

/* An RSA key's list of mechanisms is on its private half, where that shows. */
static err_t
choose(struct p11 *p11, const struct p11_uri *uri, CK_OBJECT_HANDLE public,
       enum alg *in_out_alg)
{
	CK_OBJECT_HANDLE half = CK_INVALID_HANDLE;
	err_t err = p11_find_half(p11, uri, CKO_PRIVATE_KEY, &half);

	if (err == E_NOT_FOUND)
		half = public;
	else
		TRY(err);
	return p11_choose_alg(p11, half, in_out_alg);
}

static err_t
read_public(struct p11 *p11, const struct p11_uri *uri,
            const struct secret *pin, struct hsm_public *ret_public)
{
	CK_OBJECT_HANDLE public = CK_INVALID_HANDLE;
	CK_TOKEN_INFO info;
	struct hsm_found found;

	err_t err = p11_find_slot(p11, uri->token, uri->serial, &info);
	if (err == E_DEVICE && p11->rv == CKR_OK)
		return E_NOT_FOUND; /* every call was answered, none fits */
	TRY(err);
	TRY(pin ? p11_admin_login(p11, &info, pin) : p11_open_session(p11));
	TRY(p11_find_half(p11, uri, CKO_PUBLIC_KEY, &public));
	TRY(p11_read_spki(p11, public, &found));
	TRY(choose(p11, uri, public, &found.alg));
	ret_public->alg = found.alg;
	ret_public->spki_len = found.spki_len;
	memcpy(ret_public->spki, found.spki, found.spki_len);
	return OK;
}

err_t
hsm_token_public(const struct hsm_key_name *name, const struct secret *pin,
                 struct buf *why, struct hsm_public *ret_public)
{
	const struct hsm_options options = { .module = name->module };
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct p11_uri uri;

	TRY(p11_uri_parse(name->uri, why, &uri));
	TRY(p11_load(&options, why, &p11));
	return p11_tell(p11, why, read_public(p11, &uri, pin, ret_public));
}
