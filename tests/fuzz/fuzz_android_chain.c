/*
 * fuzz_android_chain.c - complete evidence of the format android-key:
 * certificates, their extensions, and the appraisal.
 *
 * The input has each certificate as a u16 length and DER, leaf first.  The last
 * one is trusted, so that the code after path validation is reached.
 */
#include <stdlib.h>

#include "evidence/appraise.h"
#include "evidence/evidence.h"
#include "policy/policy.h"

#include "evidence/android/android.h"

#define AT 1790000000 /* a time at which the committed seeds are valid */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Splits the input; an incomplete rest counts as the last certificate. */
static size_t
split(struct bytes in, struct bytes *out, size_t max)
{
	size_t n = 0;

	while (n < max && in.len > 2) {
		size_t len = (size_t)in.data[0] << 8 | in.data[1];

		in = bytes_of(in.data + 2, in.len - 2);
		if (len > in.len)
			len = in.len;
		out[n++] = bytes_of(in.data, len);
		in = bytes_of(in.data + len, in.len - len);
	}
	return n;
}

static void
judge(struct evidence *e, struct bytes root)
{
	static const uint8_t nonce[HASH_SIZE] = { 0 };
	AUTO(buf_release) struct buf why = buf_of(16384);
	const struct evidence_trust trust = { .file = root };
	const struct evidence_offline offline = { .trust = &trust,
		                                  .n_trust = 1,
		                                  .at_s = AT };
	struct appraisal a = { 0 };

	json_decref(e->format->inspect(e->own));
	if (e->format->parse(e->own, &why) != OK ||
	    e->format->offline(e->own, &offline, &why) != OK)
		return;
	appraise_evidence(e, bytes_of(nonce, HASH_SIZE), NULL, &a);
	if (e->format->appraise(e->own, NULL, &a) != OK)
		return;
	json_decref(e->format->claims(e->own));
	json_decref(e->format->not_appraised(e->own));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes certs[ANDROID_CHAIN_MAX];
	AUTO(buf_release) struct buf why = buf_of(16384);
	AUTO(evidence_release) struct evidence e = { 0 };
	size_t n = split(bytes_of(data, size), certs, ANDROID_CHAIN_MAX);

	if (n > 0 &&
	    evidence_open_files("android-key", certs, n, &why, &e) == OK)
		judge(&e, certs[n - 1]);
	return 0;
}
