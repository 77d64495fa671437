/*
 * soft_batch.c - see soft_batch.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "tests/common/fakes/soft_batch.h"

static void
must(int good)
{
	if (good)
		return;
	fprintf(stderr, "soft_batch: out of memory or range\n");
	exit(2);
}

static void
fill(uint8_t out[static HASH_SIZE], const char *what, size_t i)
{
	uint8_t number = (uint8_t)i;
	const struct bytes parts[] = { bytes_of_str(what), { &number, 1 } };

	digest_sha256_parts(parts, 2, out);
}

struct challenge_claims
soft_batch_claims(size_t i)
{
	struct challenge_claims c = {
		.iss = bytes_of_str("https://anchor.example"),
		.aud = bytes_of_str("backend-a"),
		.exp_s = SOFT_BATCH_IAT + 120,
		.iat_s = SOFT_BATCH_IAT,
		.cti = { .node = 1, .epoch = 7, .serial = i + 1 },
		.workflow = WORKFLOW_METADATA,
		.bindings = {
			.present = BINDING_ALL,
			.device_handle = bytes_of_str(
				"dh1_m4YJZ0kXn2nJx1cVt0p6O1c4w2eKq8Y7b5d3f1h0A9s"),
			.channel = bytes_of_str("beta"),
			.transaction = bytes_of_str("order-2026-11-23/17"),
			.release = bytes_of_str(
				"sha256:ba7816bf8f01cfea414140de5dae2223"
				"b00361a396177a9cb410ff61f20015ad"),
		},
	};

	fill(c.salt, "salt", i);
	fill(c.bindings.transport, "transport", i);
	fill(c.bindings.request, "request", i);
	fill(c.bindings.account, "account", i);
	return c;
}

/* The leaves of the claims; beside a lone one a leaf that stands for nothing. */
static size_t
count_leaves(size_t n)
{
	return n == 1 ? 2 : n;
}

static void
build(struct soft_batch *b)
{
	uint8_t(*leaves)[HASH_SIZE] = calloc(b->n + 1, HASH_SIZE);

	must(leaves != NULL);
	for (size_t i = 0; i < b->n; i++)
		merkle_leaf(buf_bytes(&b->claims[i]), leaves[i]);
	fill(leaves[b->n], "decoy", 0);
	must(merkle_new(&b->tree) == OK &&
	     merkle_build(b->tree, (const uint8_t(*)[HASH_SIZE])leaves,
	                  count_leaves(b->n)) == OK);
	free(leaves);
}

static void
sign(struct soft_batch *b, const struct soft_key *key)
{
	AUTO(buf_release) struct buf tbs = buf_of(CHALLENGE_MAX);

	receipt_put_tbs(&tbs, buf_bytes(&b->head_bytes), merkle_root(b->tree));
	must(buf_status(&tbs) == OK);
	soft_key_sign(key, buf_bytes(&tbs), &b->signature);
}

/* Without leaves yet. */
static struct soft_batch
begin_batch(size_t n, const struct receipt_head *head)
{
	struct soft_batch b = {
		.n = n,
		.claims = calloc(n, sizeof(struct buf)),
		.head = *head,
		.head_bytes = buf_of(CHALLENGE_MAX),
		.signature = buf_of(CHALLENGE_MAX),
	};

	must(b.claims != NULL);
	for (size_t i = 0; i < n; i++)
		b.claims[i] = buf_of(CHALLENGE_MAX);
	return b;
}

static void
seal_batch(struct soft_batch *b, const struct soft_key *key)
{
	for (size_t i = 0; i < b->n; i++)
		must(buf_status(&b->claims[i]) == OK);
	build(b);
	receipt_put_head(&b->head_bytes, &b->head);
	sign(b, key);
}

struct soft_batch
soft_batch_with_head(const struct soft_key *key,
                     const struct challenge_claims *claims, size_t n,
                     const struct receipt_head *head)
{
	struct soft_batch b = begin_batch(n, head);

	for (size_t i = 0; i < n; i++)
		challenge_put_claims(&b.claims[i], &claims[i]);
	seal_batch(&b, key);
	return b;
}

struct soft_batch
soft_batch_of_leaves(const struct soft_key *key, const struct bytes *leaves,
                     size_t n, const struct receipt_head *head)
{
	struct soft_batch b = begin_batch(n, head);

	for (size_t i = 0; i < n; i++)
		buf_append(&b.claims[i], leaves[i]);
	seal_batch(&b, key);
	return b;
}

struct soft_batch
soft_batch_of(const struct soft_key *key, const struct challenge_claims *claims,
              size_t n)
{
	struct receipt_head head = {
		.alg = soft_key_alg(key),
		.kid = bytes_of_str(soft_key_kid(key)),
		.iss = claims[0].iss,
		.iat_s = claims[0].iat_s,
		.epoch = claims[0].cti.epoch,
		.batch_size = (uint32_t)count_leaves(n),
	};

	for (size_t i = 0; i < n; i++)
		if (claims[i].exp_s > head.exp_s)
			head.exp_s = claims[i].exp_s;
	return soft_batch_with_head(key, claims, n, &head);
}

void
soft_batch_token(const struct soft_batch *b, size_t i, struct buf *out)
{
	struct receipt_proof proof = { .size = count_leaves(b->n), .index = i };

	proof.path_len = merkle_path(b->tree, i, proof.path);
	receipt_put_token(out, buf_bytes(&b->claims[i]),
	                  buf_bytes(&b->head_bytes), &proof,
	                  buf_bytes(&b->signature));
	must(buf_status(out) == OK);
}

void
soft_batch_release(struct soft_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		buf_release(&b->claims[i]);
	free(b->claims);
	merkle_free(b->tree);
	buf_release(&b->head_bytes);
	buf_release(&b->signature);
}
