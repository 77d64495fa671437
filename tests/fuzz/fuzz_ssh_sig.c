/*
 * fuzz_ssh_sig.c - armoured SSH signatures, and the keys in them: a key that is
 * read is written and read as the same, and no signature that the fuzzer makes
 * up is ever good.
 */
#include <stdlib.h>

#include "trust/ssh_sig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
check_key(const struct ssh_key *key)
{
	AUTO(buf_release) struct buf text = buf_of(4096);
	struct ssh_key again;

	ssh_key_put(&text, key);
	must(ssh_key_parse(buf_bytes(&text), &again) == OK);
	must(bytes_equal(bytes_of(again.blob, again.blob_len),
	                 bytes_of(key->blob, key->blob_len)));
	if (ssh_key_is_fido(key))
		return;
	must(ssh_key_of_spki(bytes_of(key->spki, key->spki_len), &again) == OK);
	must(bytes_equal(bytes_of(again.blob, again.blob_len),
	                 bytes_of(key->blob, key->blob_len)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes text = bytes_of(data, size);
	AUTO(buf_release) struct buf why = buf_of(256);
	struct ssh_key key;

	if (ssh_sig_key(text, &key) != OK)
		return 0;
	check_key(&key);
	/* No seed is over this. */
	must(ssh_sig_verify(&key, bytes_of_str("trust-bundle@anchord"),
	                    bytes_of_str("message of the fuzzer"), text,
	                    &why) != OK);
	must(why.len > 0);
	return 0;
}
