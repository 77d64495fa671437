/*
 * test_ear_cwt_kit.h - a signed batch of results in CBOR.
 */
#ifndef TEST_EAR_CWT_KIT_H
#define TEST_EAR_CWT_KIT_H

#include <stdlib.h>

#include "crypto/token/ear_cwt.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/fakes/soft_result.h"

#define BATCH 5
#define NOW (SOFT_BATCH_IAT + 10)

/* A batch of results that differ by their sequence, and its key. */
struct fixture {
	struct soft_key *key;
	struct keyring *ring;
	struct buf claims[BATCH];
	struct bytes leaves[BATCH];
	struct buf token;
};

static inline void
fixture_release(struct fixture *f)
{
	soft_key_free(f->key);
	keyring_free(f->ring);
	for (size_t i = 0; i < BATCH; i++)
		buf_release(&f->claims[i]);
	buf_release(&f->token);
}
DEFINE_AUTO_REF(struct fixture, fixture_release);

static inline struct fixture
fixture_of(enum alg alg)
{
	struct fixture f = { .key = soft_key_new(alg, "result"),
		             .token = buf_of(EAR_CWT_MAX) };
	const struct ear_issuer issuer = {
		.iss = bytes_of_str("https://anchor.example"),
		.kid = bytes_of_str(soft_key_kid(f.key)),
		.alg = alg,
	};

	f.ring = soft_key_ring(f.key);
	for (size_t i = 0; i < BATCH; i++) {
		struct ear_fields fields = soft_result_fields();

		fields.sequence = i;
		f.claims[i] = buf_of(EAR_CWT_MAX);
		CU_ASSERT_EQUAL_FATAL(
		        ear_cwt_compose(&f.claims[i], &issuer, &fields), OK);
		f.leaves[i] = buf_bytes(&f.claims[i]);
	}
	return f;
}

static inline void
sign_with(struct fixture *f, const struct receipt_head *head, size_t i)
{
	AUTO(soft_batch_release)
	struct soft_batch b =
	        soft_batch_of_leaves(f->key, f->leaves, BATCH, head);

	buf_reset(&f->token);
	soft_batch_token(&b, i, &f->token);
}

static inline void
sign_leaf(struct fixture *f, size_t i)
{
	const struct receipt_head head = soft_cwt_head(f->key, BATCH);

	sign_with(f, &head, i);
}

static inline err_t
verify_at(const struct fixture *f, uint64_t now_s)
{
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);
	err_t err =
	        ear_cwt_verify(buf_bytes(&f->token), f->ring, now_s, &payload);

	CU_ASSERT_EQUAL(payload.len > 0, err == OK || err == E_LIMIT);
	return err;
}

#endif
