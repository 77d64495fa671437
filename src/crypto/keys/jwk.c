/*
 * jwk.c - writes and reads JSON Web Keys and JWK Sets (RFC 7517).
 */
#include <string.h>

#include "crypto/codec/json_auto.h"
#include "crypto/keys/keyring_int.h"

static json_t *
jwk_entry_json(const struct key *key)
{
	AUTO(json_decref) json_t *jwk = key_to_json(&key->numbers);

	bool good = jwk && json_put(jwk, "kid", json_string(key->kid)) &&
	            json_put(jwk, "use", json_string("sig")) &&
	            json_put(jwk, "alg", json_string(alg_jose_name(key->alg)));
	return good ? TAKE(jwk) : NULL;
}

err_t
key_to_jwk(struct bytes spki, enum alg alg, struct buf *out)
{
	struct key key;

	TRY(key_describe(spki, alg, &key));
	AUTO(json_decref) json_t *jwk = jwk_entry_json(&key);
	return jwk ? json_dump_to(jwk, out) : E_NOMEM;
}

err_t
keyring_to_jwks(const struct keyring *ring, struct buf *out)
{
	AUTO(json_decref) json_t *set = json_object();
	json_t *keys = json_array(); /* json_put() gives it to set */

	if (!set || !json_put(set, "keys", keys))
		return E_NOMEM;
	for (size_t i = 0; i < keyring_count(ring); i++)
		if (json_array_append_new(keys,
		                          jwk_entry_json(keyring_at(ring, i))))
			return E_NOMEM;
	return json_dump_to(set, out);
}

/* --- reading -------------------------------------------------------------- */

/* Members that only a private or symmetric key has (RFC 7518 sections 6.2.2,
 * 6.3.2 and 6.4). */
static const char *const private_members[] = {
	"d", "p", "q", "dp", "dq", "qi", "oth", "k",
};

static err_t
read_jwk_number(const json_t *jwk, const char *name, size_t room, uint8_t *out,
                size_t *ret_len)
{
	const char *text = json_text(jwk, name);
	AUTO(buf_release) struct buf number = buf_of(room);

	if (!text || decode_base64url(&number, bytes_of_str(text)) != OK ||
	    number.len == 0)
		return E_MALFORMED;
	memcpy(out, number.data, number.len);
	*ret_len = number.len;
	return OK;
}

err_t
jwk_numbers(const json_t *jwk, const struct key_kind *kind,
            struct key_numbers *n)
{
	*n = (struct key_numbers){ .kind = kind };
	bool rsa = !n->kind->crv;

	TRY(read_jwk_number(jwk, rsa ? "n" : "x", sizeof(n->a), n->a,
	                    &n->a_len));
	if (n->kind->has_y)
		TRY(read_jwk_number(jwk, rsa ? "e" : "y", sizeof(n->b), n->b,
		                    &n->b_len));

	if (rsa) /* RFC 7518 section 6.3.1: no leading zeros */
		return n->a[0] != 0 && n->b[0] != 0 ? OK : E_MALFORMED;
	return n->a_len == n->kind->coordinate &&
	                       (!n->kind->has_y ||
	                        n->b_len == n->kind->coordinate)
	               ? OK
	               : E_MALFORMED;
}

/* The algorithm that the JWK names, or else the one that the key fixes. */
static err_t
read_alg(const json_t *jwk, const struct key_kind *kind, enum alg *ret_alg)
{
	if (!json_object_get(jwk, "alg")) {
		*ret_alg = alg_usual(kind->key);
		return OK;
	}
	*ret_alg = alg_of_jose(bytes_of_str(json_text(jwk, "alg")));
	return *ret_alg == ALG_COUNT ? E_MALFORMED : OK;
}

/* An optional member must have this value if it is present. */
static bool
absent_or(const json_t *jwk, const char *name, const char *value)
{
	const char *text = json_text(jwk, name);

	return !json_object_get(jwk, name) ||
	       (text && strcmp(text, value) == 0);
}

bool
jwk_is_secret(const json_t *jwk)
{
	for (size_t i = 0; i < ARRAY_LEN(private_members); i++)
		if (json_object_get(jwk, private_members[i]))
			return true;
	return false;
}

static err_t
read_jwk(const json_t *jwk, const struct key_kind *kind, struct keyring *ring)
{
	struct key_numbers numbers;
	char kid[KID_SIZE];
	enum alg alg;

	if (jwk_is_secret(jwk))
		return E_MALFORMED;
	TRY(jwk_numbers(jwk, kind, &numbers));
	TRY(read_alg(jwk, kind, &alg));
	TRY(key_thumbprint(&numbers, kid));
	if (!absent_or(jwk, "kid", kid) || !absent_or(jwk, "use", "sig"))
		return E_MALFORMED;

	AUTO(buf_release) struct buf spki = buf_of(KEY_SPKI_MAX);
	TRY(key_to_spki(&numbers, &spki));
	err_t err = keyring_add(ring, bytes_of_str(kid), buf_bytes(&spki), alg);
	return err == E_DENIED || err == E_CONFLICT ? E_MALFORMED : err;
}

static err_t
read_keys(const json_t *keys, struct keyring *ring)
{
	for (size_t i = 0; i < json_array_size(keys); i++) {
		const json_t *jwk = json_array_get(keys, i);
		const char *kty = json_text(jwk, "kty");
		if (!kty)
			return E_MALFORMED;
		const struct key_kind *kind =
		        key_kind_find(kty, json_text(jwk, "crv"));
		if (kind)
			TRY(read_jwk(jwk, kind, ring));
	}
	return OK;
}

err_t
keyring_of_jwks(struct bytes json, struct keyring **ret_ring)
{
	if (json.len > KEYRING_JSON_MAX)
		return E_LIMIT;
	AUTO(json_decref)
	json_t *set = json_loadb((const char *)json.data, json.len,
	                         JSON_REJECT_DUPLICATES, NULL);
	const json_t *keys = json_object_get(set, "keys");
	if (!json_is_array(keys))
		return E_MALFORMED;

	AUTO(keyring_free) struct keyring *ring = NULL;
	TRY(keyring_new(&ring));
	TRY(read_keys(keys, ring));
	*ret_ring = TAKE(ring);
	return OK;
}
