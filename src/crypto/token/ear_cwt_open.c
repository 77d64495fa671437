/*
 * ear_cwt_open.c - parses the claims of a result in CBOR.
 *
 * The parser takes the fields and passes over what follows from them (status,
 * profile, counts); then the claims are composed again of the fields, and any
 * difference is refused.  So both define the same set of byte strings, and
 * nothing is believed that the fields do not say.
 */
#include <string.h>

#include "base/auto.h"
#include "crypto/codec/cbor.h"
#include "crypto/token/challenge.h"
#include "crypto/token/claim.h"
#include "crypto/token/ear_int.h"

/* --- the appraisal: submods ----------------------------------------------- */

static void
take_vector(struct cbor_cursor *c, int8_t v[static VECTOR_COUNT])
{
	struct cbor_map m = cbor_take_map(c);

	for (int64_t key = 0; cbor_map_next(c, &m, &key);) {
		int64_t value = cbor_take_int(c);

		if (key < 0 || key >= VECTOR_COUNT || value < INT8_MIN ||
		    value > INT8_MAX)
			cbor_fail(c);
		else
			v[key] = (int8_t)value;
	}
}

static void
take_appraisal(struct cbor_cursor *c, struct ear_fields *f)
{
	struct cbor_map m = cbor_take_map(c);

	for (int64_t key = 0; cbor_map_next(c, &m, &key);) {
		if (key == ANCHORD_EAR_VECTOR)
			take_vector(c, f->vector);
		else
			(void)cbor_take_any(c);
	}
}

static void
take_submods(struct cbor_cursor *c, struct ear_fields *f)
{
	struct cbor_map m = cbor_take_map(c);

	if (m.left != 1)
		cbor_fail(c);
	f->format = cbor_take_text(c);
	if (bytes_equal_str(f->format, EAR_NO_FORMAT))
		f->format = bytes_of(NULL, 0);
	take_appraisal(c, f);
}

/* --- the private claim ---------------------------------------------------- */

static void
take_reasons(struct cbor_cursor *c, reason_set *ret_reasons)
{
	size_t n = cbor_take_array(c);

	for (size_t i = 0; i < n && !c->failed; i++) {
		enum reason r = reason_find(cbor_take_text(c));

		if (r == REASON_COUNT)
			cbor_fail(c);
		else
			*ret_reasons |= reason_bit(r);
	}
}

/* A policy, or with its further members a rollout file. */
static void
take_file(struct cbor_cursor *c, struct ear_rollout *r)
{
	struct cbor_map m = cbor_take_map(c);

	for (int64_t key = 0; cbor_map_next(c, &m, &key);) {
		switch (key) {
		case EAR_FILE_ID:
			r->id = cbor_take_text(c);
			break;
		case EAR_FILE_VERSION:
			r->version = claim_take_u32(c);
			break;
		case EAR_FILE_DIGEST:
			cbor_take_hash(c, r->digest);
			break;
		case EAR_FILE_GROUP:
			r->group = cbor_take_text(c);
			break;
		case EAR_FILE_STAGE:
			r->stage = cbor_take_text(c);
			break;
		case EAR_FILE_RETRY_AFTER:
			r->retry_after_s = cbor_take_uint(c);
			break;
		default:
			cbor_fail(c);
		}
	}
}

static void
take_policy(struct cbor_cursor *c, struct ear_fields *f)
{
	struct ear_rollout file = { 0 };

	take_file(c, &file);
	f->policy_id = file.id;
	f->policy_version = file.version;
	memcpy(f->policy_digest, file.digest, HASH_SIZE);
}

static void
take_bindings(struct cbor_cursor *c, struct bindings *b)
{
	struct cbor_map m = cbor_take_map(c);

	for (int64_t key = 0; cbor_map_next(c, &m, &key);)
		challenge_take_binding(c, key, b);
}

static void
take_enrolled(struct cbor_cursor *c, struct ear_fields *f)
{
	struct bytes word = cbor_take_text(c);

	for (unsigned e = WIRE_ENROLLED_BEFORE; wire_enrolled_valid(e); e++)
		if (bytes_equal_str(word, wire_enrolled_name(e)))
			f->enrolled = e;
}

static void
take_workflow(struct cbor_cursor *c, struct ear_fields *f)
{
	enum workflow w = workflow_find(cbor_take_text(c));

	if (w == WORKFLOW_COUNT)
		cbor_fail(c);
	else
		f->workflow = (uint8_t)w;
}

/* Of the device's state one value is possible. */
static void
take_state(struct cbor_cursor *c, struct ear_fields *f)
{
	(void)cbor_take_text(c);
	f->pending = true;
}

static void
take_member(struct cbor_cursor *c, int64_t key, struct ear_fields *f)
{
	switch (key) {
	case ANCHORD_KEY_ELIGIBLE:
		(void)cbor_take_bool(c);
		break;
	case ANCHORD_KEY_REASONS:
		take_reasons(c, &f->reasons);
		break;
	case ANCHORD_KEY_EVIDENCE:
		cbor_take_hash(c, f->evidence);
		break;
	case ANCHORD_KEY_SEQUENCE:
		f->sequence = cbor_take_uint(c);
		break;
	case ANCHORD_KEY_TRUST_VERSION:
		f->trust_version = claim_take_u32(c);
		break;
	case ANCHORD_KEY_TRUST_DIGEST:
		cbor_take_hash(c, f->trust_digest);
		break;
	case ANCHORD_KEY_WORKFLOW:
		take_workflow(c, f);
		break;
	case ANCHORD_KEY_CTI:
		claim_take_exact(c, f->cti, sizeof(f->cti));
		break;
	case ANCHORD_KEY_BINDINGS:
		take_bindings(c, &f->bindings);
		break;
	case ANCHORD_KEY_DEVICE_HANDLE:
		f->handle = cbor_take_text(c);
		break;
	case ANCHORD_KEY_ENROLMENT:
		take_enrolled(c, f);
		break;
	case ANCHORD_KEY_DEVICE_STATE:
		take_state(c, f);
		break;
	case ANCHORD_KEY_POLICY:
		take_policy(c, f);
		break;
	case ANCHORD_KEY_ROLLOUT:
		take_file(c, &f->rollout);
		break;
	default:
		cbor_fail(c);
	}
}

static void
take_private(struct cbor_cursor *c, struct ear_fields *f)
{
	struct cbor_map m = cbor_take_map(c);

	for (int64_t key = 0; cbor_map_next(c, &m, &key);)
		take_member(c, key, f);
}

/* --- the claims ----------------------------------------------------------- */

static err_t
take_cnf(struct cbor_cursor *c, struct ear_cwt *v)
{
	struct cbor_map m = cbor_take_map(c);
	int64_t key = 0;

	(void)cbor_map_next(c, &m, &key);
	TRY(confirmation_of_cose(c, &v->confirmation));
	v->fields.confirmation = confirmation_spki(&v->confirmation);
	return OK;
}

static err_t
take_claim(struct cbor_cursor *c, int64_t key, struct ear_cwt *v)
{
	struct ear_fields *f = &v->fields;

	switch (key) {
	case ANCHORD_LABEL_ISS:
		v->issuer.iss = claim_take_issuer(c);
		break;
	case ANCHORD_LABEL_AUD:
		f->tenant = cbor_take_text(c);
		break;
	case ANCHORD_LABEL_EXP:
		f->expires_s = claim_take_time(c);
		break;
	case ANCHORD_LABEL_IAT:
		f->issued_s = claim_take_time(c);
		break;
	case ANCHORD_LABEL_CTI:
		claim_take_exact(c, f->jti, sizeof(f->jti));
		break;
	case ANCHORD_EAR_CNF:
		return take_cnf(c, v);
	case ANCHORD_LABEL_EAT_NONCE:
		cbor_take_hash(c, f->nonce);
		break;
	case ANCHORD_EAR_SUBMODS:
		take_submods(c, f);
		break;
	case ANCHORD_LABEL_PRIVATE:
		take_private(c, f);
		break;
	default: /* it follows from the fields, or is not composed again */
		(void)cbor_take_any(c);
	}
	return OK;
}

static err_t
open_claims(struct ear_cwt *v)
{
	struct cbor_cursor c = cbor_cursor_of(v->receipt.claims_bytes);
	struct cbor_map m = cbor_take_map(&c);
	AUTO(buf_release) struct buf again = buf_of(2 * EAR_CWT_MAX);

	for (int64_t key = 0; cbor_map_next(&c, &m, &key);)
		TRY(take_claim(&c, key, v));
	if (!cbor_done(&c))
		return E_MALFORMED;
	TRY(ear_cwt_put_claims(&again, v->issuer.iss, &v->fields));
	return bytes_equal(buf_bytes(&again), v->receipt.claims_bytes)
	               ? OK
	               : E_MALFORMED;
}

err_t
ear_cwt_open(struct bytes token, struct ear_cwt *ret)
{
	if (token.len > EAR_CWT_MAX)
		return E_MALFORMED;
	*ret = (struct ear_cwt){ 0 };
	TRY(receipt_open(token, RECEIPT_RESULT, &ret->receipt));
	ret->issuer.kid = ret->receipt.head.kid;
	ret->issuer.alg = ret->receipt.head.alg;
	return open_claims(ret);
}
