/*
 * ssh_key.c - see ssh_key.h.
 *
 * A blob is read field by field, each in its one encoding, and the rest of the
 * judgement is key_encode()'s: which sizes, exponents and points are a key.
 */
#include "trust/ssh_key.h"

#include <string.h>

#include "base/encode.h"
#include "crypto/codec/der.h"
#include "crypto/digest.h"
#include "crypto/keys/keyring.h"
#include "trust/ssh_wire.h"

#define APPLICATION_START "ssh:" /* as `ssh-keygen -O application` demands */

/* curve NULL: no such field; alg only says which kind of key it is. */
static const struct ssh_type {
	const char *name, *curve;
	enum alg alg;
	bool fido;
} types[SSH_KEY_TYPES] = {
	[SSH_KEY_ECDSA_P256] = { "ecdsa-sha2-nistp256", "nistp256", ALG_ES256,
	                         false },
	[SSH_KEY_ECDSA_P384] = { "ecdsa-sha2-nistp384", "nistp384", ALG_ES384,
	                         false },
	[SSH_KEY_ED25519] = { "ssh-ed25519", NULL, ALG_ED25519, false },
	[SSH_KEY_RSA] = { "ssh-rsa", NULL, ALG_PS256, false },
	[SSH_KEY_SK_ED25519] = { "sk-ssh-ed25519@openssh.com", NULL,
	                         ALG_ED25519, true },
	[SSH_KEY_SK_ECDSA_P256] = { "sk-ecdsa-sha2-nistp256@openssh.com",
	                            "nistp256", ALG_ES256, true },
};

const char *
ssh_key_type_name(enum ssh_key_type type)
{
	return types[type].name;
}

bool
ssh_key_is_fido(const struct ssh_key *key)
{
	return types[key->type].fido;
}

/* SSH_KEY_TYPES: not one that is accepted. */
static enum ssh_key_type
find_ssh_type(struct bytes name)
{
	for (size_t i = 0; i < SSH_KEY_TYPES; i++)
		if (bytes_equal_str(name, types[i].name))
			return (enum ssh_key_type)i;
	return SSH_KEY_TYPES;
}

/* --- reading -------------------------------------------------------------- */

/* Two numbers as key_encode() takes them. */
struct ssh_numbers {
	struct bytes a, b;
};

/* SEC 1 section 2.3.4: 4, x and y.  Both halves have the curve's size, since
 * key_encode() would strip zeros and so accept several lengths. */
static struct ssh_numbers
take_ssh_point(struct reader *r, enum alg alg)
{
	size_t half = alg_signature_size(alg) / 2; /* of r || s, too */
	struct bytes point = ssh_take_string(r);

	if (point.len != 1 + 2 * half || point.data[0] != 4) {
		reader_fail(r);
		return (struct ssh_numbers){ .a = { 0 } };
	}
	return (struct ssh_numbers){
		.a = bytes_of(point.data + 1, half),
		.b = bytes_of(point.data + 1 + half, half),
	};
}

static struct ssh_numbers
take_ssh_numbers(struct reader *r, const struct ssh_type *type)
{
	struct ssh_numbers n = { .a = { 0 } };

	if (type->curve) {
		ssh_take_word(r, type->curve);
		return take_ssh_point(r, type->alg);
	}
	if (type->alg == ALG_ED25519) {
		n.a = ssh_take_string(r);
		return n;
	}
	n.b = ssh_take_positive(r); /* e goes first: RFC 4253 section 6.6 */
	n.a = ssh_take_positive(r);
	return n;
}

static void
take_ssh_application(struct reader *r, struct ssh_key *key)
{
	const struct bytes start = bytes_of_str(APPLICATION_START);
	struct bytes text = ssh_take_string(r);

	if (text.len >= sizeof(key->application) || text.len < start.len ||
	    memcmp(text.data, start.data, start.len) != 0) {
		reader_fail(r);
		return;
	}
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			reader_fail(r);
	memcpy(key->application, text.data, text.len);
}

static err_t
store_ssh_key(struct ssh_key *key, struct bytes blob, struct bytes spki)
{
	if (blob.len > sizeof(key->blob) || spki.len > sizeof(key->spki))
		return E_MALFORMED;
	key->blob_len = blob.len;
	memcpy(key->blob, blob.data, blob.len);
	key->spki_len = spki.len;
	memcpy(key->spki, spki.data, spki.len);
	digest_sha256(blob, key->id);
	return OK;
}

err_t
ssh_key_parse_blob(struct bytes blob, struct ssh_key *ret_key)
{
	AUTO(buf_release) struct buf spki = buf_of(SSH_KEY_SPKI_MAX);
	struct reader r = reader_of(blob);
	struct ssh_key key = { .type = find_ssh_type(ssh_take_string(&r)) };

	if (key.type == SSH_KEY_TYPES)
		return E_MALFORMED;
	const struct ssh_type *type = &types[key.type];
	struct ssh_numbers n = take_ssh_numbers(&r, type);
	if (type->fido)
		take_ssh_application(&r, &key);
	if (!reader_done(&r))
		return E_MALFORMED;

	TRY(key_encode(type->alg, n.a, n.b, &spki));
	if (type->alg == ALG_ED25519)
		TRY(key_ed25519_on_curve(n.a.data));
	TRY(store_ssh_key(&key, blob, buf_bytes(&spki)));
	*ret_key = key;
	return OK;
}

err_t
ssh_key_parse(struct bytes text, struct ssh_key *ret_key)
{
	AUTO(buf_release) struct buf blob = buf_of(SSH_KEY_BLOB_MAX);
	const uint8_t *space =
	        text.len ? memchr(text.data, ' ', text.len) : NULL;
	struct ssh_key key;

	if (!space)
		return E_MALFORMED;
	size_t name_len = (size_t)(space - text.data);
	struct bytes base64 = bytes_of(space + 1, text.len - name_len - 1);

	err_t err = decode_base64(&blob, base64);
	if (err != OK)
		return err == E_LIMIT ? E_MALFORMED : err;
	TRY(ssh_key_parse_blob(buf_bytes(&blob), &key));
	if (!bytes_equal_str(bytes_of(text.data, name_len),
	                     types[key.type].name))
		return E_MALFORMED;
	*ret_key = key;
	return OK;
}

/* --- from a SubjectPublicKeyInfo ------------------------------------------ */

/* The bits of the key; signature_check_key() or key_identify() has found that
 * it is one. */
static struct bytes
spki_bits(struct bytes spki)
{
	struct der d = der_of(spki, NULL);
	struct der sequence = der_enter(&d, DER_SEQUENCE);

	(void)der_take(&sequence, DER_SEQUENCE); /* the algorithm */
	struct bytes bits = der_take(&sequence, DER_BIT_STRING);
	if (bits.len == 0)
		return bits;
	return bytes_of(bits.data + 1, bits.len - 1); /* no unused bits */
}

/* The content of a DER INTEGER is an mpint's. */
static void
put_ssh_rsa(struct buf *out, struct bytes bits)
{
	struct der d = der_of(bits, NULL);
	struct der numbers = der_enter(&d, DER_SEQUENCE);
	struct bytes n = der_take(&numbers, DER_INTEGER);
	struct bytes e = der_take(&numbers, DER_INTEGER);

	ssh_put_string(out, e);
	ssh_put_string(out, n);
}

/* The type of a key that no authenticator holds; SSH_KEY_TYPES: none. */
static enum ssh_key_type
type_of_alg(enum alg alg)
{
	for (size_t i = 0; i < SSH_KEY_TYPES; i++)
		if (types[i].alg == alg && !types[i].fido)
			return (enum ssh_key_type)i;
	return SSH_KEY_TYPES;
}

err_t
ssh_key_of_spki(struct bytes spki, struct ssh_key *ret_key)
{
	AUTO(buf_release) struct buf blob = buf_of(SSH_KEY_BLOB_MAX);
	char kid[KID_SIZE];
	enum alg alg;

	TRY(key_identify(spki, &alg, kid));
	enum ssh_key_type i = type_of_alg(alg);
	if (i == SSH_KEY_TYPES)
		return E_MALFORMED;

	struct bytes bits = spki_bits(spki);
	ssh_put_string(&blob, bytes_of_str(types[i].name));
	if (types[i].curve)
		ssh_put_string(&blob, bytes_of_str(types[i].curve));
	if (i == SSH_KEY_RSA)
		put_ssh_rsa(&blob, bits);
	else
		ssh_put_string(&blob, bits);
	TRY(buf_status(&blob));
	return ssh_key_parse_blob(buf_bytes(&blob), ret_key);
}

/* --- writing -------------------------------------------------------------- */

void
ssh_key_put(struct buf *out, const struct ssh_key *key)
{
	buf_append_str(out, types[key->type].name);
	buf_append_str(out, " ");
	encode_base64(out, bytes_of(key->blob, key->blob_len));
}

void
ssh_key_fingerprint(struct buf *out, const struct ssh_key *key)
{
	AUTO(buf_release) struct buf text = buf_of(64);

	encode_base64(&text, bytes_of(key->id, sizeof(key->id)));
	buf_append_str(out, "SHA256:");
	/* 32 bytes end in one "=", which ssh-keygen leaves out. */
	buf_append(out, bytes_of(text.data, text.len > 0 ? text.len - 1 : 0));
	if (buf_status(&text) != OK && out->failed == OK)
		out->failed = buf_status(&text);
}
