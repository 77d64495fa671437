/*
 * pkcs11_admin_next.c - see hsm_next.h.
 */
#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "encode.h"
#include "hsm_next.h"
#include "pkcs11_admin.h"

static const char scheme[] = "pkcs11:";

static err_t
parse(const char *text, struct buf *why, struct p11_uri *ret_uri)
{
	if (strncmp(text, scheme, strlen(scheme)) != 0) {
		buf_append_str(why, "only keys of a PKCS#11 token");
		return E_CONFIG;
	}
	return p11_uri_parse(text, why, ret_uri);
}

err_t
hsm_key_place(const char *text, struct buf *why,
              struct hsm_key_place *ret_place)
{
	AUTO(buf_release) struct buf id = buf_of(HSM_ID_TEXT_MAX);
	struct hsm_key_place out;
	struct p11_uri uri;

	TRY(parse(text, why, &uri));
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

/* The token of that key, logged in. */
static err_t
open_token(const struct hsm_key_pinned *key, const struct secret *pin,
           struct buf *why, struct hsm_token *ret_token, struct p11 **ret_p11)
{
	struct p11_uri uri;
	AUTO(p11_unload) struct p11 *p11 = NULL;
	CK_TOKEN_INFO info;

	TRY(parse(key->uri, why, &uri));
	const struct hsm_token_name name = { key->module, uri.token,
		                             uri.serial };
	TRY(p11_admin_open(&name, why, &info, &p11));
	p11->uri = uri;
	p11_token_facts(&info, ret_token);
	TRY(p11_tell(p11, why, p11_admin_login(p11, &info, pin)));
	*ret_p11 = TAKE(p11);
	return OK;
}

static bool
is_pinned(const struct hsm_found *found, const uint8_t *spki_sha256)
{
	uint8_t hash[HASH_SIZE];

	digest_sha256(bytes_of(found->spki, found->spki_len), hash);
	return memcmp(hash, spki_sha256, sizeof(hash)) == 0;
}

static err_t
make_next(struct p11 *p11, const struct hsm_key_pinned *old,
          const struct hsm_keygen *wanted, struct hsm_keygen_result *out)
{
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	struct hsm_keygen next = *wanted;
	struct hsm_found found;

	TRY(p11_find_signing(p11, &p11->uri, &key, &found));
	if (!is_pinned(&found, old->spki_sha256))
		return p11_fail(p11, E_LATCHED,
		                "the key in use is not the one in "
		                "public_sha256");
	if (next.alg == ALG_COUNT)
		next.alg = found.alg;
	return p11_keygen(p11, &next, out);
}

err_t
hsm_key_next(const struct hsm_key_pinned *old, const struct secret *pin,
             const struct hsm_keygen *wanted, struct buf *why,
             struct hsm_keygen_result *ret_result)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct hsm_keygen_result out = { .spki_len = 0 };

	TRY(open_token(old, pin, why, &out.token, &p11));
	TRY(p11_tell(p11, why, make_next(p11, old, wanted, &out)));
	*ret_result = out;
	return OK;
}

/* The public half goes last: it is what says which key this is. */
static err_t
destroy(struct p11 *p11, const uint8_t *spki_sha256)
{
	const struct p11_uri *uri = &p11->uri;
	CK_OBJECT_HANDLE public = CK_INVALID_HANDLE;
	CK_OBJECT_HANDLE private = CK_INVALID_HANDLE;
	struct hsm_found found;

	TRY(p11_find_half(p11, uri, CKO_PUBLIC_KEY, &public));
	TRY(p11_read_spki(p11, public, &found));
	if (!is_pinned(&found, spki_sha256))
		return p11_fail(p11, E_DENIED,
		                "another key than the retired one");
	err_t err = p11_find_half(p11, uri, CKO_PRIVATE_KEY, &private);
	if (err == OK)
		err = P11_CALL(p11, C_DestroyObject, p11->session, private);
	if (err != OK && err != E_NOT_FOUND)
		return err;
	return P11_CALL(p11, C_DestroyObject, p11->session, public);
}

err_t
hsm_key_destroy(const struct hsm_key_pinned *key, const struct secret *pin,
                struct buf *why)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	struct hsm_token token;

	TRY(open_token(key, pin, why, &token, &p11));
	return p11_tell(p11, why, destroy(p11, key->spki_sha256));
}
