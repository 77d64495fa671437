/*
 * client_signer.c - see client_signer.h; provider-signature(7), provider-keymgmt(7).
 */
#include "provisioning/anchorctl/client_signer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "crypto/ecdsa.h"

#define SIGNATURE_MAX 256      /* bytes: none is of RSA */
#define KEY_PARAM "signer"     /* hands a struct client_signer over */
#define PROVIDER_NAME "signer" /* in a library context of its own */

struct client_signer {
	struct client_signer_key key; /* spki is not kept */
	EVP_PKEY *public;
	OSSL_LIB_CTX *library;
	OSSL_PROVIDER *provider;
	EVP_PKEY *private;
};

/* What the provider has for a key: the one that signs, or the public half of
 * another one, which is compared with it. */
struct slot {
	const char *type;
	struct client_signer *signer; /* or NULL */
	EVP_PKEY *public;
};

/* --- signatures ------------------------------------------------------------ */

/* X.509 and TLS have ECDSA signatures in DER (RFC 8446 section 4.2.3). */
static err_t
make_signature(struct client_signer *s, struct bytes message, struct buf *out)
{
	AUTO(buf_release) struct buf raw = buf_of(SIGNATURE_MAX);

	TRY(s->key.sign(s->key.user, message, &raw));
	if (alg_form(s->key.alg) == ALG_FORM_ECDSA)
		return ecdsa_to_der(buf_bytes(&raw), out);
	buf_append(out, buf_bytes(&raw));
	return buf_status(out);
}

struct signing {
	struct client_signer *signer;
};

static void *
signing_new(void *context, const char *properties)
{
	(void)context;
	(void)properties;
	return calloc(1, sizeof(struct signing));
}

static void
signing_free(void *signing)
{
	free(signing);
}

/* A key with a digest of its own signs by no other one. */
static bool
is_digest_of(enum alg alg, const char *name)
{
	const char *wanted = alg_digest_name(alg);
	EVP_MD *digest;
	bool same;

	if (!name || !*name || !wanted)
		return (!name || !*name) && !wanted;
	digest = EVP_MD_fetch(NULL, name, NULL);
	same = digest && EVP_MD_is_a(digest, wanted);
	EVP_MD_free(digest);
	return same;
}

static int
signing_begin(void *signing, const char *digest, void *slot,
              const OSSL_PARAM params[])
{
	struct signing *s = signing;

	(void)params;
	if (slot)
		s->signer = ((struct slot *)slot)->signer;
	return s->signer && is_digest_of(s->signer->key.alg, digest);
}

/* Parameters are those of provider-signature(7). */
static int
signing_do(void *signing, unsigned char *sig, size_t *siglen, size_t sigsize,
           const unsigned char *tbs, size_t tbslen)
{
	AUTO(buf_release) struct buf made = buf_of(SIGNATURE_MAX);
	struct client_signer *s = ((struct signing *)signing)->signer;

	if (!sig) {
		*siglen = (size_t)EVP_PKEY_get_size(s->public);
		return 1;
	}
	/* A PKCS#11 module may use libcrypto, and leave errors that are not
	 * TLS's. */
	(void)ERR_set_mark();
	err_t err = make_signature(s, bytes_of(tbs, tbslen), &made);
	(void)ERR_pop_to_mark();
	if (err != OK || made.len > sigsize)
		return 0;
	memcpy(sig, made.data, made.len);
	*siglen = made.len;
	return 1;
}

/* --- the key --------------------------------------------------------------- */

static void *
slot_new(const char *type)
{
	struct slot *slot = calloc(1, sizeof(*slot));

	if (slot)
		slot->type = type;
	return slot;
}

static void *
ec_slot_new(void *context)
{
	(void)context;
	return slot_new("EC");
}

static void *
ed25519_slot_new(void *context)
{
	(void)context;
	return slot_new("ED25519");
}

static void
slot_free(void *slot)
{
	if (slot)
		EVP_PKEY_free(((struct slot *)slot)->public);
	free(slot);
}

static int
slot_has(const void *slot, int selection)
{
	const struct slot *s = slot;
	bool private = selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY;

	return private ? s->signer != NULL : s->public != NULL;
}

/* The public half of a certificate, which libssl compares with the key. */
static int
import_public(struct slot *slot, const OSSL_PARAM params[])
{
	EVP_PKEY_CTX *maker =
	        EVP_PKEY_CTX_new_from_name(NULL, slot->type, NULL);
	/* libcrypto only reads them. */
	OSSL_PARAM *copy = OSSL_PARAM_dup(params);
	bool made = maker && copy && EVP_PKEY_fromdata_init(maker) == 1 &&
	            EVP_PKEY_fromdata(maker, &slot->public, EVP_PKEY_PUBLIC_KEY,
	                              copy) == 1;

	OSSL_PARAM_free(copy);
	EVP_PKEY_CTX_free(maker);
	return made;
}

static int
slot_import(void *slot, int selection, const OSSL_PARAM params[])
{
	const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, KEY_PARAM);
	struct slot *s = slot;
	const void *signer = NULL;

	(void)selection;
	if (!p)
		return import_public(s, params);
	if (OSSL_PARAM_get_octet_ptr(p, &signer, NULL) != 1 || !signer)
		return 0;
	memcpy(&s->signer, &signer, sizeof(signer));
	s->public = s->signer->public;
	return EVP_PKEY_up_ref(s->public);
}

static int
slot_match(const void *one, const void *other, int selection)
{
	const struct slot *a = one, *b = other;

	(void)selection;
	return a->public && b->public && EVP_PKEY_eq(a->public, b->public) == 1;
}

static const OSSL_PARAM *
slot_types(int selection)
{
	static const OSSL_PARAM types[] = {
		OSSL_PARAM_octet_ptr(KEY_PARAM, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)selection;
	return types;
}

static int
slot_get(void *slot, OSSL_PARAM params[])
{
	return EVP_PKEY_get_params(((struct slot *)slot)->public, params);
}

static const OSSL_PARAM *
slot_gettable(void *context)
{
	static const OSSL_PARAM known[] = {
		OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)context;
	return known;
}

static const char *
ec_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

/* --- the provider ---------------------------------------------------------- */

#define CALL(id, function)                     \
	{                                      \
		id, (void (*)(void))(function) \
	}
/* No export: the private half has no bytes here. */
#define CALLS_OF_KEY                                              \
	CALL(OSSL_FUNC_KEYMGMT_FREE, slot_free),                  \
	        CALL(OSSL_FUNC_KEYMGMT_HAS, slot_has),            \
	        CALL(OSSL_FUNC_KEYMGMT_MATCH, slot_match),        \
	        CALL(OSSL_FUNC_KEYMGMT_IMPORT, slot_import),      \
	        CALL(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, slot_types), \
	        CALL(OSSL_FUNC_KEYMGMT_GET_PARAMS, slot_get),     \
	        CALL(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, slot_gettable)

static const OSSL_DISPATCH ec_calls[] = {
	CALL(OSSL_FUNC_KEYMGMT_NEW, ec_slot_new),
	CALLS_OF_KEY,
	CALL(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_operation),
	{ 0, NULL },
};
static const OSSL_DISPATCH ed25519_calls[] = {
	CALL(OSSL_FUNC_KEYMGMT_NEW, ed25519_slot_new),
	CALLS_OF_KEY,
	{ 0, NULL },
};
static const OSSL_DISPATCH signing_calls[] = {
	CALL(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
	CALL(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
	CALL(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signing_begin),
	CALL(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signing_do),
	{ 0, NULL },
};

static const OSSL_ALGORITHM *
query_signer_algorithms(void *context, int operation, int *no_cache)
{
	static const char provider[] = "provider=" PROVIDER_NAME;
	static const OSSL_ALGORITHM keys[] = {
		{ "EC:id-ecPublicKey", provider, ec_calls, "" },
		{ "ED25519", provider, ed25519_calls, "" },
		{ NULL, NULL, NULL, NULL },
	};
	static const OSSL_ALGORITHM signatures[] = {
		{ "ECDSA", provider, signing_calls, "" },
		{ "ED25519", provider, signing_calls, "" },
		{ NULL, NULL, NULL, NULL },
	};

	(void)context;
	*no_cache = 0;
	if (operation == OSSL_OP_KEYMGMT)
		return keys;
	return operation == OSSL_OP_SIGNATURE ? signatures : NULL;
}

static int
start_signer_provider(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                      const OSSL_DISPATCH **ret_out, void **ret_context)
{
	static const OSSL_DISPATCH offered[] = {
		CALL(OSSL_FUNC_PROVIDER_QUERY_OPERATION,
		     query_signer_algorithms),
		{ 0, NULL },
	};

	(void)handle;
	(void)in;
	*ret_out = offered;
	*ret_context = NULL;
	return 1;
}

static bool
make_private(struct client_signer *s)
{
	const char *type = EVP_PKEY_get0_type_name(s->public);
	void *self = s;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_ptr(KEY_PARAM, &self, sizeof(*s)),
		OSSL_PARAM_construct_end(),
	};

	s->library = OSSL_LIB_CTX_new();
	if (!s->library ||
	    OSSL_PROVIDER_add_builtin(s->library, PROVIDER_NAME,
	                              start_signer_provider) != 1)
		return false;
	s->provider = OSSL_PROVIDER_load(s->library, PROVIDER_NAME);
	if (!s->provider)
		return false;
	EVP_PKEY_CTX *maker =
	        EVP_PKEY_CTX_new_from_name(s->library, type, NULL);
	bool made = maker && EVP_PKEY_fromdata_init(maker) == 1 &&
	            EVP_PKEY_fromdata(maker, &s->private, EVP_PKEY_KEYPAIR,
	                              params) == 1;
	EVP_PKEY_CTX_free(maker);
	return made;
}

/* --- its interface --------------------------------------------------------- */

err_t
client_signer_make(const struct client_signer_key *key,
                   struct client_signer **ret_signer)
{
	AUTO(client_signer_free)
	struct client_signer *s = calloc(1, sizeof(*s));
	const unsigned char *at = key->spki.data;

	if (!s)
		return E_NOMEM;
	if (alg_key(key->alg) == ALG_KEY_RSA)
		return E_DENIED;
	s->key = *key;
	s->key.spki = bytes_of(NULL, 0);
	s->public = d2i_PUBKEY(NULL, &at, (long)key->spki.len);
	if (!s->public || !make_private(s))
		return E_MALFORMED;
	*ret_signer = TAKE(s);
	return OK;
}

struct evp_pkey_st *
client_signer_pkey(struct client_signer *signer)
{
	return signer->private;
}

void
client_signer_free(struct client_signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->private);
	EVP_PKEY_free(signer->public);
	if (signer->provider)
		(void)OSSL_PROVIDER_unload(signer->provider);
	OSSL_LIB_CTX_free(signer->library);
	free(signer);
}
