/*
 * public.c - reads the public half of the key that a URI names.
 */
#include <string.h>

#include "hsm/pkcs11/admin/admin.h"
#include "hsm/pkcs11/alg.h"
#include "hsm/pkcs11/find.h"

/* Private keys only: everybody can create another object with these names. */
static err_t
find_privates(struct p11 *p11, const struct p11_uri *uri, CK_OBJECT_CLASS class,
              CK_OBJECT_HANDLE *found, CK_ULONG *in_out_n)
{
	const CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE wanted[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_LABEL, uri->label, uri->label_len),
		p11_in(CKA_ID, uri->id, uri->id_len),
		p11_in(CKA_PRIVATE, &yes, sizeof(yes)),
	};

	return p11_find(p11, wanted, ARRAY_LEN(wanted), found, in_out_n);
}

err_t
p11_find_half(struct p11 *p11, const struct p11_uri *uri, CK_OBJECT_CLASS class,
              CK_OBJECT_HANDLE *ret_object)
{
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n = ARRAY_LEN(found);

	TRY(class == CKO_PUBLIC_KEY
	            ? p11_find_publics(p11, uri, found, &n)
	            : find_privates(p11, uri, class, found, &n));
	if (n == 0)
		return p11_fail(p11, E_NOT_FOUND, "no such key is visible");
	if (n > 1) /* ambiguous */
		return p11_fail(p11, E_CONFLICT,
		                "two keys have this label and id; see "
		                "'anchorctl token strays'");
	*ret_object = found[0];
	return OK;
}

/* Checks whether the private key with these names signs for this public
 * half. */
static err_t
try_half(struct p11 *p11, const struct hsm_found *found,
         enum hsm_half *ret_half)
{
	err_t err = hsm_prove_sign(&hsm_pkcs11, p11, found->alg,
	                           bytes_of(found->spki, found->spki_len));

	if (err == E_DEVICE)
		return err;
	*ret_half = err == OK ? HSM_HALF_SIGNS : HSM_HALF_OTHER;
	return OK;
}

/* The algorithm of an RSA key depends on the list of mechanisms of its private
 * half, or of its public half if the private one is not visible. */
static err_t
read_halves(struct p11 *p11, const struct p11_uri *uri, bool logged_in,
            struct hsm_found *found, enum hsm_half *ret_half)
{
	CK_OBJECT_HANDLE public = CK_INVALID_HANDLE;

	TRY(p11_find_half(p11, uri, CKO_PUBLIC_KEY, &public));
	TRY(p11_read_spki(p11, public, found));
	err_t err = p11_find_half(p11, uri, CKO_PRIVATE_KEY, &p11->sign_key);
	bool there = err == OK;
	if (err != E_NOT_FOUND)
		TRY(err);
	TRY(p11_choose_alg(p11, there ? p11->sign_key : public, &found->alg));
	*ret_half = logged_in ? HSM_HALF_MISSING : HSM_HALF_UNSEEN;
	return logged_in && there ? try_half(p11, found, ret_half) : OK;
}

static err_t
read_token_public(struct p11 *p11, const struct p11_uri *uri,
                  const struct secret *pin, struct hsm_public *ret_public)
{
	enum hsm_half half = HSM_HALF_UNSEEN;
	CK_TOKEN_INFO info;
	struct hsm_found found;

	TRY(p11_admin_find_slot(p11, uri->token, uri->serial, &info));
	TRY(pin ? p11_admin_login(p11, &info, pin) : p11_open_session(p11));
	TRY(read_halves(p11, uri, pin != NULL, &found, &half));
	ret_public->alg = found.alg;
	ret_public->private_half = half;
	ret_public->spki_len = found.spki_len;
	memcpy(ret_public->spki, found.spki, found.spki_len);
	return OK;
}

err_t
p11_key_public(const struct hsm_key_name *name, const struct secret *pin,
               struct buf *why, struct hsm_public *ret_public)
{
	const struct hsm_options options = { .module = name->module };
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct p11_uri uri;

	TRY(p11_uri_parse(name->uri, why, &uri));
	TRY(p11_load(&options, why, &p11));
	return p11_tell(p11, why,
	                read_token_public(p11, &uri, pin, ret_public));
}
