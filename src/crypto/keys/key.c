/*
 * key.c - algorithm and thumbprint of one public key.
 */
#include <string.h>

#include <openssl/evp.h>

#include "base/auto.h"
#include "crypto/digest.h"
#include "crypto/codec/json_auto.h"
#include "crypto/keys/keyring_int.h"

#define JWK_MAX 2048 /* characters of one thumbprint input */

/* Contains the required members only, which RFC 7638 section 3.2 hashes. */
json_t *
key_to_json(const struct key_numbers *n)
{
	bool rsa = !n->kind->crv;
	struct bytes a = bytes_of(n->a, n->a_len);
	struct bytes b = bytes_of(n->b, n->b_len);

	AUTO(json_decref) json_t *jwk = json_object();
	bool good = jwk && json_put(jwk, "kty", json_string(n->kind->kty)) &&
	            json_put(jwk, rsa ? "n" : "x", json_base64url(a));
	if (good && !rsa)
		good = json_put(jwk, "crv", json_string(n->kind->crv));
	if (good && n->kind->has_y)
		good = json_put(jwk, rsa ? "e" : "y", json_base64url(b));
	return good ? TAKE(jwk) : NULL;
}

err_t
key_thumbprint(const struct key_numbers *numbers, char ret_kid[static KID_SIZE])
{
	uint8_t digest[HASH_SIZE];
	AUTO(buf_release) struct buf text = buf_of(JWK_MAX);

	AUTO(json_decref) json_t *jwk = key_to_json(numbers);
	if (!jwk)
		return E_NOMEM;
	TRY(json_dump_to(jwk, &text));
	digest_sha256(buf_bytes(&text), digest);

	buf_reset(&text);
	encode_base64url(&text, bytes_of(digest, sizeof(digest)));
	TRY(buf_status(&text));
	memcpy(ret_kid, buf_str(&text), KID_SIZE);
	return OK;
}

/* PS256 and RS256 fit an RSA key; pins file and JWK name one of them. */
bool
key_alg_fits(const struct key_kind *kind, enum alg alg)
{
	return alg < ALG_COUNT && alg_key(alg) == kind->key;
}

err_t
key_identify(struct bytes spki, enum alg *ret_alg,
             char ret_kid[static KID_SIZE])
{
	struct key_numbers numbers;
	EVP_PKEY *pkey = NULL;

	TRY(key_of_spki(spki, &numbers, &pkey));
	EVP_PKEY_free(pkey);
	TRY(key_thumbprint(&numbers, ret_kid));
	*ret_alg = alg_usual(numbers.kind->key);
	return OK;
}

err_t
key_describe(struct bytes spki, enum alg alg, struct key *ret_key)
{
	struct key key = { .alg = alg };
	EVP_PKEY *pkey = NULL;

	TRY(key_of_spki(spki, &key.numbers, &pkey));
	EVP_PKEY_free(pkey);
	TRY(key_thumbprint(&key.numbers, key.kid));
	if (!key_alg_fits(key.numbers.kind, alg))
		return E_DENIED;
	*ret_key = key;
	return OK;
}
