/*
 * fuzz_trust_pack.c - packs: what is read is written again byte for byte, and
 * the chain in it is walked; whoever refuses it says why.
 */
#include <stdlib.h>

#include "crypto/digest.h"
#include "trust/pack.h"
#include "trust/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

/* The first version is taken for the genesis, so that the walk goes on. */
static void
walk_chain(const struct trust_chain *chain)
{
	const struct trust_time time = { .now_s = 1796040000 };
	AUTO(buf_release) struct buf why = buf_of(64 * 1024);
	AUTO(bundle_free) struct bundle *last = NULL;
	uint8_t genesis[HASH_SIZE];

	digest_sha256(chain->versions[0].text, genesis);
	enum trust_fault fault = trust_walk(chain, genesis, &time, &why, &last);
	must(fault != TRUST_GENESIS && fault < TRUST_FAULTS);
	must((fault == TRUST_SOUND) == (last != NULL));
	must((fault == TRUST_SOUND) == (why.len == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(buf_release) struct buf text = buf_of(TRUST_PACK_MAX);
	AUTO(trust_chain_free) struct trust_chain *chain = NULL;

	if (trust_pack_parse(bytes_of(data, size), &why, &chain) != OK) {
		must(why.len > 0);
		return 0;
	}
	must(trust_pack_put(chain, &why, &text) == OK);
	must(bytes_equal(buf_bytes(&text), bytes_of(data, size)));
	walk_chain(chain);
	return 0;
}
