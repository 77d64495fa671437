/*
 * pkcs11.c - the PKCS#11 backend: the order in which a token is opened.
 */
#include "pkcs11_int.h"

static err_t
open_token(struct p11 *p11, const struct hsm_options *options,
           const struct p11_uri *uri, const struct secret *pin,
           struct hsm_found *ret_found)
{
	CK_TOKEN_INFO info;

	TRY(p11_find_slot(p11, uri->token, uri->serial, &info));
	TRY(p11_check_mechanism(p11, CKM_ECDSA, "ECDSA"));
	TRY(p11_check_mechanism(p11, CKM_SHA256_HMAC, "HMAC-SHA-256"));
	TRY(p11_open_session(p11));
	TRY(p11_login(p11, &info, options, pin));
	return p11_find_keys(p11, uri, options->handle_label, ret_found);
}

static err_t
pkcs11_open(const struct hsm_options *options, const struct secret *pin,
            struct buf *why, struct hsm_found *ret_found, void **ret_own)
{
	struct p11_uri uri;
	AUTO(p11_unload) struct p11 *p11 = NULL;

	TRY(p11_uri_parse(options->uri, why, &uri));
	TRY(p11_load(options, why, &p11));

	err_t err = open_token(p11, options, &uri, pin, ret_found);
	if (err != OK) {
		buf_append_str(why, p11->why);
		return err;
	}
	*ret_own = TAKE(p11);
	return OK;
}

static const char *
pkcs11_why(const void *own)
{
	const struct p11 *p11 = own;

	return p11->why;
}

static void
pkcs11_close(void *own)
{
	p11_unload(own);
}

const struct hsm_backend hsm_pkcs11 = {
	.scheme = "pkcs11:",
	.open = pkcs11_open,
	.sign = p11_sign,
	.mac = p11_mac,
	.random = p11_random,
	.epoch = p11_epoch,
	.why = pkcs11_why,
	.close = pkcs11_close,
};
