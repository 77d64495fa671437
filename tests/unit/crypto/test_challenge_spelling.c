/*
 * test_challenge_spelling.c - nothing beside what a challenge is made of.
 *
 * What the signature does not cover must have one spelling, too: who could
 * write a challenge in a second way would have two texts that redeem as one.
 */
#include "crypto/codec/cbor.h"
#include "tests/unit/crypto/test_challenge_kit.h"

/* The byte strings of a challenge, in their order. */
enum part {
	PART_CLAIMS,
	PART_HEAD,
	PART_PROOF,
	PART_SIGNATURE,
	PART_COUNT,
};

static struct buf
proof_of(const struct challenge *c)
{
	struct buf out = buf_of(CHALLENGE_MAX);

	cbor_put_array(&out, 3);
	cbor_put_uint(&out, c->proof.size);
	cbor_put_uint(&out, c->proof.index);
	cbor_put_array(&out, c->proof.path_len);
	for (size_t i = 0; i < c->proof.path_len; i++)
		cbor_put_bytes(&out, bytes_of(c->proof.path[i], HASH_SIZE));
	return out;
}

/* A challenge of these parts; docs/formats.md has the numbers. */
static struct buf
put_together(const struct bytes parts[static PART_COUNT])
{
	struct buf out = buf_of(CHALLENGE_MAX);

	cbor_put_array(&out, 2);
	cbor_put_bytes(&out, parts[PART_CLAIMS]);
	cbor_put_tag(&out, 18); /* COSE_Sign1 */
	cbor_put_array(&out, 4);
	cbor_put_bytes(&out, parts[PART_HEAD]);
	cbor_put_map(&out, 1);
	cbor_put_int(&out, 396); /* proofs */
	cbor_put_map(&out, 1);
	cbor_put_int(&out, -1); /* of inclusion */
	cbor_put_array(&out, 1);
	cbor_put_bytes(&out, parts[PART_PROOF]);
	cbor_put_null(&out);
	cbor_put_bytes(&out, parts[PART_SIGNATURE]);
	return out;
}

static err_t
open_parts(const struct bytes parts[static PART_COUNT])
{
	AUTO(buf_release) struct buf token = put_together(parts);
	struct challenge c;

	CU_ASSERT_EQUAL(buf_status(&token), OK);
	return challenge_open(buf_bytes(&token), &c);
}

/* Each byte string in turn has a byte behind its end. */
static void
test_behind_each_part(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	struct challenge c;

	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&f.token), &c), OK);
	AUTO(buf_release) struct buf proof = proof_of(&c);
	const struct bytes good[PART_COUNT] = {
		c.claims_bytes,
		c.head_bytes,
		buf_bytes(&proof),
		c.signature,
	};

	AUTO(buf_release) struct buf same = put_together(good);
	CU_ASSERT(bytes_equal(buf_bytes(&same), buf_bytes(&f.token)));

	for (enum part at = 0; at < PART_COUNT; at++)
		for (unsigned more = 0; more < 256; more++) {
			AUTO(buf_release)
			struct buf longer = buf_of(CHALLENGE_MAX);
			struct bytes parts[PART_COUNT];

			memcpy(parts, good, sizeof(parts));
			buf_append(&longer, good[at]);
			buf_u8(&longer, (uint8_t)more);
			parts[at] = buf_bytes(&longer);
			CU_ASSERT_EQUAL(open_parts(parts), E_MALFORMED);
		}
}

/* Does a challenge of this algorithm open with a signature of so many bytes? */
static bool
opens_with(const struct fixture *f, size_t size)
{
	static uint8_t bytes[CHALLENGE_MAX];
	AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
	struct challenge c;

	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&f->token), &c), OK);
	receipt_put_token(&token, c.claims_bytes, c.head_bytes, &c.proof,
	                  bytes_of(bytes, size));
	return challenge_open(buf_bytes(&token), &c) == OK;
}

/* Of a fixed size, or for RSA as long as a modulus of 2048 to 4096 bits. */
static void
test_signature_sizes(void)
{
	for (enum alg alg = 0; alg < ALG_COUNT; alg++) {
		AUTO(fixture_release) struct fixture f = fixture_of(alg);
		size_t fixed = alg_signature_size(alg);
		size_t least = fixed ? fixed : 256;
		size_t most = fixed ? fixed : 512;

		CU_ASSERT(opens_with(&f, least));
		CU_ASSERT(opens_with(&f, most));
		CU_ASSERT_FALSE(opens_with(&f, 0));
		CU_ASSERT_FALSE(opens_with(&f, least - 1));
		CU_ASSERT_FALSE(opens_with(&f, most + 1));
	}
}

static const struct harness_test tests[] = {
	{ "a byte behind each part is refused", test_behind_each_part },
	{ "signatures have the algorithm's size", test_signature_sizes },
	{ NULL, NULL },
};

HARNESS_MAIN("challenge_spelling", tests)
