/*
 * keyset.c - keys in COSE (RFC 9052 section 7, RFC 8230): writes a ring as a
 * COSE_KeySet; writes and reads the key that a result confirms (RFC 8747).
 */
#include <string.h>

#include <openssl/evp.h>

#include "crypto/codec/cbor.h"
#include "crypto/keys/confirmation.h"
#include "crypto/keys/keyring_int.h"

enum cose_key {
	KEY_KTY = 1,
	KEY_KID = 2,
	KEY_ALG = 3,
	KEY_CRV = -1, /* of an elliptic-curve key */
	KEY_X = -2,
	KEY_Y = -3,
	KEY_N = -1, /* of an RSA key */
	KEY_E = -2,
};

static void
put_int(struct buf *out, int64_t label, int64_t v)
{
	cbor_put_int(out, label);
	cbor_put_int(out, v);
}

static void
put_bytes(struct buf *out, int64_t label, struct bytes v)
{
	cbor_put_int(out, label);
	cbor_put_bytes(out, v);
}

/* The members of a key that have negative labels. */
static size_t
count_numbers(const struct key_numbers *n)
{
	return n->kind->has_y && n->kind->crv ? 3 : 2;
}

static void
put_numbers(struct buf *out, const struct key_numbers *n)
{
	bool rsa = !n->kind->crv;

	if (!rsa)
		put_int(out, KEY_CRV, n->kind->cose_crv);
	put_bytes(out, rsa ? KEY_N : KEY_X, bytes_of(n->a, n->a_len));
	if (n->kind->has_y)
		put_bytes(out, rsa ? KEY_E : KEY_Y, bytes_of(n->b, n->b_len));
}

static void
put_key(struct buf *out, const struct key *key)
{
	cbor_put_map(out, 3 + count_numbers(&key->numbers));
	put_int(out, KEY_KTY, key->numbers.kind->cose_kty);
	put_bytes(out, KEY_KID, bytes_of_str(key->kid));
	put_int(out, KEY_ALG, alg_cose_id(key->alg));
	put_numbers(out, &key->numbers);
}

err_t
key_to_cose(struct bytes spki, enum alg alg, struct buf *out)
{
	struct key key;

	TRY(key_describe(spki, alg, &key));
	put_key(out, &key);
	return buf_status(out);
}

err_t
keyring_to_cose(const struct keyring *ring, struct buf *out)
{
	cbor_put_array(out, keyring_count(ring));
	for (size_t i = 0; i < keyring_count(ring); i++)
		put_key(out, keyring_at(ring, i));
	return buf_status(out);
}

/* --- the key that a result confirms --------------------------------------- */

err_t
confirmation_to_cose(struct bytes spki, struct buf *out)
{
	struct key_numbers numbers;
	EVP_PKEY *pkey = NULL;

	if (spki.len > CONFIRMATION_MAX)
		return E_MALFORMED;
	TRY(key_of_spki(spki, &numbers, &pkey));
	EVP_PKEY_free(pkey);
	cbor_put_map(out, 1 + count_numbers(&numbers));
	put_int(out, KEY_KTY, numbers.kind->cose_kty);
	put_numbers(out, &numbers);
	return buf_status(out);
}

/* A number of at most room bytes, with its label. */
static void
take_key_number(struct cbor_cursor *c, struct cbor_map *m, uint8_t *out,
                size_t room, size_t *ret_len)
{
	int64_t label = 0;

	(void)cbor_map_next(c, m, &label); /* its order is its label */
	struct bytes v = cbor_take_bytes(c);
	if (v.len == 0 || v.len > room) {
		cbor_fail(c);
		return;
	}
	memcpy(out, v.data, v.len);
	*ret_len = v.len;
}

/* The labels need no comparison: confirmation_of_cose() writes the key again. */
static bool
take_numbers(struct cbor_cursor *c, struct key_numbers *n)
{
	struct cbor_map m = cbor_take_map(c);
	int64_t label = 0, crv = 0;

	(void)cbor_map_next(c, &m, &label);
	int64_t kty = cbor_take_int(c);
	n->kind = key_kind_of_cose(kty, 0);
	if (!n->kind || n->kind->crv) {
		(void)cbor_map_next(c, &m, &label);
		crv = cbor_take_int(c);
		n->kind = key_kind_of_cose(kty, crv);
	}
	if (!n->kind)
		return false;
	take_key_number(c, &m, n->a, sizeof(n->a), &n->a_len);
	if (n->kind->has_y)
		take_key_number(c, &m, n->b, sizeof(n->b), &n->b_len);
	return !c->failed && m.left == 0;
}

err_t
confirmation_of_cose(struct cbor_cursor *c, struct confirmation *ret)
{
	struct bytes in = c->in;
	struct key_numbers numbers = { 0 };
	enum alg alg = ALG_COUNT;
	AUTO(buf_release) struct buf spki = buf_of(KEY_SPKI_MAX);
	AUTO(buf_release) struct buf again = buf_of(KEY_SPKI_MAX);

	if (!take_numbers(c, &numbers))
		return E_MALFORMED;
	TRY(key_to_spki(&numbers, &spki));
	TRY(confirmation_set(ret, buf_bytes(&spki), &alg));
	TRY(confirmation_to_cose(buf_bytes(&spki), &again));
	return bytes_equal(buf_bytes(&again),
	                   bytes_of(in.data, in.len - c->in.len))
	               ? OK
	               : E_MALFORMED;
}
