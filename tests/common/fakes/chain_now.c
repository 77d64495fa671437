/*
 * chain_now.c - see chain_now.h.
 */
#include "tests/common/fakes/chain_now.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "tests/common/fakes/bundle_kit.h"
#include "trust/pack.h"

#define NAME_SIZE 8

void
chain_now_begin(struct chain_kit *k)
{
	uint64_t issued_s = clock_wall_ms() / 1000 - 6 * CHAIN_KIT_DAY;

	*k = (struct chain_kit){ .n = 1,
		                 .bundles = { bundle_kit_least() },
		                 .by = { "alpha bravo" },
		                 .time.in_force = UINT32_MAX };
	struct bundle *b = k->bundles[0];
	b->apply_before_s += issued_s - b->issued_s;
	b->expires_s += issued_s - b->issued_s;
	b->revocations_from_s += issued_s - b->issued_s;
	b->issued_s = issued_s;
}

struct bundle *
chain_now_add(struct chain_kit *k)
{
	struct bundle *b = chain_kit_add(k, BUNDLE_ORDINARY, "alpha bravo");

	b->expires_s += CHAIN_KIT_HOUR;
	return b;
}

struct buf
chain_now_pack(struct chain_kit *k)
{
	struct buf pack = buf_of(TRUST_PACK_MAX);
	AUTO(buf_release) struct buf why = buf_of(512);
	char names[TRUST_SIGNATURES_MAX][NAME_SIZE];

	chain_kit_seal(k);
	for (size_t j = 0; j < TRUST_SIGNATURES_MAX; j++)
		(void)snprintf(names[j], NAME_SIZE, "s%02u", (unsigned)j);
	for (size_t i = 0; i < k->n; i++)
		for (size_t j = 0; j < k->versions[i].n_signatures; j++)
			k->versions[i].signatures[j].name =
			        bytes_of_str(names[j]);
	const struct trust_chain chain = { k->n, k->versions };
	if (trust_pack_put(&chain, &why, &pack) != OK) {
		fprintf(stderr, "chain_now: %s\n", buf_str(&why));
		exit(2);
	}
	return pack;
}

struct buf
chain_now_genesis(struct chain_kit *k)
{
	struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);

	chain_kit_seal(k);
	encode_hex(&hex, bytes_of(k->genesis, HASH_SIZE));
	return hex;
}
