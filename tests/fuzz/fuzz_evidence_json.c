/*
 * fuzz_evidence_json.c - evidence as the service gets it: parsed, appraised,
 * printed.  The fuzzer cannot sign, so nothing may be accepted.
 */
#include <stdlib.h>

#include "evidence/appraise.h"
#include "evidence/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(evidence_release) struct evidence e = { 0 };
	AUTO(buf_release) struct buf why = buf_of(1024);
	static const uint8_t nonce[HASH_SIZE] = "none that a seed can know";
	struct appraisal a;

	if (evidence_open(bytes_of(data, size), &why, &e) != OK)
		return 0;
	json_decref(e.format->inspect(e.own));
	appraise_evidence(&e, bytes_of(nonce, HASH_SIZE), NULL, &a);
	if (a.reasons == 0)
		abort();

	/* The appraisal after the comparison of the nonce must be robust,
	 * too. */
	if (e.format->parse(e.own, &why) == OK &&
	    e.format->appraise(e.own, NULL, &a) != OK)
		abort();
	json_decref(e.format->claims(e.own));
	json_decref(e.format->not_appraised(e.own));
	return 0;
}
