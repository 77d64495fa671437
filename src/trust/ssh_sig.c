/*
 * ssh_sig.c - see ssh_sig.h.
 *
 * The armour is taken off, the fields are read, and the whole is armoured again
 * and compared: what ssh-keygen would not write is not a signature.
 */
#include "trust/ssh_sig.h"

#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/keys/signature.h"
#include "trust/ssh_wire.h"

#define MAGIC "SSHSIG"
#define VERSION 1
#define HEADER "-----BEGIN SSH SIGNATURE-----\n"
#define FOOTER "-----END SSH SIGNATURE-----\n"
#define NOT_ONE "not one armoured SSH signature"
#define COLUMNS 70 /* of base64 in a line, as ssh-keygen writes it */

/* Flags of a FIDO signature (WebAuthn level 2 section 6.1). */
#define FIDO_TOUCHED 0x01
#define FIDO_PIN_GIVEN 0x04

/* A parsed signature; the views are into the decoded bytes. */
struct ssh_sig {
	struct ssh_key key;
	struct bytes namespace;
	bool sha512;         /* over the message; otherwise SHA-256 */
	bool rsa_sha512;     /* over what an RSA key signs */
	struct bytes raw[2]; /* r and s of ECDSA; otherwise the first only */
	uint8_t flags;       /* of a FIDO key, as the counter */
	uint32_t counter;
};

/* --- armour --------------------------------------------------------------- */

static void
put_armour(struct buf *out, struct bytes blob)
{
	AUTO(buf_release) struct buf base64 = buf_of(SSH_SIG_TEXT_MAX);

	encode_base64(&base64, blob);
	buf_append_str(out, HEADER);
	for (size_t i = 0; i < base64.len; i += COLUMNS) {
		size_t left = base64.len - i;

		buf_append(out, bytes_of(base64.data + i,
		                         left < COLUMNS ? left : COLUMNS));
		buf_append_str(out, "\n");
	}
	buf_append_str(out, FOOTER);
	if (buf_status(&base64) != OK && out->failed == OK)
		out->failed = buf_status(&base64);
}

/* Appends what stands between header and footer to out, decoded.  Says nothing
 * about where lines break. */
static err_t
strip_armour(struct bytes text, struct buf *out)
{
	AUTO(buf_release) struct buf base64 = buf_of(SSH_SIG_TEXT_MAX);
	const size_t header = sizeof(HEADER) - 1, footer = sizeof(FOOTER) - 1;

	if (text.len > SSH_SIG_TEXT_MAX || text.len < header + footer ||
	    memcmp(text.data, HEADER, header) != 0)
		return E_MALFORMED;
	for (size_t i = header; i < text.len - footer; i++)
		if (text.data[i] != '\n')
			buf_u8(&base64, text.data[i]);
	TRY(buf_status(&base64));
	return decode_base64(out, buf_bytes(&base64));
}

static err_t
decode_armour(struct bytes text, struct buf *out)
{
	AUTO(buf_release) struct buf again = buf_of(SSH_SIG_TEXT_MAX);

	TRY(strip_armour(text, out));
	put_armour(&again, buf_bytes(out));
	if (buf_status(&again) == E_NOMEM)
		return E_NOMEM;
	return bytes_equal(buf_bytes(&again), text) ? OK : E_MALFORMED;
}

/* --- fields --------------------------------------------------------------- */

static void
take_sig_hash(struct reader *r, struct ssh_sig *sig)
{
	struct bytes name = ssh_take_string(r);

	sig->sha512 = bytes_equal_str(name, "sha512");
	if (!sig->sha512 && !bytes_equal_str(name, "sha256"))
		reader_fail(r);
}

/* RFC 8332 section 3; "ssh-rsa" would be SHA-1. */
static void
take_sig_rsa_name(struct reader *r, struct ssh_sig *sig)
{
	struct bytes name = ssh_take_string(r);

	sig->rsa_sha512 = bytes_equal_str(name, "rsa-sha2-512");
	if (!sig->rsa_sha512 && !bytes_equal_str(name, "rsa-sha2-256"))
		reader_fail(r);
}

/* Bytes of r and of s; 0: the key's signatures have none. */
static size_t
ecdsa_half(const struct ssh_key *key)
{
	bool p256 = key->type == SSH_KEY_ECDSA_P256 ||
	            key->type == SSH_KEY_SK_ECDSA_P256;

	return p256 ? 32 : key->type == SSH_KEY_ECDSA_P384 ? 48 : 0;
}

/* Bytes of what the private key makes. */
static size_t
raw_size(const struct ssh_key *key)
{
	struct reader r = reader_of(bytes_of(key->blob, key->blob_len));

	if (ecdsa_half(key) > 0)
		return 2 * ecdsa_half(key);
	if (key->type != SSH_KEY_RSA)
		return 64; /* RFC 8032 */
	(void)ssh_take_string(&r);
	(void)ssh_take_positive(&r);
	return ssh_take_positive(&r).len; /* RFC 8017: as the modulus */
}

/* So that what is malformed is so whatever was signed, and for whom. */
static bool
raw_fits(const struct ssh_sig *sig)
{
	size_t half = ecdsa_half(&sig->key);

	if (half == 0)
		return sig->raw[0].len == raw_size(&sig->key);
	return sig->raw[0].len <= half && sig->raw[1].len <= half;
}

/* The signature proper: RFC 5656 section 3.1.2, RFC 8709 section 6, RFC 8332
 * section 3; PROTOCOL.u2f of OpenSSH for FIDO keys. */
static bool
take_raw(struct bytes field, struct ssh_sig *sig)
{
	struct reader r = reader_of(field);

	if (sig->key.type == SSH_KEY_RSA)
		take_sig_rsa_name(&r, sig);
	else
		ssh_take_word(&r, ssh_key_type_name(sig->key.type));
	sig->raw[0] = ssh_take_string(&r);
	if (ssh_key_is_fido(&sig->key)) {
		sig->flags = reader_u8(&r);
		sig->counter = reader_u32(&r);
	}
	if (!reader_done(&r))
		return false;
	if (ecdsa_half(&sig->key) == 0)
		return raw_fits(sig);

	r = reader_of(sig->raw[0]);
	sig->raw[0] = ssh_take_positive(&r);
	sig->raw[1] = ssh_take_positive(&r);
	return reader_done(&r) && raw_fits(sig);
}

static err_t
parse_fields(struct bytes blob, struct ssh_sig *ret_sig)
{
	struct reader r = reader_of(blob);
	struct ssh_sig sig = { .sha512 = false };

	if (!bytes_equal_str(reader_take(&r, sizeof(MAGIC) - 1), MAGIC) ||
	    reader_u32(&r) != VERSION)
		return E_MALFORMED;
	struct bytes key = ssh_take_string(&r);
	sig.namespace = ssh_take_string(&r);
	ssh_take_word(&r, ""); /* reserved */
	take_sig_hash(&r, &sig);
	struct bytes raw = ssh_take_string(&r);
	if (!reader_done(&r) || sig.namespace.len == 0)
		return E_MALFORMED;

	TRY(ssh_key_parse_blob(key, &sig.key));
	if (!take_raw(raw, &sig))
		return E_MALFORMED;
	*ret_sig = sig;
	return OK;
}

/* The views of *ret_sig are into blob. */
static err_t
parse_sig(struct bytes text, struct buf *blob, struct ssh_sig *ret_sig)
{
	err_t err = decode_armour(text, blob);

	if (err == E_LIMIT)
		return E_MALFORMED;
	TRY(err);
	return parse_fields(buf_bytes(blob), ret_sig);
}

err_t
ssh_sig_key(struct bytes text, struct ssh_key *ret_key)
{
	AUTO(buf_release) struct buf blob = buf_of(SSH_SIG_TEXT_MAX);
	struct ssh_sig sig;

	TRY(parse_sig(text, &blob, &sig));
	*ret_key = sig.key;
	return OK;
}

/* --- what is signed ------------------------------------------------------- */

static void
put_signed(struct bytes namespace, struct bytes message, bool sha512,
           struct buf *out)
{
	uint8_t digest[SHA512_SIZE];

	if (sha512)
		digest_sha512(message, digest);
	else
		digest_sha256(message, digest);
	buf_append_str(out, MAGIC);
	ssh_put_string(out, namespace);
	ssh_put_string(out, bytes_of(NULL, 0)); /* reserved */
	ssh_put_string(out, bytes_of_str(sha512 ? "sha512" : "sha256"));
	ssh_put_string(out, bytes_of(digest, sha512 ? SHA512_SIZE : HASH_SIZE));
}

void
ssh_sig_signed(struct bytes namespace, struct bytes message, struct buf *out)
{
	put_signed(namespace, message, true, out);
}

/* An authenticator signs hashes of the application and of what is to be signed,
 * and between them what it saw its user do. */
static void
put_fido_signed(const struct ssh_sig *sig, struct bytes sign, struct buf *out)
{
	uint8_t digest[HASH_SIZE];

	digest_sha256(bytes_of_str(sig->key.application), digest);
	buf_append(out, bytes_of(digest, sizeof(digest)));
	buf_u8(out, sig->flags);
	buf_u32(out, sig->counter);
	digest_sha256(sign, digest);
	buf_append(out, bytes_of(digest, sizeof(digest)));
}

/* --- verification --------------------------------------------------------- */

/* r || s, each of half bytes, to DER; raw_fits() has looked at them. */
static err_t
ecdsa_of_sig(const struct ssh_sig *sig, struct buf *der)
{
	uint8_t raw[ECDSA_RAW_MAX] = { 0 };
	size_t half = ecdsa_half(&sig->key);

	for (size_t i = 0; i < 2; i++) {
		struct bytes v = sig->raw[i];

		memcpy(raw + (i + 1) * half - v.len, v.data, v.len);
	}
	return ecdsa_to_der(bytes_of(raw, 2 * half), der);
}

static err_t
verify_raw(const struct ssh_sig *sig, struct bytes sign)
{
	AUTO(buf_release) struct buf der = buf_of(ECDSA_DER_MAX);
	struct bytes spki = bytes_of(sig->key.spki, sig->key.spki_len);

	if (sig->key.type == SSH_KEY_RSA)
		return signature_verify_pkcs1(
		        spki,
		        sig->rsa_sha512 ? SIGNATURE_SHA512 : SIGNATURE_SHA256,
		        sign, sig->raw[0]);
	if (ecdsa_half(&sig->key) == 0)
		return signature_verify(spki, sign, sig->raw[0]);
	TRY(ecdsa_of_sig(sig, &der));
	return signature_verify(spki, sign, buf_bytes(&der));
}

static err_t
verify_message(const struct ssh_sig *sig, struct bytes message)
{
	AUTO(buf_release) struct buf sign = buf_of(SSH_SIG_TEXT_MAX);
	AUTO(buf_release) struct buf fido = buf_of(SSH_SIG_TEXT_MAX);

	put_signed(sig->namespace, message, sig->sha512, &sign);
	TRY(buf_status(&sign));
	if (!ssh_key_is_fido(&sig->key))
		return verify_raw(sig, buf_bytes(&sign));
	put_fido_signed(sig, buf_bytes(&sign), &fido);
	TRY(buf_status(&fido));
	return verify_raw(sig, buf_bytes(&fido));
}

static err_t
refuse_sig(struct buf *why, const char *cause, err_t err)
{
	buf_append_str(why, cause);
	return err;
}

/* What is refused whatever was signed; NULL: nothing. */
static const char *
find_sig_flaw(const struct ssh_sig *sig, struct bytes namespace)
{
	if (!bytes_equal(sig->namespace, namespace))
		return "the signature is for another namespace";
	if (!ssh_key_is_fido(&sig->key))
		return NULL;
	if (!(sig->flags & FIDO_TOUCHED))
		return "the authenticator was not touched";
	if (!(sig->flags & FIDO_PIN_GIVEN))
		return "the authenticator did not ask for the PIN";
	return NULL;
}

/* key NULL: whoever signed. */
static err_t
verify_sig(const struct ssh_key *key, struct bytes namespace,
           struct bytes message, const struct ssh_sig *sig, struct buf *why)
{
	if (key && !bytes_equal(bytes_of(sig->key.blob, sig->key.blob_len),
	                        bytes_of(key->blob, key->blob_len)))
		return refuse_sig(why, "the signature is by another key",
		                  E_DENIED);
	const char *flaw = find_sig_flaw(sig, namespace);
	if (flaw)
		return refuse_sig(why, flaw, E_DENIED);

	err_t err = verify_message(sig, message);
	if (err == E_MALFORMED)
		return refuse_sig(why,
		                  "it has not the form of a signature by this "
		                  "key",
		                  err);
	if (err == E_DENIED)
		return refuse_sig(why,
		                  "the signature does not verify over this "
		                  "text",
		                  err);
	return err;
}

err_t
ssh_sig_verify(const struct ssh_key *key, struct bytes namespace,
               struct bytes message, struct bytes text, struct buf *why)
{
	AUTO(buf_release) struct buf blob = buf_of(SSH_SIG_TEXT_MAX);
	struct ssh_sig sig;

	err_t err = parse_sig(text, &blob, &sig);
	if (err == E_MALFORMED)
		return refuse_sig(why, NOT_ONE, err);
	TRY(err);
	return verify_sig(key, namespace, message, &sig, why);
}

err_t
ssh_sig_signer(struct bytes namespace, struct bytes message, struct bytes text,
               struct buf *why, struct ssh_key *ret_key)
{
	AUTO(buf_release) struct buf blob = buf_of(SSH_SIG_TEXT_MAX);
	struct ssh_sig sig;

	err_t err = parse_sig(text, &blob, &sig);
	if (err == E_MALFORMED)
		return refuse_sig(why, NOT_ONE, err);
	TRY(err);
	TRY(verify_sig(NULL, namespace, message, &sig, why));
	*ret_key = sig.key;
	return OK;
}

/* --- making --------------------------------------------------------------- */

static const char *
name_of_sig(const struct ssh_key *key)
{
	return key->type == SSH_KEY_RSA ? "rsa-sha2-512"
	                                : ssh_key_type_name(key->type);
}

/* The string of r and s, or of the device's bytes as they are. */
static void
put_raw(const struct ssh_key *key, struct bytes raw, struct buf *out)
{
	AUTO(buf_release) struct buf numbers = buf_of(SSH_SIG_TEXT_MAX);
	size_t half = ecdsa_half(key);

	if (half == 0) {
		ssh_put_string(out, raw);
		return;
	}
	ssh_put_mpint(&numbers, bytes_of(raw.data, half));
	ssh_put_mpint(&numbers, bytes_of(raw.data + half, half));
	ssh_put_string(out, buf_bytes(&numbers));
}

err_t
ssh_sig_put(const struct ssh_key *key, struct bytes namespace, struct bytes raw,
            struct buf *out)
{
	AUTO(buf_release) struct buf field = buf_of(SSH_SIG_TEXT_MAX);
	AUTO(buf_release) struct buf blob = buf_of(SSH_SIG_TEXT_MAX);
	struct ssh_sig again;

	if (raw.len != raw_size(key))
		return E_MALFORMED;
	ssh_put_string(&field, bytes_of_str(name_of_sig(key)));
	put_raw(key, raw, &field);

	buf_append_str(&blob, MAGIC);
	buf_u32(&blob, VERSION);
	ssh_put_string(&blob, bytes_of(key->blob, key->blob_len));
	ssh_put_string(&blob, namespace);
	ssh_put_string(&blob, bytes_of(NULL, 0)); /* reserved */
	ssh_put_string(&blob, bytes_of_str("sha512"));
	ssh_put_string(&blob, buf_bytes(&field));
	TRY(buf_status(&field));
	TRY(buf_status(&blob));
	/* r or s may be 0, and what a FIDO key signs has flags. */
	TRY(parse_fields(buf_bytes(&blob), &again));
	put_armour(out, buf_bytes(&blob));
	return buf_status(out);
}
