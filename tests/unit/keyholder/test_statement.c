/*
 * test_statement.c - batches of challenges without a device: each challenge
 * that is composed parses and verifies with the same claims.
 */
#include <stdio.h>
#include <string.h>

#include "keyholder/statement.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_key.h"

static const uint8_t decoy[HASH_SIZE] = { 0xdd };

static struct challenge_claims
claims_of(uint64_t serial)
{
	return (struct challenge_claims){
		.aud = bytes_of_str("tenant"),
		.exp_s = 1000 + 100 + serial % 7,
		.cti = { 9, 8, serial },
		.salt = { (uint8_t)serial, (uint8_t)(serial >> 8) },
		.workflow = WORKFLOW_ARTIFACT,
		.bindings = { .present = BINDING_BIT(CHANNEL),
		              .channel = bytes_of_str("beta") },
	};
}

struct rig {
	struct soft_key *key;
	struct keyring *ring;
	struct statement *statement;
	struct receipt_head head;
};

static void
rig_close(struct rig *r)
{
	soft_key_free(r->key);
	keyring_free(r->ring);
	statement_free(r->statement);
}
DEFINE_AUTO_REF(struct rig, rig_close);

static struct rig
rig_of(size_t max)
{
	struct rig r = { .key = soft_key_new(ALG_ES256, "statement") };

	r.ring = soft_key_ring(r.key);
	CU_ASSERT_EQUAL_FATAL(statement_new(max, &r.statement), OK);
	r.head = (struct receipt_head){
		.alg = ALG_ES256,
		.kid = bytes_of_str(soft_key_kid(r.key)),
		.iss = bytes_of_str("https://anchord.example"),
		.iat_s = 1000,
		.epoch = 8,
	};
	return r;
}

/* Composes a batch of n; each challenge must parse, verify and have its
 * claims. */
static void
check_batch(struct rig *r, uint64_t n)
{
	AUTO(buf_release) struct buf signature = buf_of(512);
	AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
	struct bytes tbs;

	statement_start(r->statement, &r->head);
	for (uint64_t i = 0; i < n; i++) {
		struct challenge_claims c = claims_of(i);

		CU_ASSERT_EQUAL_FATAL(statement_add(r->statement, &c), OK);
	}
	CU_ASSERT_EQUAL(statement_count(r->statement), n);
	CU_ASSERT_EQUAL_FATAL(statement_close(r->statement, decoy, &tbs), OK);
	soft_key_sign(r->key, tbs, &signature);
	for (uint64_t i = 0; i < n; i++) {
		struct challenge c;

		buf_reset(&token);
		statement_token(r->statement, i, buf_bytes(&signature), &token);
		CU_ASSERT_EQUAL_FATAL(buf_status(&token), OK);
		CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&token), &c),
		                      OK);
		CU_ASSERT_EQUAL(challenge_verify(&c, r->ring), OK);
		CU_ASSERT_EQUAL(c.claims.cti.serial, i);
		CU_ASSERT_EQUAL(c.claims.iat_s, 1000);
		CU_ASSERT_EQUAL(c.claims.exp_s, 1100 + i % 7);
		CU_ASSERT_EQUAL(c.head.exp_s, n < 7 ? 1099 + n : 1106);
		CU_ASSERT_EQUAL(c.head.batch_size, n == 1 ? 2 : n);
		CU_ASSERT_EQUAL(memcmp(c.nonce,
		                       statement_nonce(r->statement, i),
		                       HASH_SIZE),
		                0);
	}
}

static void
test_sizes(void)
{
	AUTO(rig_close) struct rig r = rig_of(70);

	for (uint64_t n = 1; n <= 70; n++)
		check_batch(&r, n);
	check_batch(&r, 3); /* smaller after larger, on the same memory */
	check_batch(&r, 1);
}

static void
test_full(void)
{
	AUTO(rig_close) struct rig r = rig_of(2);
	struct challenge_claims c = claims_of(1);
	struct statement *none = NULL;

	statement_start(r.statement, &r.head);
	CU_ASSERT_EQUAL(statement_add(r.statement, &c), OK);
	CU_ASSERT_EQUAL(statement_add(r.statement, &c), OK);
	CU_ASSERT_EQUAL(statement_add(r.statement, &c), E_LIMIT);
	CU_ASSERT_EQUAL(statement_count(r.statement), 2);
	CU_ASSERT_EQUAL(
	        statement_add_result(r.statement, bytes_of_str("x"), 1, 2),
	        E_LIMIT);
	CU_ASSERT_EQUAL(statement_new(1, &none), E_LIMIT);
	CU_ASSERT_EQUAL(statement_new(MERKLE_LEAVES_MAX + 1, &none), E_LIMIT);
	CU_ASSERT_PTR_NULL(none);
}

/* Results in CBOR have times of their own. */
static void
test_results(void)
{
	static const uint64_t iats[] = { 1005, 1003, 1009 };
	AUTO(rig_close) struct rig r = rig_of(4);
	AUTO(buf_release) struct buf signature = buf_of(512);
	AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
	struct receipt receipt;
	struct bytes tbs;

	r.head.kind = RECEIPT_RESULT;
	statement_start(r.statement, &r.head);
	for (size_t i = 0; i < ARRAY_LEN(iats); i++)
		CU_ASSERT_EQUAL(statement_add_result(r.statement,
		                                     bytes_of(&iats[i], 8),
		                                     iats[i], iats[i] + 300),
		                OK);
	CU_ASSERT_EQUAL_FATAL(statement_close(r.statement, decoy, &tbs), OK);
	soft_key_sign(r.key, tbs, &signature);
	statement_token(r.statement, 1, buf_bytes(&signature), &token);
	CU_ASSERT_EQUAL(
	        receipt_open(buf_bytes(&token), RECEIPT_CHALLENGE, &receipt),
	        E_MALFORMED);
	CU_ASSERT_EQUAL_FATAL(
	        receipt_open(buf_bytes(&token), RECEIPT_RESULT, &receipt), OK);
	CU_ASSERT_TRUE(
	        bytes_equal(receipt.claims_bytes, bytes_of(&iats[1], 8)));
	CU_ASSERT_EQUAL(receipt.head.iat_s, 1003);
	CU_ASSERT_EQUAL(receipt.head.exp_s, 1309);
	CU_ASSERT_EQUAL(receipt.head.epoch, 8);
}

static void
test_empty(void)
{
	AUTO(rig_close) struct rig r = rig_of(4);
	struct bytes tbs;

	statement_start(r.statement, &r.head);
	CU_ASSERT_NOT_EQUAL(statement_close(r.statement, decoy, &tbs), OK);
}

/* Issuer and time come from the batch's head, never from a request. */
static void
test_said_by_us(void)
{
	AUTO(rig_close) struct rig r = rig_of(4);
	AUTO(buf_release) struct buf token = buf_of(CHALLENGE_MAX);
	struct challenge_claims c = claims_of(1);
	struct challenge made;
	struct bytes tbs;
	static const uint8_t signature[64];

	c.iss = bytes_of_str("https://elsewhere.example");
	c.iat_s = 5;
	statement_start(r.statement, &r.head);
	CU_ASSERT_EQUAL(statement_add(r.statement, &c), OK);
	CU_ASSERT_EQUAL(statement_close(r.statement, decoy, &tbs), OK);
	statement_token(r.statement, 0, bytes_of(signature, 64), &token);
	CU_ASSERT_EQUAL_FATAL(challenge_open(buf_bytes(&token), &made), OK);
	CU_ASSERT_TRUE(bytes_equal(made.claims.iss, r.head.iss));
	CU_ASSERT_EQUAL(made.claims.iat_s, 1000);
}

/* The input of the handle key must never change, because handles outlive
 * releases.  No two pairs (tenant, identity) give the same input. */
static void
test_handle_input(void)
{
	AUTO(buf_release) struct buf in = buf_of(256);
	AUTO(buf_release) struct buf out = buf_of(64);
	uint8_t identity[HASH_SIZE];

	memset(identity, 0xaa, sizeof(identity));
	statement_handle_input(&in, bytes_of_str("ab"), identity);
	CU_ASSERT_EQUAL(in.len, 17 + 2 + 2 + HASH_SIZE);
	CU_ASSERT_EQUAL(memcmp(in.data, "anchord-handle-1\0\0\2ab\xaa\xaa", 23),
	                0);
	memset(identity, 0, sizeof(identity));
	statement_handle(&out, identity);
	CU_ASSERT_STRING_EQUAL(
	        buf_str(&out),
	        "dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}

static const struct harness_test tests[] = {
	{ "verifies at every size", test_sizes },
	{ "refuses more than its maximum", test_full },
	{ "results, which the head frames", test_results },
	{ "signs no empty batch", test_empty },
	{ "says its own issuer and time", test_said_by_us },
	{ "keeps the handle's input", test_handle_input },
	{ NULL, NULL },
};

HARNESS_MAIN("statement", tests)
