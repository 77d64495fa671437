/*
 * ear.c - composes the signing input of a JWT from typed fields.
 *
 * The serializer sorts the members, so the same fields give the same text: a
 * result that is signed again after a crash has the same content.
 */
#include "base/auto.h"
#include "crypto/token/challenge.h"
#include "crypto/token/ear_int.h"
#include "base/encode.h"
#include "crypto/codec/json_auto.h"
#include "crypto/keys/confirmation.h"

static bool
put_hash(json_t *object, const char *key, const uint8_t *hash)
{
	return json_put(object, key, json_base64url(bytes_of(hash, HASH_SIZE)));
}

static bool
put_ear_number(json_t *object, const char *key, uint64_t v)
{
	return json_put(object, key, json_integer((json_int_t)v));
}

/* --- the appraisal: submods ----------------------------------------------- */

/* Contains only the claims that have a value; NULL: out of memory. */
static json_t *
compose_vector(const int8_t v[static VECTOR_COUNT])
{
	AUTO(json_decref) json_t *claims = json_object();

	if (!claims)
		return NULL;
	for (enum vector_claim i = 0; i < VECTOR_COUNT; i++)
		if (v[i] != 0 &&
		    !json_put(claims, vector_name(i), json_integer(v[i])))
			return NULL;
	return TAKE(claims);
}

static json_t *
compose_appraisal(const struct ear_fields *f)
{
	AUTO(json_decref) json_t *o = json_object();
	AUTO(json_decref) json_t *claims = compose_vector(f->vector);

	bool good = o && claims &&
	            json_put(o, ANCHORD_CLAIM_STATUS,
	                     json_string(tier_name(ear_status(f))));
	if (good && json_object_size(claims) > 0)
		good = json_put(o, "ear_trustworthiness_vector", TAKE(claims));
	if (good && f->policy_id.len > 0)
		good = json_put(
		        o, "ear_appraisal_policy_ids",
		        json_pack("[s%]", f->policy_id.data, f->policy_id.len));
	if (good && ear_believable(f))
		good = put_hash(o, "eat_nonce", f->nonce);
	return good ? TAKE(o) : NULL;
}

static json_t *
compose_submods(const struct ear_fields *f)
{
	struct bytes name =
	        f->format.len ? f->format : bytes_of_str(EAR_NO_FORMAT);

	return json_pack("{s%:o}", name.data, name.len, compose_appraisal(f));
}

/* --- the private claim ---------------------------------------------------- */

static json_t *
compose_reasons(reason_set set)
{
	AUTO(json_decref) json_t *codes = json_array();

	if (!codes)
		return NULL;
	for (enum reason r = reason_next(set, 0); r < REASON_COUNT;
	     r = reason_next(set, r + 1))
		if (json_array_append_new(codes, json_string(reason_code(r))))
			return NULL;
	return TAKE(codes);
}

/* Digests are in an object of their own, texts beside it, as in a request. */
static bool
put_bindings(json_t *o, const struct bindings *b)
{
	AUTO(json_decref) json_t *digests = json_object();
	bool good = digests != NULL;

	for (enum binding i = 0; good && i < BINDING_COUNT; i++) {
		struct bytes value = binding_value(b, i);

		if (!bindings_have(b, i))
			continue;
		good = binding_is_text(i)
		               ? json_put_text(o, binding_member(i), value)
		               : put_hash(digests, binding_member(i),
		                          value.data);
	}
	return good && json_put(o, ANCHORD_MEMBER_BINDINGS, TAKE(digests));
}

static json_t *
compose_policy(const struct ear_fields *f)
{
	AUTO(json_decref) json_t *o = json_object();

	bool good = o && json_put_text(o, "id", f->policy_id) &&
	            put_ear_number(o, "version", f->policy_version) &&
	            put_hash(o, "digest", f->policy_digest);
	if (good && f->policy_group.len > 0)
		good = json_put_text(o, "group", f->policy_group);
	if (good && f->policy_state.len > 0)
		good = json_put_text(o, "state", f->policy_state);
	return good ? TAKE(o) : NULL;
}

/* Who decides what is trusted, and the trust bundle by which this was judged. */
static bool
put_governance(json_t *o, const struct ear_fields *f)
{
	const char *by = f->trust_version ? "officers" : "none";

	return json_put(o, "governance", json_string(by)) &&
	       put_ear_number(o, "trust_bundle_version", f->trust_version) &&
	       (!f->trust_version ||
	        put_hash(o, "trust_bundle_digest", f->trust_digest));
}

/* A member that is not known is left out. */
static json_t *
compose_rollout(const struct ear_rollout *r)
{
	AUTO(json_decref) json_t *o = json_object();

	bool good = o && json_put_text(o, "id", r->id) &&
	            put_ear_number(o, "version", r->version) &&
	            put_hash(o, "digest", r->digest);
	if (good && r->group.len > 0)
		good = json_put_text(o, "group", r->group);
	if (good && r->stage.len > 0)
		good = json_put_text(o, "stage", r->stage);
	if (good && r->retry_after_s > 0)
		good = put_ear_number(o, "retry_after", r->retry_after_s);
	return good ? TAKE(o) : NULL;
}

static json_t *
private_claim(const struct ear_fields *f)
{
	AUTO(json_decref) json_t *o = json_object();

	bool good = o &&
	            json_put(o, ANCHORD_MEMBER_ELIGIBLE,
	                     json_boolean(!f->reasons)) &&
	            json_put(o, ANCHORD_MEMBER_REASONS,
	                     compose_reasons(f->reasons)) &&
	            put_hash(o, "evidence_sha256", f->evidence) &&
	            put_governance(o, f) &&
	            put_ear_number(o, ANCHORD_MEMBER_SEQUENCE, f->sequence);
	if (good && ear_believable(f))
		good = json_put(o, ANCHORD_MEMBER_WORKFLOW,
		                json_string(workflow_name(f->workflow))) &&
		       json_put(o, ANCHORD_MEMBER_CTI,
		                json_hex(bytes_of(f->cti, sizeof(f->cti)))) &&
		       put_bindings(o, &f->bindings);
	if (good && f->enrolled)
		good = json_put_text(o, ANCHORD_MEMBER_DEVICE_HANDLE,
		                     f->handle) &&
		       json_put(o, "enrolment",
		                json_string(wire_enrolled_name(f->enrolled)));
	if (good && f->pending)
		good = json_put(o, "device_state",
		                json_string(wire_device_state_name(
		                        WIRE_DEVICE_PENDING)));
	if (good && f->policy_id.len > 0)
		good = json_put(o, ANCHORD_MEMBER_POLICY, compose_policy(f));
	if (good && f->rollout.version > 0)
		good = json_put(o, ANCHORD_MEMBER_ROLLOUT,
		                compose_rollout(&f->rollout));
	return good ? TAKE(o) : NULL;
}

/* --- the JWT -------------------------------------------------------------- */

/* cnf NULL: there is none. */
static json_t *
compose_payload(const struct ear_issuer *issuer, const struct ear_fields *f,
                json_t *cnf)
{
	AUTO(json_decref) json_t *o = json_object();

	bool good = o && json_put(o, "eat_profile", json_string(EAR_PROFILE)) &&
	            json_put_text(o, "iss", issuer->iss) &&
	            json_put_text(o, "aud", f->tenant) &&
	            put_ear_number(o, "iat", f->issued_s) &&
	            put_ear_number(o, "exp", f->expires_s) &&
	            json_put(o, "jti",
	                     json_hex(bytes_of(f->jti, sizeof(f->jti)))) &&
	            json_put(o, "ear_verifier_id",
	                     json_pack("{ss ss}", "developer", EAR_DEVELOPER,
	                               "build", EAR_BUILD)) &&
	            json_put(o, ANCHORD_CLAIM_STATUS,
	                     json_string(tier_name(ear_status(f)))) &&
	            json_put(o, ANCHORD_CLAIM_SUBMODS, compose_submods(f)) &&
	            json_put(o, ANCHORD_CLAIM_PRIVATE, private_claim(f));
	if (good && ear_believable(f))
		good = put_hash(o, "eat_nonce", f->nonce);
	if (good && cnf)
		good = json_put(o, ANCHORD_CLAIM_CNF, json_incref(cnf));
	return good ? TAKE(o) : NULL;
}

static json_t *
compose_header(const struct ear_issuer *issuer)
{
	AUTO(json_decref) json_t *o = json_object();

	bool good =
	        o &&
	        json_put(o, "alg", json_string(alg_jose_name(issuer->alg))) &&
	        json_put_text(o, "kid", issuer->kid) &&
	        json_put(o, "typ", json_string(EAR_TYP));
	return good ? TAKE(o) : NULL;
}

err_t
ear_put_payload(struct buf *out, const struct ear_issuer *issuer,
                const struct ear_fields *f)
{
	AUTO(json_decref) json_t *cnf = NULL;

	if (f->confirmation.len > 0)
		TRY(confirmation_json(f->confirmation, &cnf));
	AUTO(json_decref) json_t *payload = compose_payload(issuer, f, cnf);
	return payload ? json_dump_to(payload, out) : E_NOMEM;
}

static err_t
put_header(struct buf *out, const struct ear_issuer *issuer)
{
	AUTO(json_decref) json_t *header = compose_header(issuer);
	AUTO(buf_release) struct buf text = buf_of(EAR_RESULT_MAX);

	if (!header)
		return E_NOMEM;
	TRY(json_dump_to(header, &text));
	encode_base64url(out, buf_bytes(&text));
	return buf_status(out);
}

err_t
ear_compose(struct buf *out, const struct ear_issuer *issuer,
            const struct ear_fields *fields)
{
	AUTO(buf_release) struct buf text = buf_of(EAR_RESULT_MAX);
	AUTO(buf_release) struct buf payload = buf_of(EAR_RESULT_MAX);

	if (!ear_fields_valid(issuer, fields))
		return E_MALFORMED;
	TRY(put_header(&text, issuer));
	TRY(ear_put_payload(&payload, issuer, fields));
	buf_append_str(&text, ".");
	encode_base64url(&text, buf_bytes(&payload));
	buf_append(out, buf_bytes(&text));
	TRY(buf_status(&text));
	return buf_status(out);
}

void
ear_seal(struct buf *out, struct bytes signature)
{
	buf_append_str(out, ".");
	encode_base64url(out, signature);
}
