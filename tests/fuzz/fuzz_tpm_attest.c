/*
 * fuzz_tpm_attest.c - TPMS_ATTEST: parsed views are inside the input, and their
 * lengths add up to its length.
 */
#include <stdlib.h>

#include "evidence/tpm/attest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct bytes in, struct bytes v)
{
	if (v.len > 0 &&
	    (v.data < in.data || v.data + v.len > in.data + in.len))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct bytes in = bytes_of(data, size);
	struct tpm_attest a;

	if (tpm_attest_parse(in, &why, &a) != OK) {
		if (why.len == 0)
			abort(); /* a refusal must have a cause */
		return 0;
	}
	inside(in, a.qualified_signer);
	inside(in, a.extra_data);
	inside(in, a.pcr_digest);
	inside(in, a.name);
	inside(in, a.detail);
	inside(in, a.body);
	if (a.type == TPM_ATTEST_QUOTE && size > 0 &&
	    a.pcr_digest.data + a.pcr_digest.len != data + size)
		abort();
	return 0;
}
