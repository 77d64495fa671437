/*
 * fuzz_tpm_public.c - public areas, and the OpenSSL keys that are made from
 * them.
 */
#include <stdlib.h>

#include "evidence/tpm/public.h"
#include "evidence/tpm/verify.h"
#include "evidence/tpm/ak.h"
#include "evidence/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(tpm_key_free) struct tpm_key *key = NULL;
	struct bytes in = bytes_of(data, size);
	struct ak_identity id;
	struct tpm_public p;

	err_t identified = ak_identify(in, &why, &id);
	if (tpm2b_public_parse(in, &why, &p) != OK) {
		if (identified == OK)
			abort();
		return 0;
	}
	if (p.area.len + 2 != size)
		abort();
	err_t made = tpm_key_of_public(&p, &key);
	if (identified == OK && made != OK)
		abort();
	return 0;
}
