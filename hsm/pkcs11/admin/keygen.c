/*
 * keygen.c - creates the service's two keys in the token.
 *
 * The key holder's requirements are requested here: sensitive, never
 * extractable, signing only.  Some tokens return OK and create something else,
 * so the result is checked as the key holder will check it, and destroyed when
 * it is refused, because it would be useless and block the next attempt.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/digest.h"
#include "hsm/pkcs11/admin/admin.h"
#include "hsm/pkcs11/alg.h"
#include "hsm/pkcs11/epoch.h"
#include "hsm/pkcs11/find.h"

#define RSA_BITS 3072
#define PUBLIC_MAX 8 /* attributes in a public template */

static const CK_BBOOL yes = CK_TRUE;
static const CK_BBOOL no = CK_FALSE;

/* E_CONFLICT if an object of this class already has the attribute.  Of private
 * and secret keys only those count that need the PIN, since anybody can create
 * others. */
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
	                         "a %skey with this %s exists already%s",
	                         public ? "public " : "", text,
	                         public ? "; if it has no private half, "
	                                  "'anchorctl token strays' removes it"
	                                : "");
}

/* Names that must be unused in these classes; an empty id is not checked. */
struct twins {
	size_t n;
	CK_OBJECT_CLASS classes[2];
	struct bytes label, id;
};

static err_t
refuse_twins(struct p11 *p11, const struct twins *t)
{
	CK_ATTRIBUTE label = p11_in(CKA_LABEL, t->label.data, t->label.len);
	CK_ATTRIBUTE id = p11_in(CKA_ID, t->id.data, t->id.len);

	for (size_t i = 0; i < t->n; i++) {
		TRY(refuse_twin(p11, t->classes[i], label, "label"));
		if (t->id.len)
			TRY(refuse_twin(p11, t->classes[i], id, "id"));
	}
	return OK;
}

static struct twins
twins_of(const struct hsm_keygen *wanted)
{
	return (struct twins){ .n = 2,
		               .classes = { CKO_PRIVATE_KEY, CKO_PUBLIC_KEY },
		               .label = bytes_of_str(wanted->label),
		               .id = wanted->id };
}

static struct twins
twins_of_handle(const char *label)
{
	return (struct twins){ .n = 1,
		               .classes = { CKO_SECRET_KEY },
		               .label = bytes_of_str(label) };
}

/* The template of every private half. */
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

/* The template that depends on the algorithm: a curve, or size and exponent.
 * Returns the number of attributes. */
static CK_ULONG
put_kind(const struct p11_key *key, CK_ATTRIBUTE *out)
{
	static const CK_ULONG bits = RSA_BITS;
	static const uint8_t exponent[] = { 0x01, 0x00, 0x01 };

	if (key->params.len > 0) {
		out[0] = p11_in(CKA_EC_PARAMS, key->params.data,
		                key->params.len);
		return 1;
	}
	out[0] = p11_in(CKA_MODULUS_BITS, &bits, sizeof(bits));
	out[1] = p11_in(CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent));
	return 2;
}

/* CKA_VERIFY and CKA_ENCRYPT of the public half are not set, because the public
 * half is not used in the token, and a module that keeps keys in a TPM treats
 * "encrypt: false" as "sign: false". */
static err_t
make_signing(struct p11 *p11, const struct hsm_keygen *wanted,
             CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
	const struct p11_alg *alg = p11_alg(wanted->alg);
	const struct p11_key *kind = p11_key(alg_key(wanted->alg));
	const CK_MECHANISM_TYPE by[] = { alg->sign, alg->hash_and_sign };
	CK_MECHANISM keygen = { kind->keygen, NULL, 0 };
	CK_ATTRIBUTE label =
	        p11_in(CKA_LABEL, wanted->label, strlen(wanted->label));
	CK_ATTRIBUTE id = p11_in(CKA_ID, wanted->id.data, wanted->id.len);
	/* Limits the key to an algorithm that is not the usual one. */
	const CK_ATTRIBUTE list =
	        p11_in(CKA_ALLOWED_MECHANISMS, by, sizeof(by));
	bool listed = wanted->alg != alg_usual(alg_key(wanted->alg));
	CK_ATTRIBUTE public[PUBLIC_MAX] = {
		label,
		id,
		p11_in(CKA_TOKEN, &yes, sizeof(yes)),
		p11_in(CKA_PRIVATE, &no, sizeof(no)),
		p11_in(CKA_WRAP, &no, sizeof(no)),
	};
	CK_ATTRIBUTE private[] = { label, id, PRIVATE_HALF, list };
	CK_ULONG n = 5 + put_kind(kind, public + 5);

	if (listed)
	public[n++] = list;
	return P11_CALL(p11, C_GenerateKeyPair, p11->session, &keygen, public,
	                n, private, ARRAY_LEN(private) - !listed, ret_public,
	                ret_private);
}

/* --- removal of a refused key --------------------------------------------- */

/* Reports the cause and what became of the key, by the token's answer and by a
 * search.  CK_INVALID_HANDLE: there is no object. */
static err_t
undo_keygen(struct p11 *p11, const CK_OBJECT_HANDLE objects[static 2],
            const struct twins *twins, err_t err)
{
	char why[HSM_WHY_MAX], kept[HSM_WHY_MAX] = "";

	memcpy(why, p11->why, sizeof(why));
	for (size_t i = 0; i < 2; i++) {
		if (objects[i] == CK_INVALID_HANDLE)
			continue;
		if (P11_CALL(p11, C_DestroyObject, p11->session, objects[i]) !=
		    OK)
			memcpy(kept, p11->why, sizeof(kept));
	}
	if (!*kept && refuse_twins(p11, twins) != OK)
		memcpy(kept, p11->why, sizeof(kept));
	return p11_fail(
	        p11, err,
	        "the service would refuse the new key: %.110s; %s%.70s", why,
	        *kept ? "it is still in the token: " : "it was removed", kept);
}

/* --- the handle key ------------------------------------------------------- */

static err_t
make_handle_key(struct p11 *p11, const char *name, CK_OBJECT_HANDLE *ret_key)
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

	return P11_CALL(p11, C_GenerateKey, p11->session, &keygen, key,
	                ARRAY_LEN(key), ret_key);
}

/* Device handles outlive signing keys, so an existing handle key is kept and
 * CK_INVALID_HANDLE is returned. */
static err_t
ensure_handle_key(struct p11 *p11, const char *label,
                  CK_OBJECT_HANDLE *ret_made)
{
	const struct twins twins = twins_of_handle(label);
	err_t err = refuse_twins(p11, &twins);

	*ret_made = CK_INVALID_HANDLE;
	if (err == E_CONFLICT)
		return OK;
	TRY(err);
	err = make_handle_key(p11, label, ret_made);
	if (err == E_DENIED || (err == E_LATCHED && p11->rv != CKR_OK))
		return p11_fail(p11, E_DENIED,
		                "the token cannot create the handle key (%s); "
		                "a TPM beside it can keep that key",
		                p11_rv_name(p11->rv));
	TRY(err);
	/* The objects that the token reports as created must exist. */
	err = refuse_twins(p11, &twins);
	if (err == OK)
		return p11_fail(p11, E_DEVICE,
		                "the token returned OK but created no handle "
		                "key");
	return err == E_CONFLICT ? OK : err;
}

static err_t
use_handle_key(struct p11 *p11, const char *label,
               struct hsm_keygen_result *out)
{
	TRY(p11_find_handle(p11, label));
	return p11_mac(p11, bytes_of_str(HSM_HANDLE_CHECK), out->handle_check);
}

/* An existing key must satisfy the key holder, too. */
static err_t
take_handle_key(struct p11 *p11, const char *label,
                struct hsm_keygen_result *out)
{
	CK_OBJECT_HANDLE made[2] = { CK_INVALID_HANDLE, CK_INVALID_HANDLE };
	const struct twins twins = twins_of_handle(label);

	TRY(ensure_handle_key(p11, label, &made[0]));
	out->handle_made = made[0] != CK_INVALID_HANDLE;
	err_t err = use_handle_key(p11, label, out);
	if (err != OK && out->handle_made)
		return undo_keygen(p11, made, &twins, err);
	out->handle_checked = err == OK;
	return err;
}

/* A token without room for the counter needs a companion TPM; the key holder
 * reports a missing one. */
static err_t
ensure_epoch(struct p11 *p11)
{
	err_t err = p11_epoch_prepare(p11);

	return err == E_DENIED || (err == E_LATCHED && p11->rv != CKR_OK) ? OK
	                                                                  : err;
}

static struct p11_uri
uri_of(const struct hsm_token *token, const struct hsm_keygen *wanted)
{
	struct p11_uri uri = {
		.label_len = strlen(wanted->label),
		.id_len = wanted->id.len,
	};

	snprintf(uri.token, sizeof(uri.token), "%s", token->label);
	snprintf(uri.serial, sizeof(uri.serial), "%s", token->serial);
	memcpy(uri.label, wanted->label, uri.label_len);
	memcpy(uri.id, wanted->id.data, uri.id_len);
	return uri;
}

/* Describes the new key in the result, if the service would accept it. */
static err_t
take_signing(struct p11 *p11, const struct hsm_keygen *wanted,
             CK_OBJECT_HANDLE public, struct hsm_keygen_result *out)
{
	const struct p11_uri uri = uri_of(&out->token, wanted);
	AUTO(buf_release) struct buf text = buf_of(sizeof(out->uri) - 1);
	uint8_t sha256[HASH_SIZE];
	struct hsm_found found;

	TRY(p11_read_spki(p11, public, &found));
	digest_sha256(bytes_of(found.spki, found.spki_len), sha256);
	TRY(p11_judge(p11, &uri, sha256));
	out->alg = wanted->alg;
	out->spki_len = found.spki_len;
	memcpy(out->spki, found.spki, found.spki_len);
	TRY(p11_uri_format(&uri, &text));
	snprintf(out->uri, sizeof(out->uri), "%s", buf_str(&text));
	return OK;
}

err_t
p11_keygen(struct p11 *p11, const struct hsm_keygen *wanted,
           struct hsm_keygen_result *out)
{
	const struct twins twins = twins_of(wanted);
	CK_OBJECT_HANDLE made[2] = { CK_INVALID_HANDLE, CK_INVALID_HANDLE };

	if (strlen(wanted->label) == 0 ||
	    strlen(wanted->label) > P11_LABEL_MAX || wanted->id.len == 0 ||
	    wanted->id.len > P11_ID_MAX)
		return p11_fail(p11, E_DENIED,
		                "a label needs 1 to %d bytes and an id 1 to %d",
		                P11_LABEL_MAX, P11_ID_MAX);
	TRY(p11_check_mechanism(p11, p11_alg(wanted->alg)->sign,
	                        alg_jose_name(wanted->alg)));
	TRY(refuse_twins(p11, &twins));
	if (*wanted->handle_label) {
		TRY(take_handle_key(p11, wanted->handle_label, out));
		TRY(ensure_epoch(p11));
	}
	TRY(make_signing(p11, wanted, &made[0], &made[1]));
	err_t err = take_signing(p11, wanted, made[0], out);
	return err == OK ? OK : undo_keygen(p11, made, &twins, err);
}

err_t
p11_token_keygen(const struct hsm_token_name *name, const struct secret *pin,
                 const struct hsm_keygen *wanted, struct buf *why,
                 struct hsm_keygen_result *ret_result)
{
	AUTO(p11_unload) struct p11 *p11 = NULL;
	CK_TOKEN_INFO info;
	struct hsm_keygen_result out = { .spki_len = 0 };

	if (wanted->companion || wanted->lockout_off) {
		buf_append_str(why, "--beside and --lockout-off are for a TPM "
		                    "only");
		return E_DENIED;
	}
	TRY(p11_admin_open(name, why, &info, &p11));
	p11_token_facts(&info, &out.token);
	TRY(p11_tell(p11, why, p11_admin_login(p11, &info, pin)));
	TRY(p11_tell(p11, why, p11_keygen(p11, wanted, &out)));
	*ret_result = out;
	return OK;
}
