/*
 * fuzz_evidence_files.c - two files of any kind: recognised, parsed, printed,
 * and used as trust anchors of either format.  The first byte of the input says
 * where the first file ends.
 */
#include <stdlib.h>

#include "evidence/tpm/trust.h"
#include "evidence/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(evidence_release) struct evidence e = { 0 };
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(tpm_trust_free) struct tpm_trust *trust = NULL;
	AUTO(x509_roots_free) struct x509_roots *roots = NULL;

	if (size < 1)
		return 0;
	size_t first = data[0] * (size - 1) / 255;
	const struct bytes files[] = {
		bytes_of(data + 1, first),
		bytes_of(data + 1 + first, size - 1 - first),
	};
	if (tpm_trust_new(0, &trust) == OK)
		(void)!tpm_trust_add(trust, files[0], &why);
	if (x509_roots_new(&roots) == OK)
		(void)!x509_roots_add(roots, files[0], &why);
	if (evidence_open_files("tpm2-quote", files, 2, &why, &e) == OK)
		json_decref(e.format->inspect(e.own));
	evidence_release(&e);
	if (evidence_open_files("android-key", files, 2, &why, &e) == OK)
		json_decref(e.format->inspect(e.own));
	return 0;
}
