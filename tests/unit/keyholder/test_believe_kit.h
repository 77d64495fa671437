/*
 * test_believe_kit.h - a batch that was really issued, a finding that was really
 * tagged, and the question whether a result may be signed about them.
 */
#ifndef UNIT_KEYHOLDER_TEST_BELIEVE_KIT_H
#define UNIT_KEYHOLDER_TEST_BELIEVE_KIT_H

#include <string.h>

#include "keyholder/believe.h"

#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/fakes/verdict_kit.h"

#define N 3 /* challenges of the batch */
#define NOW (SOFT_BATCH_IAT + 10u)
#define TTL 300

struct attempt {
	struct soft_key *key;
	struct keyring *ring;
	struct secret *tag_key;
	struct roots roots;
	struct buf tokens[N], text;
	struct challenge of[N];
	struct wire_finding finding;
	struct wire_result_sign m;
	struct believe_terms terms;
	struct in_force in_force; /* without officers */
};

static inline void
attempt_release(struct attempt *a)
{
	soft_key_free(a->key);
	keyring_free(a->ring);
	secret_free(a->tag_key);
	roots_release(&a->roots);
	for (size_t i = 0; i < N; i++)
		buf_release(&a->tokens[i]);
	buf_release(&a->text);
}
DEFINE_AUTO_REF(struct attempt, attempt_release);

static inline void
issue(struct attempt *a)
{
	struct challenge_claims claims[N];

	for (size_t i = 0; i < N; i++)
		claims[i] = soft_batch_claims(i);
	claims[2].aud = bytes_of_str("backend-b");
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of(a->key, claims, N);
	for (size_t i = 0; i < N; i++) {
		a->tokens[i] = buf_of(CHALLENGE_MAX);
		soft_batch_token(&b, i, &a->tokens[i]);
		CU_ASSERT_EQUAL_FATAL(
		        challenge_open(buf_bytes(&a->tokens[i]), &a->of[i]),
		        OK);
	}
}

static inline struct attempt
attempt_of(void)
{
	struct attempt a = { .key = soft_key_new(ALG_ED25519, "a"),
		             .text = buf_of(WIRE_PACKET_MAX) };

	a.ring = soft_key_ring(a.key);
	CU_ASSERT_EQUAL_FATAL(
	        secret_copy(bytes_of_str(VERDICT_KIT_KEY), &a.tag_key), OK);
	CU_ASSERT_EQUAL_FATAL(roots_open(&a.roots), OK);
	issue(&a);
	a.finding = verdict_kit_good(&a.of[0]);
	a.m = (struct wire_result_sign){
		.request = 1,
		.jti = { 1 },
		.issued_s = NOW,
		.expires_s = NOW + TTL,
		.sequence = 9,
		.redeemed = 1,
		.vector = { [VECTOR_HARDWARE] = 2 },
		.challenge = buf_bytes(&a.tokens[0]),
	};
	return a;
}

static inline err_t
believed(struct attempt *a, struct believed *ret)
{
	const char *why = NULL;

	a->terms.tag_key = a->tag_key;
	a->terms.roots = &a->roots;
	a->terms.ring = a->ring;
	a->terms.now_s = a->terms.now_s ? a->terms.now_s : NOW;
	a->terms.result_ttl_s = TTL;
	a->terms.in_force = &a->in_force;
	err_t err = believe(&a->terms, &a->m, ret, &why);
	if (err == E_DENIED)
		CU_ASSERT_TRUE(why && why[0]);
	return err;
}

#endif
