/*
 * test_fido_kit.h - a FIDO authenticator in software: it says of touch and PIN
 * what a test wants.
 */
#ifndef UNIT_TRUST_TEST_FIDO_KIT_H
#define UNIT_TRUST_TEST_FIDO_KIT_H

#include "tests/unit/trust/test_ssh_kit.h"

/* Appends the blob of an authenticator's key: that of the key in software with
 * another name and an application. */
__attribute__((unused)) static void
kit_put_fido(const struct soft_key *soft, const char *application,
             struct buf *out)
{
	bool ecdsa = soft_key_alg(soft) == ALG_ES256;
	struct ssh_key plain = kit_key_of(soft);
	struct reader r = reader_of(bytes_of(plain.blob, plain.blob_len));

	(void)ssh_take_string(&r);
	ssh_put_string(out,
	               bytes_of_str(ecdsa ? "sk-ecdsa-sha2-nistp256@openssh.com"
	                                  : "sk-ssh-ed25519@openssh.com"));
	buf_append(out, bytes_of(r.at, r.left));
	ssh_put_string(out, bytes_of_str(application));
}

__attribute__((unused)) static struct ssh_key
kit_fido_key(const struct soft_key *soft, const char *application)
{
	AUTO(buf_release) struct buf blob = buf_of(VECTOR_MAX);
	struct ssh_key key;

	kit_put_fido(soft, application, &blob);
	CU_ASSERT_EQUAL_FATAL(ssh_key_parse_blob(buf_bytes(&blob), &key), OK);
	return key;
}

/* What one signature of an authenticator says. */
struct kit_fido {
	const char *application; /* of the key */
	const char *signed_for;  /* application that was hashed; NULL: that */
	uint8_t flags, signed_flags;
	uint32_t counter, signed_counter;
};

/* Appends the blob of the signature by an authenticator's key. */
__attribute__((unused)) static void
kit_fido_sign(const struct soft_key *soft, const struct kit_fido *say,
              struct bytes message, struct buf *out)
{
	AUTO(buf_release) struct buf inner = buf_of(VECTOR_MAX);
	AUTO(buf_release) struct buf asked = buf_of(VECTOR_MAX);
	AUTO(buf_release) struct buf raw = buf_of(VECTOR_MAX);
	AUTO(buf_release) struct buf field = buf_of(VECTOR_MAX);
	struct ssh_key key = kit_fido_key(soft, say->application);
	uint8_t digest[HASH_SIZE];

	digest_sha256(bytes_of_str(say->signed_for ? say->signed_for
	                                           : say->application),
	              digest);
	buf_append(&asked, bytes_of(digest, sizeof(digest)));
	buf_u8(&asked, say->signed_flags);
	buf_u32(&asked, say->signed_counter);
	ssh_sig_signed(kit_namespace(), message, &inner);
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
	ssh_put_string(out, kit_namespace());
	ssh_put_string(out, bytes_of(NULL, 0));
	ssh_put_string(out, bytes_of_str("sha512"));
	ssh_put_string(out, buf_bytes(&field));
}

#endif
