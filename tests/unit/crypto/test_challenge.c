/*
 * test_challenge.c - one challenge, one spelling, one signer.
 */
#include "tests/unit/crypto/test_challenge_kit.h"

/* The token that a parsed challenge makes again. */
static struct buf
again(const struct challenge *c)
{
	AUTO(buf_release) struct buf claims = buf_of(CHALLENGE_MAX);
	AUTO(buf_release) struct buf head = buf_of(CHALLENGE_MAX);
	struct buf out = buf_of(CHALLENGE_MAX);

	challenge_put_claims(&claims, &c->claims);
	receipt_put_head(&head, &c->head);
	receipt_put_token(&out, buf_bytes(&claims), buf_bytes(&head), &c->proof,
	                  c->signature);
	return out;
}

static void
check_claims(const struct challenge_claims *a, const struct challenge_claims *b)
{
	CU_ASSERT(bytes_equal(a->iss, b->iss));
	CU_ASSERT(bytes_equal(a->aud, b->aud));
	CU_ASSERT_EQUAL(a->exp_s, b->exp_s);
	CU_ASSERT_EQUAL(a->iat_s, b->iat_s);
	CU_ASSERT_EQUAL(a->cti.node, b->cti.node);
	CU_ASSERT_EQUAL(a->cti.epoch, b->cti.epoch);
	CU_ASSERT_EQUAL(a->cti.serial, b->cti.serial);
	CU_ASSERT(memcmp(a->salt, b->salt, HASH_SIZE) == 0);
	CU_ASSERT_EQUAL(a->workflow, b->workflow);
	CU_ASSERT_EQUAL(a->bindings.present, b->bindings.present);
	CU_ASSERT_EQUAL(bindings_mismatch(&a->bindings, &b->bindings), 0);
}

static void
check_alg(enum alg alg)
{
	AUTO(fixture_release) struct fixture f = fixture_of(alg);

	for (size_t i = 0; i < BATCH; i++) {
		AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
		struct challenge c;
		uint8_t leaf[HASH_SIZE];

		soft_batch_token(&f.batch, i, &token);
		CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&token), &c),
		                      OK);
		CU_ASSERT_EQUAL(challenge_verify(&c, f.ring), OK);
		check_claims(&c.claims, &f.claims[i]);
		CU_ASSERT_EQUAL(c.head.alg, alg);
		CU_ASSERT_EQUAL(c.head.batch_size, BATCH);
		merkle_leaf(c.claims_bytes, leaf);
		CU_ASSERT(memcmp(c.nonce, leaf, HASH_SIZE) == 0);

		AUTO(buf_release) struct buf same = again(&c);
		CU_ASSERT(bytes_equal(buf_bytes(&same), buf_bytes(&token)));
	}
}

static void
test_round_trip(void)
{
	for (enum alg a = 0; a < ALG_COUNT; a++)
		check_alg(a);
}

/* Each workflow with each set of bindings, alone in its batch. */
static void
test_bindings(void)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ED25519, "challenge");
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);

	for (unsigned set = 0; set <= BINDING_ALL; set++) {
		AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
		struct challenge_claims in = soft_batch_claims(set);
		struct bindings all = in.bindings;
		struct challenge c;

		in.workflow = (enum workflow)(set % WORKFLOW_COUNT);
		in.bindings = (struct bindings){ .present = (uint16_t)set };
		if (set & BINDING_BIT(DEVICE))
			in.bindings.device_handle = all.device_handle;
		if (set & BINDING_BIT(TRANSPORT))
			memcpy(in.bindings.transport, all.transport, 32);
		if (set & BINDING_BIT(REQUEST))
			memcpy(in.bindings.request, all.request, 32);
		if (set & BINDING_BIT(CHANNEL))
			in.bindings.channel = all.channel;
		if (set & BINDING_BIT(TRANSACTION))
			in.bindings.transaction = all.transaction;
		if (set & BINDING_BIT(RELEASE))
			in.bindings.release = all.release;
		if (set & BINDING_BIT(ACCOUNT))
			memcpy(in.bindings.account, all.account, 32);

		AUTO(soft_batch_release)
		struct soft_batch b = soft_batch_of(key, &in, 1);
		soft_batch_token(&b, 0, &token);
		CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&token), &c),
		                      OK);
		CU_ASSERT_EQUAL(challenge_verify(&c, ring), OK);
		check_claims(&c.claims, &in);
	}
}

/* Every single bit decides, in a fresh ring and in one that knows the batch. */
static void
test_flipped_bits(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	uint8_t *at = f.token.data;

	for (unsigned known = 0; known < 2; known++) {
		AUTO(keyring_free)
		struct keyring *ring = soft_key_ring(f.key);
		if (known)
			CU_ASSERT_EQUAL(
			        open_and_verify(buf_bytes(&f.token), ring), OK);
		for (size_t bit = 0; bit < f.token.len * 8; bit++) {
			at[bit / 8] ^= (uint8_t)(1u << bit % 8);
			err_t err = open_and_verify(buf_bytes(&f.token), ring);
			CU_ASSERT(err == E_MALFORMED || err == E_DENIED);
			at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
	CU_ASSERT_EQUAL(open_and_verify(buf_bytes(&f.token), f.ring), OK);
}

static void
test_truncated(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	struct challenge c = { .nonce = { 0xaa } };

	for (size_t n = 0; n < f.token.len; n++)
		CU_ASSERT_EQUAL(challenge_open(bytes_of(f.token.data, n), &c),
		                E_MALFORMED);
	buf_u8(&f.token, 0);
	CU_ASSERT_EQUAL(challenge_open(buf_bytes(&f.token), &c), E_MALFORMED);
	CU_ASSERT_EQUAL(c.nonce[0], 0xaa);

	AUTO(buf_release) struct buf big = buf_of(CHALLENGE_MAX + 1);
	memset(buf_extend(&big, CHALLENGE_MAX + 1), 0x82, CHALLENGE_MAX + 1);
	CU_ASSERT_EQUAL(challenge_open(buf_bytes(&big), &c), E_MALFORMED);
}

/* The cache: one verification a batch, nothing else ever in it. */
static void
test_batch_cache(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);

	CU_ASSERT_EQUAL(keyring_batch_count(f.ring), 0);
	for (size_t i = 0; i < BATCH; i++) {
		AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
		soft_batch_token(&f.batch, i, &token);
		CU_ASSERT_EQUAL(open_and_verify(buf_bytes(&token), f.ring), OK);
		CU_ASSERT_EQUAL(keyring_batch_count(f.ring), 1);
	}

	/* The signature's last bit; twice, since the first time it could
	 * have been remembered. */
	f.token.data[f.token.len - 1] ^= 1;
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(open_and_verify(buf_bytes(&f.token), f.ring),
		                E_DENIED);
	CU_ASSERT_EQUAL(keyring_batch_count(f.ring), 1);
}

/* A batch that is known has a salt bit changed: another leaf, another root. */
static void
test_cache_is_not_believed(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	struct challenge c;

	CU_ASSERT_EQUAL(open_and_verify(buf_bytes(&f.token), f.ring), OK);
	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&f.token), &c), OK);
	c.root[31] ^= 1;
	CU_ASSERT_EQUAL(challenge_verify(&c, f.ring), E_DENIED);
	c.root[31] ^= 1;
	CU_ASSERT_EQUAL(challenge_verify(&c, f.ring), OK);
}

/* More batches than the cache holds: slower, never wrong. */
static void
test_many_batches(void)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ED25519, "challenge");
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);

	for (size_t round = 0; round < 2; round++)
		for (size_t i = 0; i < KEYRING_BATCHES + 8; i++) {
			AUTO(buf_release)
			struct buf token = buf_of(CHALLENGE_MAX);
			struct challenge_claims in = soft_batch_claims(i);
			AUTO(soft_batch_release)
			struct soft_batch b = soft_batch_of(key, &in, 1);
			soft_batch_token(&b, 0, &token);
			CU_ASSERT_EQUAL(
			        open_and_verify(buf_bytes(&token), ring), OK);
		}
	CU_ASSERT_EQUAL(keyring_batch_count(ring), KEYRING_BATCHES);
}

static void
test_other_key(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	AUTO(soft_key_free)
	struct soft_key *other = soft_key_new(ALG_ES256, "somebody else");
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(other);

	CU_ASSERT_EQUAL(open_and_verify(buf_bytes(&f.token), ring), E_DENIED);

	/* Signed by another key under our kid. */
	struct receipt_head head = f.batch.head;
	AUTO(soft_batch_release)
	struct soft_batch forged =
	        soft_batch_with_head(other, f.claims, BATCH, &head);
	buf_reset(&f.token);
	soft_batch_token(&forged, 0, &f.token);
	CU_ASSERT_EQUAL(open_and_verify(buf_bytes(&f.token), f.ring), E_DENIED);
}

/* A head that our own key signed and that does not speak for the claims. */
static err_t
verify_with_head(const struct fixture *f, struct receipt_head head)
{
	AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
	AUTO(soft_batch_release)
	struct soft_batch b =
	        soft_batch_with_head(f->key, f->claims, BATCH, &head);

	soft_batch_token(&b, 1, &token);
	return open_and_verify(buf_bytes(&token), f->ring);
}

static void
test_disagreement(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	const struct receipt_head good = f.batch.head;
	struct receipt_head h = good;

	CU_ASSERT_EQUAL(verify_with_head(&f, h), OK);
	h.exp_s++; /* another challenge of the batch lives longer */
	CU_ASSERT_EQUAL(verify_with_head(&f, h), OK);
	h.exp_s = good.exp_s - 1;
	CU_ASSERT_EQUAL(verify_with_head(&f, h), E_DENIED);
	h = good;
	h.iss = bytes_of_str("https://anchor.example.org");
	CU_ASSERT_EQUAL(verify_with_head(&f, h), E_DENIED);
	h = good;
	h.epoch++;
	CU_ASSERT_EQUAL(verify_with_head(&f, h), E_DENIED);
	h = good;
	h.iat_s++;
	CU_ASSERT_EQUAL(verify_with_head(&f, h), E_DENIED);
	h = good;
	h.batch_size++;
	CU_ASSERT_EQUAL(verify_with_head(&f, h), E_DENIED);
	h.batch_size = 1;
	CU_ASSERT_EQUAL(verify_with_head(&f, h), E_MALFORMED);
	h.batch_size = MERKLE_LEAVES_MAX + 1;
	CU_ASSERT_EQUAL(verify_with_head(&f, h), E_MALFORMED);
}

/* Index and size are outside the signature, and the head's size nails them. */
static void
test_malleable_proof(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	struct challenge c;
	unsigned accepted = 0;

	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&f.token), &c), OK);
	for (uint64_t size = 0; size < 64; size++)
		for (uint64_t index = 0; index < 64; index++) {
			AUTO(buf_release)
			struct buf token = buf_of(CHALLENGE_MAX);
			struct receipt_proof p = c.proof;
			p.size = size;
			p.index = index;
			receipt_put_token(&token, c.claims_bytes, c.head_bytes,
			                  &p, c.signature);
			if (open_and_verify(buf_bytes(&token), f.ring) == OK)
				accepted++;
		}
	CU_ASSERT_EQUAL(accepted, 1);
}

/* Does it open, beside a good challenge, which makes the head a good one? */
static bool
claims_open(const struct challenge_claims *in)
{
	const struct challenge_claims two[] = { *in, soft_batch_claims(1) };
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ED25519, "challenge");
	AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of(key, two, 2);
	struct challenge c;

	soft_batch_token(&b, 0, &token);
	return challenge_open(buf_bytes(&token), &c) == OK;
}

static void
test_claims_in_range(void)
{
	const struct challenge_claims good = soft_batch_claims(0);
	static uint8_t text[300];
	struct challenge_claims c = good;

	memset(text, 'x', sizeof(text));
	CU_ASSERT(claims_open(&c));
	c.iss = bytes_of(text, CHALLENGE_ISS_MAX);
	CU_ASSERT(claims_open(&c));
	c.iss = bytes_of(text, CHALLENGE_ISS_MAX + 1);
	CU_ASSERT(!claims_open(&c));
	c.iss = bytes_of(NULL, 0);
	CU_ASSERT(!claims_open(&c));
	c = good;
	c.aud = bytes_of_str("Backend A");
	CU_ASSERT(!claims_open(&c));
	c = good;
	c.exp_s = c.iat_s;
	CU_ASSERT(!claims_open(&c));
	c.exp_s = CHALLENGE_TIME_MAX + 1;
	CU_ASSERT(!claims_open(&c));
	c = good;
	c.workflow = WORKFLOW_COUNT;
	CU_ASSERT(!claims_open(&c));
	c = good;
	c.bindings.channel = bytes_of(text, CHANNEL_MAX + 1);
	CU_ASSERT(!claims_open(&c));
	c.bindings.channel = bytes_of_str("be\nta");
	CU_ASSERT(!claims_open(&c));
	c.bindings.channel = bytes_of_str("be\xff");
	CU_ASSERT(!claims_open(&c));
	c.bindings.channel = bytes_of_str("");
	CU_ASSERT(!claims_open(&c));
}

/* The second id of the same algorithm is a second spelling: refused. */
static void
test_alg_spelling(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	struct challenge c;

	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&f.token), &c), OK);
	size_t at = (size_t)(c.head_bytes.data - f.token.data);
	CU_ASSERT_EQUAL(f.token.data[at + 2], 0x26); /* -7 */
	f.token.data[at + 2] = 0x28;                 /* -9, ESP256 */
	CU_ASSERT_EQUAL(challenge_open(buf_bytes(&f.token), &c), E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "round trip by every algorithm, bit for bit", test_round_trip },
	{ "every set of bindings, every workflow", test_bindings },
	{ "every flipped bit is refused", test_flipped_bits },
	{ "every truncation is refused", test_truncated },
	{ "one verification a batch, forgeries not kept", test_batch_cache },
	{ "a known batch vouches for itself only", test_cache_is_not_believed },
	{ "more batches than are remembered", test_many_batches },
	{ "another key's signature", test_other_key },
	{ "a head that disagrees with its claims", test_disagreement },
	{ "one index and size fit a path", test_malleable_proof },
	{ "claims out of range", test_claims_in_range },
	{ "a second id of the algorithm", test_alg_spelling },
	{ NULL, NULL },
};

HARNESS_MAIN("challenge", tests)
