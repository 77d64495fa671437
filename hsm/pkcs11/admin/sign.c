/*
 * sign.c - hsm/admin/sign.h on a PKCS#11 token: an officer's key.
 *
 * It is no key of the service: none of the key holder's rules about it holds
 * here, and it may want the PIN for each signature.
 */
#include <string.h>

#include "base/secret.h"
#include "crypto/digest.h"
#include "hsm/pkcs11/admin/admin.h"
#include "hsm/pkcs11/alg.h"

static err_t
find_officer_key(struct p11 *p11, const struct p11_uri *uri,
                 struct hsm_found *ret_found)
{
	CK_OBJECT_HANDLE public = CK_INVALID_HANDLE;

	TRY(p11_find_half(p11, uri, CKO_PUBLIC_KEY, &public));
	TRY(p11_read_spki(p11, public, ret_found));
	return p11_find_half(p11, uri, CKO_PRIVATE_KEY, &p11->sign_key);
}

/* RFC 8017 section 9.2, note 1; the service's own algorithms have no SHA-512. */
static const uint8_t sha512_info[] = { 0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60,
	                               0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
	                               0x03, 0x05, 0x00, 0x04, 0x40 };
#define TO_SIGN_MAX (sizeof(sha512_info) + SHA512_SIZE)

/* What the token pads and signs; the message itself for Ed25519. */
static struct bytes
bytes_to_sign(enum alg alg, struct bytes message,
              uint8_t space[static TO_SIGN_MAX])
{
	if (alg_key(alg) != ALG_KEY_RSA) {
		size_t len = digest_of_alg(alg, message, space);

		return len ? bytes_of(space, len) : message;
	}
	memcpy(space, sha512_info, sizeof(sha512_info));
	digest_sha512(message, space + sizeof(sha512_info));
	return bytes_of(space, TO_SIGN_MAX);
}

static err_t
sign_message(struct p11 *p11, enum alg alg, struct bytes message,
             const struct secret *pin, struct hsm_signed *out)
{
	bool rsa = alg_key(alg) == ALG_KEY_RSA;
	CK_MECHANISM by = { rsa ? CKM_RSA_PKCS : p11_alg(alg)->sign, NULL, 0 };
	CK_ULONG len = sizeof(out->bytes);
	uint8_t space[TO_SIGN_MAX];
	struct bytes in = bytes_to_sign(alg, message, space);
	bool asks = false;

	TRY(p11_read_bool(p11, p11->sign_key, CKA_ALWAYS_AUTHENTICATE, false,
	                  &asks));
	TRY(P11_CALL(p11, C_SignInit, p11->session, &by, p11->sign_key));
	if (asks) { /* PKCS#11 v3.1 section 5.6.8 (C_Login) */
		struct bytes again =
		        pin ? secret_bytes(pin) : bytes_of(NULL, 0);

		TRY(P11_CALL(p11, C_Login, p11->session, CKU_CONTEXT_SPECIFIC,
		             p11_unconst(again), again.len));
	}
	TRY(P11_CALL(p11, C_Sign, p11->session, p11_unconst(in), in.len,
	             out->bytes, &len));
	if (len > sizeof(out->bytes))
		return p11_fail(p11, E_DEVICE, "C_Sign: %lu bytes", len);
	out->len = len;
	return OK;
}

/* What a module answers when its card was pulled out differs (OpenSC:
 * CKR_GENERAL_ERROR), so a person is told what it may mean. */
static err_t
tell_not_signed(struct p11 *p11)
{
	char cause[sizeof(p11->why)];

	memcpy(cause, p11->why, sizeof(cause));
	return p11_fail(p11, E_DEVICE,
	                "nothing was signed: the token failed or was removed "
	                "(%s)",
	                cause);
}

static err_t
sign_by_uri(struct p11 *p11, const struct p11_uri *uri,
            const struct secret *pin, struct bytes message,
            struct hsm_signed *out)
{
	CK_TOKEN_INFO info;
	struct hsm_found found;

	TRY(p11_admin_find_slot(p11, uri->token, uri->serial, &info));
	TRY(p11_admin_login(p11, &info, pin));
	TRY(find_officer_key(p11, uri, &found));
	err_t err = sign_message(p11, found.alg, message, pin, out);
	return err == E_DEVICE ? tell_not_signed(p11) : err;
}

err_t
p11_officer_sign(const struct hsm_key_name *name, const struct secret *pin,
                 struct bytes message, struct buf *why,
                 struct hsm_signed *ret_signed)
{
	const struct hsm_options options = { .module = name->module };
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct hsm_signed out = { .len = 0 };
	struct p11_uri uri;

	TRY(p11_uri_parse(name->uri, why, &uri));
	TRY(p11_load(&options, why, &p11));
	TRY(p11_tell(p11, why, sign_by_uri(p11, &uri, pin, message, &out)));
	*ret_signed = out;
	return OK;
}
