/*
 * rotate.c - implements hsm/admin/rotate.h for a PKCS#11 token.
 */
#include <stdio.h>

#include "base/encode.h"
#include "hsm/pkcs11/admin/admin.h"
#include "hsm/pkcs11/find.h"

err_t
p11_key_place(const char *text, struct buf *why,
              struct hsm_key_place *ret_place)
{
	AUTO(buf_release) struct buf id = buf_of(HSM_ID_TEXT_MAX);
	struct hsm_key_place out = { .scheme = hsm_pkcs11.scheme };
	struct p11_uri uri;

	TRY(p11_uri_parse(text, why, &uri));
	encode_hex(&id, bytes_of(uri.id, uri.id_len));
	TRY(buf_status(&id));
	snprintf(out.token, sizeof(out.token), "%s", uri.token);
	snprintf(out.serial, sizeof(out.serial), "%s", uri.serial);
	snprintf(out.label, sizeof(out.label), "%.*s", (int)uri.label_len,
	         (const char *)uri.label);
	snprintf(out.id, sizeof(out.id), "%s", buf_str(&id));
	*ret_place = out;
	return OK;
}

/* Opens the key's token and logs in. */
static err_t
open_token(const struct hsm_key_pinned *key, const struct secret *pin,
           struct buf *why, struct hsm_token *ret_token, struct p11 **ret_p11)
{
	struct p11_uri uri;
	AUTO(p11_unload) struct p11 *p11 = NULL;
	CK_TOKEN_INFO info;

	TRY(p11_uri_parse(key->uri, why, &uri));
	const struct hsm_token_name name = { key->module, uri.token, uri.serial,
		                             NULL };
	err_t err = p11_admin_open(&name, why, &info, &p11);
	if (err == E_NOT_FOUND)
		return E_DEVICE; /* no token: the key's state is unknown */
	TRY(err);
	p11->uri = uri;
	p11_token_facts(&info, ret_token);
	TRY(p11_tell(p11, why, p11_admin_login(p11, &info, pin)));
	*ret_p11 = TAKE(p11);
	return OK;
}

static err_t
make_next_token_key(struct p11 *p11, const struct hsm_key_pinned *old,
                    const struct hsm_keygen *wanted,
                    struct hsm_keygen_result *out)
{
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	struct hsm_keygen named = *wanted;
	struct hsm_found found;

	TRY(p11_find_signing(p11, &p11->uri, old->spki_sha256, &key, &found));
	if (!hsm_found_pinned(&found, old->spki_sha256))
		return p11_fail(p11, E_LATCHED,
		                "the key in use is not the one that "
		                "public_sha256 names");
	if (named.alg == ALG_COUNT)
		named.alg = found.alg;
	return p11_keygen(p11, &named, out);
}

err_t
p11_key_next(const struct hsm_key_pinned *old, const struct secret *pin,
             const struct hsm_keygen *wanted, struct buf *why,
             struct hsm_keygen_result *ret_result)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct hsm_keygen_result out = { .spki_len = 0 };

	TRY(open_token(old, pin, why, &out.token, &p11));
	TRY(p11_tell(p11, why, make_next_token_key(p11, old, wanted, &out)));
	*ret_result = out;
	return OK;
}

err_t
p11_key_prove(const struct hsm_key_pinned *key, const struct secret *pin,
              struct buf *why)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct hsm_token token;

	TRY(open_token(key, pin, why, &token, &p11));
	return p11_tell(p11, why, p11_judge(p11, &p11->uri, key->spki_sha256));
}

/* Every process that can load the module can create a public key with these
 * names, so only the pinned one counts. */
static err_t
look_for(struct p11 *p11, const uint8_t *spki_sha256,
         struct hsm_key_left *ret_left)
{
	CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
	struct hsm_found found;
	err_t err = p11_find_half(p11, &p11->uri, CKO_PRIVATE_KEY, &object);

	if (err == E_DEVICE)
		return err;
	ret_left->private_half = err != E_NOT_FOUND;
	err = p11_find_public(p11, &p11->uri, spki_sha256, &object, &found);
	if (err == E_DEVICE)
		return err;
	ret_left->public_half =
	        err == OK && hsm_found_pinned(&found, spki_sha256);
	return OK;
}

err_t
p11_key_left(const struct hsm_key_pinned *key, const struct secret *pin,
             struct buf *why, struct hsm_key_left *ret_left)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct hsm_token token;

	TRY(open_token(key, pin, why, &token, &p11));
	return p11_tell(p11, why, look_for(p11, key->spki_sha256, ret_left));
}

/* The public half is destroyed last, because it identifies the key. */
static err_t
destroy_both(struct p11 *p11, const uint8_t *spki_sha256)
{
	const struct p11_uri *uri = &p11->uri;
	CK_OBJECT_HANDLE public = CK_INVALID_HANDLE;
	CK_OBJECT_HANDLE private = CK_INVALID_HANDLE;
	struct hsm_found found;

	CK_OBJECT_HANDLE any = CK_INVALID_HANDLE;

	/* "No key" and "another key" are different answers. */
	err_t err = p11_find_half(p11, uri, CKO_PUBLIC_KEY, &any);
	if (err != OK && err != E_CONFLICT)
		return err;
	TRY(p11_find_public(p11, uri, spki_sha256, &public, &found));
	if (!hsm_found_pinned(&found, spki_sha256))
		return p11_fail(p11, E_DENIED,
		                "the key is not the retired one");
	err = p11_find_half(p11, uri, CKO_PRIVATE_KEY, &private);
	if (err == OK)
		err = P11_CALL(p11, C_DestroyObject, p11->session, private);
	if (err != OK && err != E_NOT_FOUND)
		return err;
	return P11_CALL(p11, C_DestroyObject, p11->session, public);
}

err_t
p11_key_destroy(const struct hsm_key_pinned *key, const struct secret *pin,
                struct buf *why)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct hsm_token token;

	TRY(open_token(key, pin, why, &token, &p11));
	return p11_tell(p11, why, destroy_both(p11, key->spki_sha256));
}
