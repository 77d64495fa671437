/*
 * jwk_confirm.c - see confirmation.h.
 */
#include <string.h>

#include <openssl/evp.h>

#include "crypto/codec/json_auto.h"
#include "crypto/keys/confirmation.h"
#include "crypto/keys/keyring_int.h"

err_t
confirmation_set(struct confirmation *ret, struct bytes spki, enum alg *ret_alg)
{
	char jkt[KID_SIZE];

	if (spki.len > sizeof(ret->spki))
		return E_MALFORMED;
	TRY(key_identify(spki, ret_alg, jkt));
	memcpy(ret->spki, spki.data, spki.len);
	ret->len = spki.len;
	return OK;
}

err_t
confirmation_json(struct bytes spki, json_t **ret_cnf)
{
	struct key_numbers numbers;
	char jkt[KID_SIZE];
	EVP_PKEY *pkey = NULL;

	if (spki.len > CONFIRMATION_MAX)
		return E_MALFORMED;
	TRY(key_of_spki(spki, &numbers, &pkey));
	EVP_PKEY_free(pkey);
	TRY(key_thumbprint(&numbers, jkt));
	bool whole = numbers.kind->crv != NULL;
	AUTO(json_decref) json_t *cnf = json_object();
	bool good = cnf && (whole ? json_put(cnf, "jwk", key_to_json(&numbers))
	                          : json_put(cnf, "jkt", json_string(jkt)));
	if (!good)
		return E_NOMEM;
	*ret_cnf = TAKE(cnf);
	return OK;
}

err_t
confirmation_of_jwk(const json_t *jwk, struct buf *spki,
                    char ret_jkt[static KID_SIZE])
{
	struct key_numbers numbers;
	enum alg alg = ALG_COUNT;
	const char *kty = json_text(jwk, "kty");
	AUTO(buf_release) struct buf der = buf_of(KEY_SPKI_MAX);

	if (jwk_is_secret(jwk))
		return E_DENIED;
	const struct key_kind *kind =
	        kty ? key_kind_find(kty, json_text(jwk, "crv")) : NULL;
	if (!kind)
		return E_MALFORMED;
	TRY(jwk_numbers(jwk, kind, &numbers));
	TRY(key_to_spki(&numbers, &der));
	TRY(key_identify(buf_bytes(&der), &alg, ret_jkt));
	buf_append(spki, buf_bytes(&der));
	return buf_status(spki);
}

err_t
confirmation_of_cnf(const json_t *cnf, char ret_jkt[static KID_SIZE])
{
	const json_t *jwk = json_object_get(cnf, "jwk");
	const char *jkt = json_text(cnf, "jkt");
	AUTO(buf_release) struct buf spki = buf_of(KEY_SPKI_MAX);

	if (json_object_size(cnf) != 1 ||
	    (!jwk && (!jkt || strlen(jkt) != KID_SIZE - 1)))
		return E_MALFORMED;
	if (jwk) {
		err_t err = confirmation_of_jwk(jwk, &spki, ret_jkt);

		return err == E_DENIED ? E_MALFORMED : err;
	}
	memcpy(ret_jkt, jkt, KID_SIZE);
	return OK;
}
