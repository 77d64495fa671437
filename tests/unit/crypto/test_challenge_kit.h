/*
 * test_challenge_kit.h - a batch, its ring and a token of it.
 */
#ifndef UNIT_CRYPTO_TEST_CHALLENGE_KIT_H
#define UNIT_CRYPTO_TEST_CHALLENGE_KIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/keys/keyring_int.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_batch.h"

#define BATCH 5

/* A batch, its ring, and the token of its third challenge. */
struct fixture {
	struct soft_key *key;
	struct keyring *ring;
	struct challenge_claims claims[BATCH];
	struct soft_batch batch;
	struct buf token;
};

__attribute__((unused)) static struct fixture
fixture_of(enum alg alg)
{
	struct fixture f = { .key = soft_key_new(alg, "challenge"),
		             .token = buf_of(CHALLENGE_MAX) };

	f.ring = soft_key_ring(f.key);
	for (size_t i = 0; i < BATCH; i++)
		f.claims[i] = soft_batch_claims(i);
	f.batch = soft_batch_of(f.key, f.claims, BATCH);
	soft_batch_token(&f.batch, 2, &f.token);
	return f;
}

__attribute__((unused)) static void
fixture_release(struct fixture *f)
{
	soft_batch_release(&f->batch);
	buf_release(&f->token);
	keyring_free(f->ring);
	soft_key_free(f->key);
}
DEFINE_AUTO_REF(struct fixture, fixture_release);

__attribute__((unused)) static err_t
open_and_verify(struct bytes token, const struct keyring *ring)
{
	struct challenge c;

	TRY(challenge_open(token, &c));
	return challenge_verify(&c, ring);
}

#endif
