/*
 * soft_result.c - see soft_result.h.
 */
#include <string.h>

#include "wire/reason.h"
#include "tests/common/fakes/soft_batch.h"
#include "tests/common/fakes/soft_result.h"

/* 32 bytes that can be told apart by eye. */
static void
fill(uint8_t out[static HASH_SIZE], uint8_t i)
{
	memcpy(out, "nonce-nonce-nonce-nonce-nonce-00", HASH_SIZE);
	out[HASH_SIZE - 1] = (uint8_t)('0' + i);
}

struct ear_fields
soft_result_fields(void)
{
	struct ear_fields f = {
		.issued_s = SOFT_BATCH_IAT,
		.expires_s = SOFT_BATCH_IAT + 300,
		.sequence = 42,
		.tenant = bytes_of_str("backend-a"),
		.redeemed = 1,
		.workflow = WORKFLOW_METADATA,
		.bindings = {
			.present = BINDING_ALL,
			.device_handle = bytes_of_str("dh1_example"),
			.channel = bytes_of_str("beta"),
			.transaction = bytes_of_str("order-17"),
			.release = bytes_of_str("firmware 4.2.0"),
		},
		.format = bytes_of_str("tpm2-quote"),
		.policy_id = bytes_of_str("demo"),
		.policy_version = 1,
		.trust_version = 3,
	};
	const struct cti cti = { .node = 1, .epoch = 7, .serial = 1 };

	for (uint8_t i = 0; i < sizeof(f.jti); i++)
		f.jti[i] = i;
	cti_encode(&cti, f.cti);
	f.vector[VECTOR_INSTANCE_IDENTITY] = 2;
	f.vector[VECTOR_EXECUTABLES] = 2;
	f.vector[VECTOR_HARDWARE] = 2;
	fill(f.nonce, 0);
	fill(f.bindings.transport, 1);
	fill(f.bindings.request, 2);
	fill(f.evidence, 3);
	fill(f.policy_digest, 4);
	fill(f.trust_digest, 5);
	fill(f.bindings.account, 6);
	return f;
}

struct ear_fields
soft_result_unbelievable(void)
{
	struct ear_fields f = soft_result_fields();

	f.redeemed = 0;
	f.reasons = reason_bit(REASON_CHALLENGE_FORGED);
	f.bindings = (struct bindings){ 0 };
	f.format = bytes_of(NULL, 0);
	f.workflow = 0;
	memset(f.nonce, 0, sizeof(f.nonce));
	memset(f.cti, 0, sizeof(f.cti));
	memset(f.vector, 0, sizeof(f.vector));
	return f;
}

err_t
soft_result(const struct soft_key *key, const struct ear_fields *fields,
            struct buf *out)
{
	const struct ear_issuer issuer = {
		.iss = bytes_of_str("https://anchor.example"),
		.kid = bytes_of_str(soft_key_kid(key)),
		.alg = soft_key_alg(key),
	};
	AUTO(buf_release) struct buf signature = buf_of(1024);

	TRY(ear_compose(out, &issuer, fields));
	soft_key_sign(key, buf_bytes(out), &signature);
	ear_seal(out, buf_bytes(&signature));
	return buf_status(out);
}

struct receipt_head
soft_cwt_head(const struct soft_key *key, size_t n)
{
	return (struct receipt_head){
		.kind = RECEIPT_RESULT,
		.alg = soft_key_alg(key),
		.kid = bytes_of_str(soft_key_kid(key)),
		.iss = bytes_of_str("https://anchor.example"),
		.iat_s = SOFT_BATCH_IAT,
		.exp_s = SOFT_BATCH_IAT + 300,
		.epoch = 7,
		.batch_size = n == 1 ? 2 : (uint32_t)n,
	};
}

err_t
soft_cwt(const struct soft_key *key, const struct ear_fields *fields,
         struct buf *out)
{
	const struct receipt_head head = soft_cwt_head(key, 1);
	const struct ear_issuer issuer = { head.iss, head.kid, head.alg };
	AUTO(buf_release) struct buf claims = buf_of(EAR_CWT_CLAIMS_MAX);

	TRY(ear_cwt_compose(&claims, &issuer, fields));
	const struct bytes leaf = buf_bytes(&claims);
	AUTO(soft_batch_release)
	struct soft_batch b = soft_batch_of_leaves(key, &leaf, 1, &head);
	soft_batch_token(&b, 0, out);
	return buf_status(out);
}
