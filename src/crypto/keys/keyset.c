/*
 * keyset.c - writes a ring as a COSE_KeySet (RFC 9052 section 7, RFC 8230).
 */
#include "crypto/codec/cbor.h"
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

static void
put_key(struct buf *out, const struct key *key)
{
	const struct key_numbers *n = &key->numbers;
	bool rsa = !n->kind->crv;

	cbor_put_map(out, n->kind->has_y && !rsa ? 6 : 5);
	put_int(out, KEY_KTY, n->kind->cose_kty);
	put_bytes(out, KEY_KID, bytes_of_str(key->kid));
	put_int(out, KEY_ALG, alg_cose_id(key->alg));
	if (!rsa)
		put_int(out, KEY_CRV, n->kind->cose_crv);
	put_bytes(out, rsa ? KEY_N : KEY_X, bytes_of(n->a, n->a_len));
	if (n->kind->has_y)
		put_bytes(out, rsa ? KEY_E : KEY_Y, bytes_of(n->b, n->b_len));
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
