/*
 * pkcs11.c - the PKCS#11 backend: the steps of opening a token.
 */
#include <string.h>

#include "hsm/pkcs11/alg.h"
#include "hsm/pkcs11/find.h"
#include "hsm/pkcs11/trust.h"

static void
pkcs11_use(void *own, unsigned key)
{
	struct p11 *p11 = own;

	p11->sign_key = p11->keys[key];
}

/* Opening a session makes a module connect if it has not done so. */
static err_t
reach_token(struct p11 *p11, const struct hsm_options *options)
{
	const struct p11_uri *uri = &p11->uri;

	TRY(p11_find_slot(p11, uri->token, uri->serial, &p11->info));
	if (*options->handle_label) /* otherwise a companion TPM has the key */
		TRY(p11_check_mechanism(p11, CKM_SHA256_HMAC, "HMAC-SHA-256"));
	return p11_open_session(p11);
}

static err_t
pkcs11_check_uri(const char *text, struct buf *why)
{
	struct p11_uri uri;

	return p11_uri_parse(text, why, &uri);
}

static err_t
pkcs11_look(const struct hsm_options *options, struct buf *why,
            struct hsm_look *ret_look)
{
	struct p11_uri uri;
	AUTO(p11_unload) struct p11 *p11 = NULL;
	CK_TOKEN_INFO info;

	TRY(p11_uri_parse(options->uri, why, &uri));
	TRY(p11_load(options, why, &p11));
	err_t err = p11_find_slot(p11, uri.token, uri.serial, &info);
	if (err == OK)
		err = p11_open_session(p11);
	if (err != OK) {
		buf_append_str(why, p11->why);
		return err;
	}
	*ret_look = (struct hsm_look){
		.told = true,
		.set = (info.flags & CKF_TOKEN_INITIALIZED) &&
		       (info.flags & CKF_USER_PIN_INITIALIZED),
		.locked = info.flags & CKF_USER_PIN_LOCKED,
		.final_try = info.flags & CKF_USER_PIN_FINAL_TRY,
	};
	return OK;
}

static err_t
pkcs11_reach(const char *text, const struct hsm_options *options,
             struct buf *why, void **ret_own)
{
	struct p11_uri uri;
	AUTO(p11_unload) struct p11 *p11 = NULL;

	TRY(p11_uri_parse(text, why, &uri));
	if (!*options->handle_label &&
	    (!options->companion_tpm || !*options->companion_tpm)) {
		buf_append_str(why, "token.handle_label is empty, but "
		                    "token.companion_tpm names no TPM that "
		                    "could have the handle key");
		return E_CONFIG;
	}
	TRY(p11_load(options, why, &p11));
	p11->uri = uri;

	err_t err = reach_token(p11, options);
	if (err != OK) {
		buf_append_str(why, p11->why);
		return err;
	}
	*ret_own = TAKE(p11);
	return OK;
}

static err_t
pkcs11_open(void *own, const struct hsm_options *options,
            const struct secret *pin, struct hsm_found *ret_found)
{
	struct p11 *p11 = own;

	p11->confined = options->reached != NULL;
	TRY(p11_login(p11, &p11->info, options, pin));
	if (options->spki_sha256)
		TRY(p11_find_signing(p11, &p11->uri, options->spki_sha256,
		                     &p11->keys[0], ret_found));
	pkcs11_use(p11, 0);
	return *options->handle_label
	               ? p11_find_handle(p11, options->handle_label)
	               : OK;
}

static err_t
parse_uri(struct p11 *p11, const char *text, struct p11_uri *ret_uri)
{
	AUTO(buf_release) struct buf why = buf_of(HSM_WHY_MAX);
	err_t err = p11_uri_parse(text, &why, ret_uri);

	return err == OK ? OK : p11_fail(p11, err, "%s", buf_str(&why));
}

static err_t
pkcs11_add(void *own, const char *text,
           const uint8_t spki_sha256[static HASH_SIZE], unsigned key,
           struct hsm_found *ret_found)
{
	struct p11 *p11 = own;
	struct p11_uri uri;

	TRY(parse_uri(p11, text, &uri));
	if (strcmp(uri.token, p11->uri.token) != 0 ||
	    strcmp(uri.serial, p11->uri.serial) != 0)
		return p11_fail(p11, E_CONFIG, "the key is in another token");
	return p11_find_signing(p11, &uri, spki_sha256, &p11->keys[key],
	                        ret_found);
}

static void
pkcs11_drop(void *own, unsigned key)
{
	struct p11 *p11 = own;

	p11->keys[key] = CK_INVALID_HANDLE;
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
	.check_uri = pkcs11_check_uri,
	.look = pkcs11_look,
	.reach = pkcs11_reach,
	.open = pkcs11_open,
	.add = pkcs11_add,
	.use = pkcs11_use,
	.drop = pkcs11_drop,
	.sign = p11_sign,
	.mac = p11_mac,
	.random = p11_random,
	.epoch = p11_epoch,
	.trust_list = p11_trust_list,
	.trust_certificate = p11_trust_certificate,
	.why = pkcs11_why,
	.close = pkcs11_close,
};
