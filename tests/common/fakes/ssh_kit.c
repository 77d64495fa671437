/*
 * ssh_kit.c - see ssh_kit.h.
 */
#include "tests/common/fakes/ssh_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "trust/chain.h"
#include "trust/ssh_wire.h"

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "ssh_kit: %s\n", what);
	exit(2);
}

const char *const ssh_kit_stock[SSH_KIT_STOCK] = { "ecdsa-256", "ecdsa-384",
	                                           "ed25519", "rsa-2048",
	                                           "rsa-3072" };

struct bytes
ssh_kit_namespace(void)
{
	return bytes_of_str(TRUST_NAMESPACE);
}

struct buf
ssh_kit_read(const char *key, const char *ending)
{
	struct buf out = buf_of(SSH_KIT_MAX);
	char path[256];
	uint8_t block[4096];

	snprintf(path, sizeof(path), "tests/vectors/ssh/%s%s", key, ending);
	FILE *f = fopen(path, "rb");
	must(f != NULL, path);
	for (size_t n; (n = fread(block, 1, sizeof(block), f)) > 0;)
		buf_append(&out, bytes_of(block, n));
	fclose(f);
	must(out.len > 0, path);
	return out;
}

struct ssh_key
ssh_kit_stock_key(const char *name)
{
	AUTO(buf_release) struct buf text = ssh_kit_read(name, ".pub");
	struct ssh_key key;

	must(ssh_key_parse(buf_bytes(&text), &key) == OK, "ssh");
	return key;
}

struct ssh_key
ssh_kit_key_of(const struct soft_key *soft)
{
	struct ssh_key key;

	must(ssh_key_of_spki(soft_key_spki(soft), &key) == OK, "ssh");
	return key;
}

void
ssh_kit_sign(const struct soft_key *soft, struct bytes namespace,
             struct bytes message, struct buf *out)
{
	AUTO(buf_release) struct buf sign = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf raw = buf_of(SSH_KIT_MAX);
	struct ssh_key key = ssh_kit_key_of(soft);

	ssh_sig_signed(namespace, message, &sign);
	soft_key_sign(soft, buf_bytes(&sign), &raw);
	must(ssh_sig_put(&key, namespace, buf_bytes(&raw), out) == OK, "ssh");
}

void
ssh_kit_unarmour(const struct buf *text, struct buf *blob)
{
	AUTO(buf_release) struct buf base64 = buf_of(SSH_KIT_MAX);
	const size_t header = strlen("-----BEGIN SSH SIGNATURE-----\n");
	const size_t footer = strlen("-----END SSH SIGNATURE-----\n");

	for (size_t i = header; i < text->len - footer; i++)
		if (text->data[i] != '\n')
			buf_u8(&base64, text->data[i]);
	must(decode_base64(blob, buf_bytes(&base64)) == OK, "ssh");
}

void
ssh_kit_armour(struct bytes blob, size_t columns, struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
	                             "pqrstuvwxyz0123456789+/";
	size_t in_line = 0;

	buf_append_str(out, "-----BEGIN SSH SIGNATURE-----\n");
	for (size_t i = 0; i < blob.len; i += 3) {
		size_t n = blob.len - i < 3 ? blob.len - i : 3;
		unsigned v = (unsigned)blob.data[i] << 16;

		if (n > 1)
			v |= (unsigned)blob.data[i + 1] << 8;
		if (n > 2)
			v |= blob.data[i + 2];
		for (size_t k = 0; k < 4; k++) {
			buf_u8(out,
			       k > n ? '='
			             : (uint8_t)digits[v >> (18 - 6 * k) & 63]);
			if (++in_line % columns == 0)
				buf_append_str(out, "\n");
		}
	}
	if (in_line % columns != 0)
		buf_append_str(out, "\n");
	buf_append_str(out, "-----END SSH SIGNATURE-----\n");
}

void
ssh_kit_put_fido(const struct soft_key *soft, const char *application,
                 struct buf *out)
{
	bool ecdsa = soft_key_alg(soft) == ALG_ES256;
	struct ssh_key plain = ssh_kit_key_of(soft);
	struct reader r = reader_of(bytes_of(plain.blob, plain.blob_len));

	(void)ssh_take_string(&r);
	ssh_put_string(out,
	               bytes_of_str(ecdsa ? "sk-ecdsa-sha2-nistp256@openssh.com"
	                                  : "sk-ssh-ed25519@openssh.com"));
	buf_append(out, bytes_of(r.at, r.left));
	ssh_put_string(out, bytes_of_str(application));
}

struct ssh_key
ssh_kit_fido_key(const struct soft_key *soft, const char *application)
{
	AUTO(buf_release) struct buf blob = buf_of(SSH_KIT_MAX);
	struct ssh_key key;

	ssh_kit_put_fido(soft, application, &blob);
	must(ssh_key_parse_blob(buf_bytes(&blob), &key) == OK, "ssh");
	return key;
}

void
ssh_kit_fido_sign(const struct soft_key *soft, const struct ssh_kit_fido *say,
                  struct bytes message, struct buf *out)
{
	AUTO(buf_release) struct buf inner = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf asked = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf raw = buf_of(SSH_KIT_MAX);
	AUTO(buf_release) struct buf field = buf_of(SSH_KIT_MAX);
	struct ssh_key key = ssh_kit_fido_key(soft, say->application);
	uint8_t digest[HASH_SIZE];

	digest_sha256(bytes_of_str(say->signed_for ? say->signed_for
	                                           : say->application),
	              digest);
	buf_append(&asked, bytes_of(digest, sizeof(digest)));
	buf_u8(&asked, say->signed_flags);
	buf_u32(&asked, say->signed_counter);
	ssh_sig_signed(ssh_kit_namespace(), message, &inner);
	digest_sha256(buf_bytes(&inner), digest);
	buf_append(&asked, bytes_of(digest, sizeof(digest)));
	soft_key_sign(soft, buf_bytes(&asked), &raw);

	ssh_put_string(&field, bytes_of_str(ssh_key_type_name(key.type)));
	buf_reset(&inner);
	if (key.type == SSH_KEY_SK_ECDSA_P256) {
		ssh_put_mpint(&inner, bytes_of(raw.data, 32));
		ssh_put_mpint(&inner, bytes_of(raw.data + 32, 32));
		ssh_put_string(&field, buf_bytes(&inner));
	} else {
		ssh_put_string(&field, buf_bytes(&raw));
	}
	buf_u8(&field, say->flags);
	buf_u32(&field, say->counter);

	buf_append_str(out, "SSHSIG");
	buf_u32(out, 1);
	ssh_put_string(out, bytes_of(key.blob, key.blob_len));
	ssh_put_string(out, ssh_kit_namespace());
	ssh_put_string(out, bytes_of(NULL, 0));
	ssh_put_string(out, bytes_of_str("sha512"));
	ssh_put_string(out, buf_bytes(&field));
}
