/*
 * test_ear_cwt.c - results in CBOR: they say what the JWT of the same result
 * says, in one encoding.
 */
#include <stdlib.h>
#include <string.h>

#include "anchord/limits.h"
#include "crypto/token/ear_int.h"
#include "tests/common/base/harness.h"
#include "tests/unit/crypto/test_ear_cwt_kit.h"

/* --- the same facts ------------------------------------------------------- */

static struct ear_fields
enrolling(void)
{
	struct ear_fields f = soft_result_fields();

	f.workflow = WORKFLOW_ENROLL;
	f.bindings.present &= (uint16_t)~BINDING_BIT(DEVICE);
	f.bindings.device_handle = bytes_of(NULL, 0);
	f.enrolled = WIRE_ENROLLED_NOW;
	f.pending = true;
	f.handle = bytes_of_str("dh1_given");
	return f;
}

static struct ear_fields
held_back(void)
{
	struct ear_fields f = soft_result_fields();

	f.reasons = reason_bit(REASON_ROLLOUT_WINDOW) |
	            reason_bit(REASON_CHALLENGE_REPLAYED);
	f.vector[VECTOR_CONFIGURATION] = 96;
	f.vector[VECTOR_FILE_SYSTEM] = -33;
	f.rollout = (struct ear_rollout){
		.id = bytes_of_str("fleet"),
		.version = 7,
		.digest = { 1 },
		.group = bytes_of_str("phones"),
		.stage = bytes_of_str("half"),
		.retry_after_s = 60,
	};
	return f;
}

/* Who governs no one, has no policy, bindings or rollout stage. */
static struct ear_fields
bare(void)
{
	struct ear_fields f = held_back();

	f.trust_version = 0;
	memset(f.trust_digest, 0, sizeof(f.trust_digest));
	f.policy_id = bytes_of(NULL, 0);
	f.bindings = (struct bindings){ 0 };
	f.rollout.group = f.rollout.stage = bytes_of(NULL, 0);
	f.rollout.retry_after_s = 0;
	f.sequence = 1ull << 40;
	return f;
}

/* Both forms verify, and the claims are one text. */
static void
check_same(const struct soft_key *key, const struct ear_fields *f)
{
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);
	AUTO(buf_release) struct buf jwt = buf_of(EAR_RESULT_MAX);
	AUTO(buf_release) struct buf cwt = buf_of(EAR_CWT_MAX);
	AUTO(buf_release) struct buf wanted = buf_of(EAR_RESULT_MAX);
	AUTO(buf_release) struct buf said = buf_of(EAR_RESULT_MAX);

	CU_ASSERT_EQUAL_FATAL(soft_result(key, f, &jwt), OK);
	CU_ASSERT_EQUAL_FATAL(soft_cwt(key, f, &cwt), OK);
	CU_ASSERT_EQUAL(ear_form(buf_bytes(&jwt)), WIRE_RESULT_JWT);
	CU_ASSERT_EQUAL(ear_form(buf_bytes(&cwt)), WIRE_RESULT_CWT);
	CU_ASSERT_EQUAL(ear_verify(buf_bytes(&jwt), ring, NOW, &wanted), OK);
	CU_ASSERT_EQUAL(ear_cwt_verify(buf_bytes(&cwt), ring, NOW, &said), OK);
	CU_ASSERT_STRING_EQUAL(buf_str(&said), buf_str(&wanted));
	CU_ASSERT_TRUE(cwt.len < jwt.len);
}

static void
test_same_facts(void)
{
	const struct ear_fields all[] = {
		soft_result_fields(),
		soft_result_unbelievable(),
		enrolling(),
		held_back(),
		bare(),
	};

	for (enum alg a = 0; a < ALG_COUNT; a++) {
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(a, "result");

		for (size_t i = 0; i < ARRAY_LEN(all); i++)
			check_same(key, &all[i]);
	}
}

/* The key that confirms, of each kind. */
static void
test_same_confirmation(void)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "result");

	for (enum alg a = 0; a < ALG_COUNT; a++) {
		AUTO(soft_key_free)
		struct soft_key *device = soft_key_new(a, "device");
		struct ear_fields f = soft_result_fields();

		f.confirmation = soft_key_spki(device);
		check_same(key, &f);
	}
}

/* Neither form is composed of fields that contradict each other. */
static void
test_refused_fields(void)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "result");
	AUTO(buf_release) struct buf cwt = buf_of(EAR_CWT_MAX);
	struct ear_fields f = soft_result_fields();

	f.redeemed = 0;
	CU_ASSERT_EQUAL(soft_cwt(key, &f, &cwt), E_MALFORMED);
	CU_ASSERT_EQUAL(cwt.len, 0);
}

/* --- one encoding --------------------------------------------------------- */

/* Truly signed claims in which this text stands once, with another in its
 * place. */
static err_t
verify_patched(struct bytes old, struct bytes new)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	AUTO(buf_release) struct buf claims = buf_of(EAR_CWT_MAX);
	struct bytes leaf = f.leaves[2];
	const uint8_t *at = memmem(leaf.data, leaf.len, old.data, old.len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	size_t before = (size_t)(at - leaf.data);
	buf_append(&claims, bytes_of(leaf.data, before));
	buf_append(&claims, new);
	buf_append(&claims,
	           bytes_of(at + old.len, leaf.len - before - old.len));
	f.leaves[2] = buf_bytes(&claims);
	sign_leaf(&f, 2);
	return verify_at(&f, NOW);
}

#define TEXT(text) bytes_of((text), sizeof(text) - 1)

static void
test_contradictions(void)
{
	const struct {
		struct bytes old, new;
	} rows[] = {
		/* eligible, and reasons: none */
		{ TEXT("\x00\xf5\x01\x80"), TEXT("\x00\xf4\x01\x80") },
		/* ear_status: affirming */
		{ TEXT("\x19\x03\xe8\x02\x19\x03\xec"),
		  TEXT("\x19\x03\xe8\x00\x19\x03\xec") },
		{ TEXT("rats/ear#04"), TEXT("rats/ear#03") },
		{ TEXT("urn:x-anchord"), TEXT("urn:x-anchorx") },
		{ TEXT("metadata"), TEXT("metadatb") },
		{ TEXT("tpm2-quote"), TEXT("challenge\0") },
		/* a number that is longer than it need be */
		{ TEXT("\x03\x02\x04\x03"), TEXT("\x03\x18\x02\x04\x03") },
		/* the map has one member more, of an unknown label */
		{ TEXT("\xab\x01\x76https"),
		  TEXT("\xac\x00\x00\x01\x76https") },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(verify_patched(rows[i].old, rows[i].new),
		                E_MALFORMED);
	CU_ASSERT_EQUAL(verify_patched(TEXT("backend-a"), TEXT("backend-b")),
	                OK);
}

/* --- sizes ---------------------------------------------------------------- */

static char letters[ANCHORD_ISSUER_MAX + 1];

static struct bytes
long_text(size_t n)
{
	return bytes_of(letters, n);
}

/* Everything that a result can say, each at its longest. */
static struct ear_fields
largest(void)
{
	struct ear_fields f = held_back();

	f.reasons = ((reason_set)1 << (REASON_COUNT - 1) << 1) - 1;
	f.tenant = long_text(ANCHORD_TENANT_MAX);
	f.bindings.device_handle = long_text(DEVICE_HANDLE_MAX);
	f.bindings.channel = long_text(CHANNEL_MAX);
	f.bindings.transaction = long_text(TRANSACTION_MAX);
	f.bindings.release = long_text(RELEASE_MAX);
	f.format = long_text(EAR_FORMAT_MAX);
	f.policy_id = long_text(EAR_POLICY_ID_MAX);
	f.policy_version = f.trust_version = UINT32_MAX;
	f.rollout.id = f.rollout.group = f.rollout.stage = f.tenant;
	f.rollout.version = UINT32_MAX;
	f.rollout.retry_after_s = f.sequence = (1ull << 53) - 1;
	memset(f.vector, 99, sizeof(f.vector));
	return f;
}

/* The largest, with as many reasons as there can ever be, each with a longer code
 * than any has, has room. */
static void
test_sizes(void)
{
	AUTO(fixture_release) struct fixture f = fixture_of(ALG_ES256);
	AUTO(buf_release) struct buf claims = buf_of(EAR_CWT_MAX);
	AUTO(buf_release) struct buf text = buf_of(2 * EAR_CWT_MAX);
	struct receipt_head head = soft_cwt_head(f.key, BATCH);
	struct receipt r;

	memset(letters, 'a', sizeof(letters));
	const struct ear_fields fields = largest();
	const struct ear_issuer issuer = { long_text(ANCHORD_ISSUER_MAX),
		                           head.kid, head.alg };
	CU_ASSERT_EQUAL_FATAL(ear_cwt_compose(&claims, &issuer, &fields), OK);
	CU_ASSERT_TRUE(claims.len + CONFIRMATION_MAX +
	                       (64 - REASON_COUNT) * 40 <
	               EAR_CWT_CLAIMS_MAX);
	f.leaves[2] = buf_bytes(&claims);
	head.iss = issuer.iss;
	for (size_t i = 0; i < BATCH; i++)
		f.leaves[i] = f.leaves[2];
	sign_with(&f, &head, 2);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), OK);

	AUTO(buf_release) struct buf token = buf_of(EAR_CWT_MAX);
	buf_append(&token, buf_bytes(&f.token));
	CU_ASSERT_EQUAL_FATAL(
	        receipt_open(buf_bytes(&token), RECEIPT_RESULT, &r), OK);
	struct ear_fields more = fields;
	AUTO(buf_release) struct buf format = buf_of(EAR_CWT_MAX);
	while (format.len < EAR_CWT_MAX)
		buf_u8(&format, 'a');
	more.format = buf_bytes(&format);
	CU_ASSERT_EQUAL(ear_cwt_put_claims(&text, issuer.iss, &more), OK);
	buf_release(&f.token);
	f.token = buf_of(4 * EAR_CWT_MAX);
	receipt_put_token(&f.token, buf_bytes(&text), r.head_bytes, &r.proof,
	                  r.signature);
	CU_ASSERT_EQUAL(verify_at(&f, NOW), E_MALFORMED);
}

static const struct harness_test tests[] = {
	{ "say what the JWT says", test_same_facts },
	{ "and confirm the same key", test_same_confirmation },
	{ "fields that contradict each other", test_refused_fields },
	{ "claims that contradict each other", test_contradictions },
	{ "the largest fits, and none that is larger", test_sizes },
	{ NULL, NULL },
};

HARNESS_MAIN("ear_cwt", tests)
