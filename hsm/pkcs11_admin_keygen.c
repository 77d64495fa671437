/*
 * pkcs11_admin_keygen.c - the service's two keys, made in the token, for life.
 *
 * What the key holder will insist on is asked for here: sensitive, never
 * extractable, sign and nothing else.
 */
#include <stdio.h>
#include <string.h>

#include "pkcs11_admin.h"
#include "pkcs11_alg.h"
#include "pkcs11_epoch.h"

static const uint8_t params_p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
	                               0xce, 0x3d, 0x03, 0x01, 0x07 };
static const uint8_t params_p384[] = {
	0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22
};
/* PrintableString "edwards25519": PKCS#11 v3.0, and what SoftHSM reads. */
static const uint8_t params_ed25519[] = { 0x13, 0x0c, 'e', 'd', 'w', 'a', 'r',
	                                  'd',  's',  '2', '5', '5', '1', '9' };

#define RSA_BITS 3072
#define PUBLIC_MAX 8 /* attributes of a public half */

static const CK_BBOOL yes = CK_TRUE;
static const CK_BBOOL no = CK_FALSE;

/* E_CONFLICT when an object of this class has the attribute already.  Of private
 * and secret keys those count that need the PIN: anybody can make others. */
static err_t
refuse_twin(struct p11 *p11, CK_OBJECT_CLASS class, CK_ATTRIBUTE attribute,
            const char *text)
{
	bool public = class == CKO_PUBLIC_KEY;
	CK_ATTRIBUTE wanted[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		attribute,
		p11_in(CKA_PRIVATE, &yes, sizeof(yes)),
	};
	CK_OBJECT_HANDLE found[1];
	CK_ULONG n = ARRAY_LEN(found);

	TRY(p11_find(p11, wanted, ARRAY_LEN(wanted) - public, found, &n));
	return n == 0 ? OK
	              : p11_fail(p11, E_CONFLICT,
	                         "a %skey with this %s exists%s",
	                         public ? "public " : "", text,
	                         public ? "; without a private one it is a "
	                                  "stray: 'anchorctl token strays'"
	                                : "");
}

static err_t
refuse_twins(struct p11 *p11, const struct hsm_keygen *wanted)
{
	static const CK_OBJECT_CLASS classes[] = { CKO_PRIVATE_KEY,
		                                   CKO_PUBLIC_KEY };
	CK_ATTRIBUTE label =
	        p11_in(CKA_LABEL, wanted->label, strlen(wanted->label));
	CK_ATTRIBUTE id = p11_in(CKA_ID, wanted->id.data, wanted->id.len);

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		TRY(refuse_twin(p11, classes[i], label, "label"));
		TRY(refuse_twin(p11, classes[i], id, "id"));
	}
	return OK;
}

/* What the private half is, whatever its kind. */
#define PRIVATE_HALF                                       \
	p11_in(CKA_TOKEN, &yes, sizeof(yes)),              \
	        p11_in(CKA_PRIVATE, &yes, sizeof(yes)),    \
	        p11_in(CKA_MODIFIABLE, &no, sizeof(no)),   \
	        p11_in(CKA_SENSITIVE, &yes, sizeof(yes)),  \
	        p11_in(CKA_EXTRACTABLE, &no, sizeof(no)),  \
	        p11_in(CKA_SIGN, &yes, sizeof(yes)),       \
	        p11_in(CKA_SIGN_RECOVER, &no, sizeof(no)), \
	        p11_in(CKA_DECRYPT, &no, sizeof(no)),      \
	        p11_in(CKA_UNWRAP, &no, sizeof(no)),       \
	        p11_in(CKA_DERIVE, &no, sizeof(no))

/* The public half's kind: a curve, or a size and an exponent.  Gives how many
 * attributes it wrote. */
static CK_ULONG
put_kind(enum alg alg, CK_ATTRIBUTE *out)
{
	static const CK_ULONG bits = RSA_BITS;
	static const uint8_t exponent[] = { 0x01, 0x00, 0x01 };

	if (p11_alg(alg)->type == CKK_RSA) {
		out[0] = p11_in(CKA_MODULUS_BITS, &bits, sizeof(bits));
		out[1] =
		        p11_in(CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent));
		return 2;
	}
	if (alg == ALG_ED25519)
		out[0] = p11_in(CKA_EC_PARAMS, params_ed25519,
		                sizeof(params_ed25519));
	else if (alg == ALG_ES384)
		out[0] =
		        p11_in(CKA_EC_PARAMS, params_p384, sizeof(params_p384));
	else
		out[0] =
		        p11_in(CKA_EC_PARAMS, params_p256, sizeof(params_p256));
	return 1;
}

/* CKA_VERIFY and CKA_ENCRYPT of the public half are left to the token: nobody
 * uses that half there, and a module that keeps keys in a TPM takes "encrypts
 * not" for "signs not". */
static err_t
make_signing(struct p11 *p11, const struct hsm_keygen *wanted,
             CK_OBJECT_HANDLE *ret_public)
{
	static const CK_MECHANISM_TYPE pkcs1[] = { CKM_RSA_PKCS,
		                                   CKM_SHA256_RSA_PKCS };
	CK_MECHANISM keygen = { p11_alg(wanted->alg)->keygen, NULL, 0 };
	CK_ATTRIBUTE label =
	        p11_in(CKA_LABEL, wanted->label, strlen(wanted->label));
	CK_ATTRIBUTE id = p11_in(CKA_ID, wanted->id.data, wanted->id.len);
	/* What makes an RSA key one for RS256. */
	const CK_ATTRIBUTE list =
	        p11_in(CKA_ALLOWED_MECHANISMS, pkcs1, sizeof(pkcs1));
	bool listed = wanted->alg == ALG_RS256;
	CK_ATTRIBUTE public[PUBLIC_MAX] = {
		label,
		id,
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_PRIVATE, &no, sizeof(no)),
		p11_in(CKA_WRAP, &no, sizeof(no)),
	};
	CK_ATTRIBUTE private[] = { label, id, PRIVATE_HALF, list };
	CK_ULONG n = 5 + put_kind(wanted->alg, public + 5);
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;

	if (listed)
	public[n++] = list;
	return P11_CALL(p11, C_GenerateKeyPair, p11->session, &keygen, public,
	                n, private, ARRAY_LEN(private) - !listed, ret_public,
	                &key);
}

static err_t
make_handle_key(struct p11 *p11, const char *name)
{
	const CK_ULONG size = HASH_SIZE;
	const CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_MECHANISM keygen = { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE key[] = {
		p11_in(CKA_LABEL, name, strlen(name)),
		p11_in(CKA_KEY_TYPE, &type, sizeof(type)),
		p11_in(CKA_VALUE_LEN, &size, sizeof(size)),
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_PRIVATE, &yes, sizeof(yes)),
		p11_in(CKA_MODIFIABLE, &no, sizeof(no)),
		p11_in(CKA_SENSITIVE, &yes, sizeof(yes)),
		p11_in(CKA_EXTRACTABLE, &no, sizeof(no)),
		p11_in(CKA_SIGN, &yes, sizeof(yes)),
		p11_in(CKA_VERIFY, &no, sizeof(no)),
		p11_in(CKA_ENCRYPT, &no, sizeof(no)),
		p11_in(CKA_DECRYPT, &no, sizeof(no)),
		p11_in(CKA_WRAP, &no, sizeof(no)),
		p11_in(CKA_UNWRAP, &no, sizeof(no)),
		p11_in(CKA_DERIVE, &no, sizeof(no)),
	};
	CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;

	return P11_CALL(p11, C_GenerateKey, p11->session, &keygen, key,
	                ARRAY_LEN(key), &handle);
}

/* Device handles outlive signing keys: an existing key is kept. */
static err_t
ensure_handle_key(struct p11 *p11, const char *label, bool *ret_made)
{
	err_t err =
	        refuse_twin(p11, CKO_SECRET_KEY,
	                    p11_in(CKA_LABEL, label, strlen(label)), "label");

	*ret_made = err == OK;
	if (err == E_CONFLICT)
		return OK;
	TRY(err);
	err = make_handle_key(p11, label);
	if (err == E_DENIED || (err == E_LATCHED && p11->rv != CKR_OK))
		return p11_fail(p11, E_DENIED,
		                "the token makes no handle key (%s): let a TPM "
		                "beside it have that",
		                p11_rv_name(p11->rv));
	TRY(err);
	/* What the token says that it made must be there. */
	err = refuse_twin(p11, CKO_SECRET_KEY,
	                  p11_in(CKA_LABEL, label, strlen(label)), "label");
	if (err == OK)
		return p11_fail(p11, E_DEVICE, "the token kept no handle key");
	return err == E_CONFLICT ? OK : err;
}

/* A key that is kept must be one that the key holder takes, too. */
static err_t
check_handle_key(struct p11 *p11, const char *label,
                 struct hsm_keygen_result *out)
{
	TRY(p11_find_handle(p11, label));
	TRY(p11_mac(p11, bytes_of_str(HSM_HANDLE_CHECK), out->handle_check));
	out->handle_checked = true;
	return OK;
}

/* A token without room for the counter gets a TPM beside it; the key holder says
 * so when there is none. */
static err_t
ensure_epoch(struct p11 *p11)
{
	err_t err = p11_epoch_prepare(p11);

	return err == E_DENIED || (err == E_LATCHED && p11->rv != CKR_OK) ? OK
	                                                                  : err;
}

static err_t
make_uri(const struct hsm_token *token, const struct hsm_keygen *wanted,
         char *ret_uri, size_t room)
{
	AUTO(buf_release) struct buf text = buf_of(room - 1);
	struct p11_uri uri = {
		.label_len = strlen(wanted->label),
		.id_len = wanted->id.len,
	};

	snprintf(uri.token, sizeof(uri.token), "%s", token->label);
	snprintf(uri.serial, sizeof(uri.serial), "%s", token->serial);
	memcpy(uri.label, wanted->label, uri.label_len);
	memcpy(uri.id, wanted->id.data, uri.id_len);
	TRY(p11_uri_format(&uri, &text));
	snprintf(ret_uri, room, "%s", buf_str(&text));
	return buf_status(&text);
}

err_t
p11_keygen(struct p11 *p11, const struct hsm_keygen *wanted,
           struct hsm_keygen_result *out)
{
	CK_OBJECT_HANDLE public = CK_INVALID_HANDLE;
	struct hsm_found found;

	if (strlen(wanted->label) == 0 ||
	    strlen(wanted->label) > P11_LABEL_MAX || wanted->id.len == 0 ||
	    wanted->id.len > P11_ID_MAX)
		return p11_fail(p11, E_DENIED, "label or id of a wrong size");
	TRY(p11_check_mechanism(p11, p11_alg(wanted->alg)->sign,
	                        alg_jose_name(wanted->alg)));
	TRY(refuse_twins(p11, wanted));
	if (*wanted->handle_label) {
		TRY(ensure_handle_key(p11, wanted->handle_label,
		                      &out->handle_made));
		TRY(check_handle_key(p11, wanted->handle_label, out));
		TRY(ensure_epoch(p11));
	}
	TRY(make_signing(p11, wanted, &public));
	TRY(p11_read_spki(p11, public, &found));
	out->alg = wanted->alg;
	out->spki_len = found.spki_len;
	memcpy(out->spki, found.spki, found.spki_len);
	return make_uri(&out->token, wanted, out->uri, sizeof(out->uri));
}

err_t
hsm_token_keygen(const struct hsm_token_name *name, const struct secret *pin,
                 const struct hsm_keygen *wanted, struct buf *why,
                 struct hsm_keygen_result *ret_result)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	CK_TOKEN_INFO info;
	struct hsm_keygen_result out = { .spki_len = 0 };

	TRY(p11_admin_open(name, why, &info, &p11));
	p11_token_facts(&info, &out.token);
	TRY(p11_tell(p11, why, p11_admin_login(p11, &info, pin)));
	TRY(p11_tell(p11, why, p11_keygen(p11, wanted, &out)));
	*ret_result = out;
	return OK;
}
