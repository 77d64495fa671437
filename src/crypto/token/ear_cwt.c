/*
 * ear_cwt.c - composes the claims of a result in CBOR from typed fields.
 *
 * Straight from the fields to bytes, in the order of the deterministic encoding:
 * this is most of what such a result costs the key holder.
 */
#include "base/auto.h"
#include "crypto/codec/cbor.h"
#include "crypto/token/challenge.h"
#include "crypto/token/claim.h"
#include "crypto/token/ear_int.h"

#define CNF_COSE_KEY 1       /* RFC 8747 section 3.1 */
#define VERIFIER_DEVELOPER 0 /* draft-ietf-rats-ear-04: ear_verifier_id */
#define VERIFIER_BUILD 1

static struct bytes
hash_bytes(const uint8_t *hash)
{
	return bytes_of(hash, HASH_SIZE);
}

/* --- the appraisal: submods ----------------------------------------------- */

static void
put_vector(struct buf *out, const int8_t v[static VECTOR_COUNT], size_t n)
{
	cbor_put_int(out, ANCHORD_EAR_VECTOR);
	cbor_put_map(out, n);
	for (enum vector_claim i = 0; i < VECTOR_COUNT; i++)
		if (v[i] != 0)
			claim_put_int(out, i, v[i]);
}

static void
put_appraisal(struct buf *out, const struct ear_fields *f)
{
	size_t claims = 0;

	for (size_t i = 0; i < VECTOR_COUNT; i++)
		claims += f->vector[i] != 0;
	bool policy = f->policy_id.len > 0;

	cbor_put_map(out, 1u + ear_believable(f) + (claims > 0) + policy);
	if (ear_believable(f))
		claim_put_bytes(out, ANCHORD_LABEL_EAT_NONCE,
		                hash_bytes(f->nonce));
	claim_put_uint(out, ANCHORD_EAR_STATUS, ear_status(f));
	if (claims > 0)
		put_vector(out, f->vector, claims);
	if (policy) {
		cbor_put_int(out, ANCHORD_EAR_POLICY_IDS);
		cbor_put_array(out, 1);
		cbor_put_text(out, f->policy_id);
	}
}

static void
put_submods(struct buf *out, const struct ear_fields *f)
{
	cbor_put_int(out, ANCHORD_EAR_SUBMODS);
	cbor_put_map(out, 1);
	cbor_put_text(out,
	              f->format.len ? f->format : bytes_of_str(EAR_NO_FORMAT));
	put_appraisal(out, f);
}

/* --- the private claim ---------------------------------------------------- */

static void
put_reason_codes(struct buf *out, reason_set set)
{
	cbor_put_int(out, ANCHORD_KEY_REASONS);
	cbor_put_array(out, (size_t)__builtin_popcountll(set));
	for (enum reason r = reason_next(set, 0); r < REASON_COUNT;
	     r = reason_next(set, r + 1))
		cbor_put_text(out, bytes_of_str(reason_code(r)));
}

/* What a policy and a rollout file have in common. */
static void
put_file_members(struct buf *out, struct bytes id, uint32_t version,
                 const uint8_t *digest)
{
	claim_put_text(out, EAR_FILE_ID, id);
	claim_put_uint(out, EAR_FILE_VERSION, version);
	claim_put_bytes(out, EAR_FILE_DIGEST, hash_bytes(digest));
}

static void
put_rollout(struct buf *out, const struct ear_rollout *r)
{
	bool group = r->group.len > 0, stage = r->stage.len > 0;
	bool retry = r->retry_after_s > 0;

	cbor_put_int(out, ANCHORD_KEY_ROLLOUT);
	cbor_put_map(out, 3u + group + stage + retry);
	put_file_members(out, r->id, r->version, r->digest);
	if (group)
		claim_put_text(out, EAR_FILE_GROUP, r->group);
	if (stage)
		claim_put_text(out, EAR_FILE_STAGE, r->stage);
	if (retry)
		claim_put_uint(out, EAR_FILE_RETRY_AFTER, r->retry_after_s);
}

static void
put_challenge_members(struct buf *out, const struct ear_fields *f)
{
	claim_put_text(out, ANCHORD_KEY_WORKFLOW,
	               bytes_of_str(workflow_name(f->workflow)));
	claim_put_bytes(out, ANCHORD_KEY_CTI, bytes_of(f->cti, sizeof(f->cti)));
	cbor_put_int(out, ANCHORD_KEY_BINDINGS);
	cbor_put_map(out, challenge_count_bindings(&f->bindings));
	challenge_put_bindings(out, &f->bindings);
}

static void
put_enrolled(struct buf *out, const struct ear_fields *f)
{
	claim_put_text(out, ANCHORD_KEY_DEVICE_HANDLE, f->handle);
	claim_put_text(out, ANCHORD_KEY_ENROLMENT,
	               bytes_of_str(wire_enrolled_name(f->enrolled)));
}

static size_t
count_private(const struct ear_fields *f)
{
	return 5u + (f->trust_version > 0) + 3u * ear_believable(f) +
	       2u * (f->enrolled != WIRE_ENROLLED_NOT) + f->pending +
	       (f->policy_id.len > 0) + (f->rollout.version > 0);
}

static void
put_private(struct buf *out, const struct ear_fields *f)
{
	cbor_put_int(out, ANCHORD_LABEL_PRIVATE);
	cbor_put_map(out, count_private(f));
	cbor_put_int(out, ANCHORD_KEY_ELIGIBLE);
	cbor_put_bool(out, f->reasons == 0);
	put_reason_codes(out, f->reasons);
	claim_put_bytes(out, ANCHORD_KEY_EVIDENCE, hash_bytes(f->evidence));
	claim_put_uint(out, ANCHORD_KEY_SEQUENCE, f->sequence);
	claim_put_uint(out, ANCHORD_KEY_TRUST_VERSION, f->trust_version);
	if (f->trust_version > 0)
		claim_put_bytes(out, ANCHORD_KEY_TRUST_DIGEST,
		                hash_bytes(f->trust_digest));
	if (ear_believable(f))
		put_challenge_members(out, f);
	if (f->enrolled != WIRE_ENROLLED_NOT)
		put_enrolled(out, f);
	if (f->pending)
		claim_put_text(out, ANCHORD_KEY_DEVICE_STATE,
		               bytes_of_str(wire_device_state_name(
		                       WIRE_DEVICE_PENDING)));
	if (f->policy_id.len > 0) {
		cbor_put_int(out, ANCHORD_KEY_POLICY);
		cbor_put_map(out, 3);
		put_file_members(out, f->policy_id, f->policy_version,
		                 f->policy_digest);
	}
	if (f->rollout.version > 0)
		put_rollout(out, &f->rollout);
}

/* --- the claims ----------------------------------------------------------- */

static err_t
put_cnf(struct buf *out, struct bytes spki)
{
	cbor_put_int(out, ANCHORD_EAR_CNF);
	cbor_put_map(out, 1);
	cbor_put_int(out, CNF_COSE_KEY);
	return confirmation_to_cose(spki, out);
}

static void
put_verifier(struct buf *out)
{
	cbor_put_int(out, ANCHORD_EAR_VERIFIER_ID);
	cbor_put_map(out, 2);
	claim_put_text(out, VERIFIER_DEVELOPER, bytes_of_str(EAR_DEVELOPER));
	claim_put_text(out, VERIFIER_BUILD, bytes_of_str(EAR_BUILD));
}

err_t
ear_cwt_put_claims(struct buf *out, struct bytes iss,
                   const struct ear_fields *f)
{
	bool cnf = f->confirmation.len > 0;

	cbor_put_map(out, 10u + cnf + ear_believable(f));
	claim_put_text(out, ANCHORD_LABEL_ISS, iss);
	claim_put_text(out, ANCHORD_LABEL_AUD, f->tenant);
	claim_put_uint(out, ANCHORD_LABEL_EXP, f->expires_s);
	claim_put_uint(out, ANCHORD_LABEL_IAT, f->issued_s);
	claim_put_bytes(out, ANCHORD_LABEL_CTI,
	                bytes_of(f->jti, sizeof(f->jti)));
	if (cnf)
		TRY(put_cnf(out, f->confirmation));
	if (ear_believable(f))
		claim_put_bytes(out, ANCHORD_LABEL_EAT_NONCE,
		                hash_bytes(f->nonce));
	claim_put_text(out, ANCHORD_LABEL_EAT_PROFILE,
	               bytes_of_str(EAR_PROFILE));
	put_submods(out, f);
	claim_put_uint(out, ANCHORD_EAR_STATUS, ear_status(f));
	put_verifier(out);
	put_private(out, f);
	return buf_status(out);
}

err_t
ear_cwt_compose(struct buf *out, const struct ear_issuer *issuer,
                const struct ear_fields *fields)
{
	if (!ear_fields_valid(issuer, fields))
		return E_MALFORMED;
	return ear_cwt_put_claims(out, issuer->iss, fields);
}
