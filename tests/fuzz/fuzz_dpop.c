/*
 * fuzz_dpop.c - a proof of possession is refused by the first check that fails,
 * and a URL has one spelling.
 *
 * The key is the ES256 one of tests/common/base/samples.c (derived from its name,
 * so it is the same in every run), and no result has the hash that its proof
 * names: the corpus gets as far as the last check, and no input further.
 */
#include <stdlib.h>

#include "crypto/token/dpop.h"
#include "crypto/token/htu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
normalize_twice(struct bytes url)
{
	AUTO(buf_release) struct buf once = buf_of(8 * HTU_MAX);
	AUTO(buf_release) struct buf twice = buf_of(8 * HTU_MAX);

	if (htu_normalize(url, &once) != OK || once.len > HTU_MAX)
		return;
	must(htu_normalize(buf_bytes(&once), &twice) == OK);
	must(bytes_equal(buf_bytes(&once), buf_bytes(&twice)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct dpop_terms terms = {
		.result = bytes_of_str("no result"),
		.jkt = "DiN44OHXmKhFVCWbMm4v93y9IaTwdpuxlAONK65BXfQ",
		.method = bytes_of_str("GET"),
		.url = bytes_of_str("https://ota.example/v1/artifacts/7"),
		.now_s = 1795435240,
		.age_s = DPOP_AGE_USUAL_S,
	};
	AUTO(buf_release) struct buf jti = buf_of(DPOP_MAX);
	enum dpop_fault fault = DPOP_NONE;

	must(dpop_verify(bytes_of(data, size), &terms, &jti, &fault) ==
	     E_DENIED);
	must(fault != DPOP_NONE && fault < DPOP_FAULTS);
	normalize_twice(bytes_of(data, size));
	return 0;
}
