/*
 * test_ssh_kit.h - keys and signatures for the tests of src/trust: those that
 * ssh-keygen made (tests/vectors/ssh), and those of keys in software.
 */
#ifndef UNIT_TRUST_TEST_SSH_KIT_H
#define UNIT_TRUST_TEST_SSH_KIT_H

#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_key.h"
#include "base/encode.h"
#include "crypto/digest.h"
#include "trust/chain.h"
#include "trust/ssh_sig.h"
#include "trust/ssh_wire.h"

#define VECTOR_MAX 65536

/* The accepted kinds of keys that ssh-keygen made. */
static const char *const stock_keys[] = { "ecdsa-256", "ecdsa-384", "ed25519",
	                                  "rsa-2048", "rsa-3072" };

__attribute__((unused)) static struct bytes
kit_namespace(void)
{
	return bytes_of_str(TRUST_NAMESPACE);
}

/* The file key + ending of tests/vectors/ssh. */
__attribute__((unused)) static struct buf
kit_read(const char *key, const char *ending)
{
	struct buf out = buf_of(VECTOR_MAX);
	char path[256];
	uint8_t block[4096];

	snprintf(path, sizeof(path), "tests/vectors/ssh/%s%s", key, ending);
	FILE *f = fopen(path, "rb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (size_t n; (n = fread(block, 1, sizeof(block), f)) > 0;)
		buf_append(&out, bytes_of(block, n));
	fclose(f);
	CU_ASSERT_FATAL(out.len > 0);
	return out;
}

__attribute__((unused)) static struct ssh_key
kit_stock_key(const char *name)
{
	AUTO(buf_release) struct buf text = kit_read(name, ".pub");
	struct ssh_key key;

	CU_ASSERT_EQUAL_FATAL(ssh_key_parse(buf_bytes(&text), &key), OK);
	return key;
}

/* The SSH key of a key in software. */
__attribute__((unused)) static struct ssh_key
kit_key_of(const struct soft_key *soft)
{
	struct ssh_key key;

	CU_ASSERT_EQUAL_FATAL(ssh_key_of_spki(soft_key_spki(soft), &key), OK);
	return key;
}

/* Signs as an officer with a key in a token: appends the armoured text. */
__attribute__((unused)) static void
kit_sign(const struct soft_key *soft, struct bytes namespace,
         struct bytes message, struct buf *out)
{
	AUTO(buf_release) struct buf sign = buf_of(VECTOR_MAX);
	AUTO(buf_release) struct buf raw = buf_of(VECTOR_MAX);
	struct ssh_key key = kit_key_of(soft);

	ssh_sig_signed(namespace, message, &sign);
	soft_key_sign(soft, buf_bytes(&sign), &raw);
	CU_ASSERT_EQUAL_FATAL(
	        ssh_sig_put(&key, namespace, buf_bytes(&raw), out), OK);
}

/* Appends the bytes in the armour of a text. */
__attribute__((unused)) static void
kit_unarmour(const struct buf *text, struct buf *blob)
{
	AUTO(buf_release) struct buf base64 = buf_of(VECTOR_MAX);
	const size_t header = strlen("-----BEGIN SSH SIGNATURE-----\n");
	const size_t footer = strlen("-----END SSH SIGNATURE-----\n");

	for (size_t i = header; i < text->len - footer; i++)
		if (text->data[i] != '\n')
			buf_u8(&base64, text->data[i]);
	CU_ASSERT_EQUAL_FATAL(decode_base64(blob, buf_bytes(&base64)), OK);
}

/* Puts a blob of bytes into armour, whatever is in it. */
__attribute__((unused)) static void
kit_armour(struct bytes blob, size_t columns, struct buf *out)
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

#endif
