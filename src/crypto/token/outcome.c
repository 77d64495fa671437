/*
 * outcome.c - see outcome.h.
 */
#include "crypto/token/outcome.h"

#include <stdio.h>

#include "base/clock.h"
#include "crypto/codec/json_auto.h"
#include "wire/reason.h"

#define REASON_BITS 64

static bool
put_number(json_t *o, const char *key, uint64_t v)
{
	return json_put(o, key, json_integer((json_int_t)v));
}

static bool
put_digest(json_t *o, const char *key, const uint8_t digest[static HASH_SIZE])
{
	return json_put(o, key, json_base64url(bytes_of(digest, HASH_SIZE)));
}

static bool
put_moment(json_t *o, const char *key, uint64_t at_ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(at_ms, text);
	return json_put(o, key, json_string(text));
}

/* Text that is not UTF-8 was not stored by this program; it is shown in hex. */
static bool
put_words(json_t *o, const char *key, struct bytes text)
{
	json_t *whole = json_stringn((const char *)text.data, text.len);

	return json_put(o, key, whole ? whole : json_hex(text));
}

void
outcome_reason(unsigned bit, char out[static OUTCOME_REASON_SIZE])
{
	if (bit < REASON_COUNT)
		snprintf(out, OUTCOME_REASON_SIZE, "%s",
		         reason_code((enum reason)bit));
	else
		snprintf(out, OUTCOME_REASON_SIZE, "unknown-%u", bit);
}

static json_t *
reasons_json(reason_set set)
{
	AUTO(json_decref) json_t *codes = json_array();
	char code[OUTCOME_REASON_SIZE];

	for (unsigned i = 0; codes && i < REASON_BITS; i++) {
		if (!(set >> i & 1))
			continue;
		outcome_reason(i, code);
		if (json_array_append_new(codes, json_string(code)))
			return NULL;
	}
	return TAKE(codes);
}

/* The claims that have a value. */
static json_t *
vector_json(const int8_t v[static VECTOR_COUNT])
{
	AUTO(json_decref) json_t *claims = json_object();

	for (enum vector_claim i = 0; claims && i < VECTOR_COUNT; i++)
		if (v[i] != 0 &&
		    !json_put(claims, vector_name(i), json_integer(v[i])))
			return NULL;
	return TAKE(claims);
}

static bool
has_binding(const struct wire_outcome *w, enum binding b)
{
	return (w->present >> b & 1) != 0;
}

static json_t *
bindings_json(const struct wire_outcome *w)
{
	AUTO(json_decref) json_t *o = json_object();

	bool good = o != NULL;
	if (good && has_binding(w, BINDING_TRANSPORT))
		good = put_digest(o, "transport", w->transport);
	if (good && has_binding(w, BINDING_REQUEST))
		good = put_digest(o, "request", w->request);
	if (good && has_binding(w, BINDING_ACCOUNT))
		good = put_digest(o, "account", w->account);
	return good ? TAKE(o) : NULL;
}

/* What comes from the challenge, if it is one of ours that the tenant got. */
static bool
put_challenge(json_t *o, const struct wire_outcome *w)
{
	if (bytes_all_zero(w->cti, CTI_SIZE))
		return true;

	bool good = json_put(o, "cti", json_hex(bytes_of(w->cti, CTI_SIZE))) &&
	            (w->challenge_kid.len == 0 ||
	             put_words(o, "challenge_kid", w->challenge_kid)) &&
	            put_digest(o, "nonce", w->nonce) &&
	            json_put(o, "workflow",
	                     json_string(w->workflow < WORKFLOW_COUNT
	                                         ? workflow_name(w->workflow)
	                                         : "?")) &&
	            json_put(o, "bindings", bindings_json(w));
	if (good && w->channel.len > 0)
		good = put_words(o, "channel", w->channel);
	if (good && w->purpose.len > 0)
		good = put_words(o, "transaction", w->purpose);
	if (good && w->release.len > 0)
		good = put_words(o, "release", w->release);
	return good;
}

/* A change of the device's key, made or refused: who ordered it, and why. */
static json_t *
key_change_json(const struct wire_outcome *w)
{
	AUTO(json_decref) json_t *o = json_object();
	bool known = wire_key_change_valid((unsigned)w->key_change);

	bool good = o &&
	            json_put(o, "by",
	                     json_string(known ? wire_key_change_name(
	                                                 (enum wire_key_change)
	                                                         w->key_change)
	                                       : "?")) &&
	            put_words(o, "client", w->ordered_by);
	if (good && w->order_note.len > 0)
		good = put_words(o, "reason", w->order_note);
	return good ? TAKE(o) : NULL;
}

static bool
put_device(json_t *o, const struct wire_outcome *w)
{
	bool good = true;

	if (w->device_handle.len > 0)
		good = put_words(o, "device_handle", w->device_handle);
	if (good && w->enrolled != WIRE_ENROLLED_NOT)
		good = json_put(
		        o, "enrolment",
		        json_string(w->enrolled <= WIRE_ENROLLED_NOW
		                            ? wire_enrolled_name(w->enrolled)
		                            : "?"));
	if (good && w->key_change != WIRE_KEY_CHANGE_NONE)
		good = json_put(o, "key_change", key_change_json(w));
	return good;
}

static json_t *
policy_json(const struct wire_outcome *w)
{
	AUTO(json_decref) json_t *o = json_object();

	bool good = o && put_words(o, "id", w->policy_id) &&
	            put_number(o, "version", w->policy_version) &&
	            put_digest(o, "digest", w->policy_digest);
	if (good && w->policy_group.len > 0)
		good = put_words(o, "group", w->policy_group);
	if (good && w->policy_state.len > 0)
		good = put_words(o, "state", w->policy_state);
	return good ? TAKE(o) : NULL;
}

/* As a result has it (docs/formats.md). */
static json_t *
rollout_json(const struct wire_outcome *w)
{
	AUTO(json_decref) json_t *o = json_object();

	bool good = o && put_words(o, "id", w->rollout_id) &&
	            put_number(o, "version", w->rollout_version) &&
	            put_digest(o, "digest", w->rollout_digest);
	if (good && w->rollout_group.len > 0)
		good = put_words(o, "group", w->rollout_group);
	if (good && w->rollout_stage.len > 0)
		good = put_words(o, "stage", w->rollout_stage);
	if (good && w->retry_after_s > 0)
		good = put_number(o, "retry_after", w->retry_after_s);
	return good ? TAKE(o) : NULL;
}

/* Named as in a result; without officers there is none. */
static bool
put_trust(json_t *o, const struct wire_outcome *w)
{
	return w->trust_version == 0 ||
	       (put_number(o, "trust_bundle_version", w->trust_version) &&
	        put_digest(o, "trust_bundle_digest", w->trust_digest));
}

/* What was found of the evidence. */
static bool
put_finding(json_t *o, const struct wire_outcome *w)
{
	bool good =
	        json_put(o, "trustworthiness_vector", vector_json(w->vector)) &&
	        put_digest(o, "evidence_sha256", w->evidence);

	if (good && w->format.len > 0)
		good = put_words(o, "format", w->format);
	if (good && w->policy_id.len > 0)
		good = json_put(o, "policy", policy_json(w));
	if (good && w->rollout_id.len > 0)
		good = json_put(o, "rollout", rollout_json(w));
	return good && put_trust(o, w);
}

enum wire_difference
outcome_differs(uint64_t reasons, uint64_t shadow_reasons)
{
	if (reasons == shadow_reasons)
		return WIRE_DIFFERENCE_NONE;
	if (reasons == 0)
		return WIRE_DIFFERENCE_REFUSES;
	return shadow_reasons == 0 ? WIRE_DIFFERENCE_ACCEPTS
	                           : WIRE_DIFFERENCE_REASONS;
}

enum wire_difference
outcome_difference(struct bytes word)
{
	for (unsigned i = WIRE_DIFFERENCE_ANY; wire_difference_valid(i); i++)
		if (bytes_equal_str(word, wire_difference_name(
		                                  (enum wire_difference)i)))
			return (enum wire_difference)i;
	return WIRE_DIFFERENCE_NONE;
}

/* What would have been decided otherwise by the policy that was tried. */
static json_t *
shadow_json(const struct wire_outcome *w)
{
	AUTO(json_decref) json_t *o = json_object();
	enum wire_difference d = outcome_differs(w->reasons, w->shadow_reasons);

	bool good = o && put_words(o, "id", w->shadow_id) &&
	            put_number(o, "version", w->shadow_version) &&
	            put_digest(o, "digest", w->shadow_digest) &&
	            json_put(o, "difference",
	                     json_string(wire_difference_name(d))) &&
	            json_put(o, "reasons", reasons_json(w->shadow_reasons));
	return good ? TAKE(o) : NULL;
}

static bool
put_shadow(json_t *o, const struct wire_outcome *w)
{
	return w->shadow_id.len == 0 || json_put(o, "shadow", shadow_json(w));
}

static bool
put_result(json_t *o, const struct wire_outcome *w)
{
	return put_number(o, "sequence", w->sequence) &&
	       put_moment(o, "recorded_at", w->recorded_ms) &&
	       json_put(o, "jti", json_hex(bytes_of(w->jti, CTI_SIZE))) &&
	       put_moment(o, "issued_at", w->issued_s * 1000) &&
	       put_moment(o, "expires_at", w->expires_s * 1000) &&
	       put_words(o, "tenant", w->tenant) &&
	       json_put(o, "redeemed", json_boolean(w->redeemed)) &&
	       json_put(o, "eligible", json_boolean(!w->reasons)) &&
	       json_put(o, "reasons", reasons_json(w->reasons));
}

static int
append_json_text(const char *text, size_t n, void *arg)
{
	buf_append(arg, bytes_of(text, n));
	return 0;
}

err_t
outcome_put_json(struct buf *out, const struct wire_outcome *w)
{
	AUTO(json_decref) json_t *o = json_object();

	if (!o || !put_result(o, w) || !put_challenge(o, w) ||
	    !put_device(o, w) || !put_finding(o, w) || !put_shadow(o, w))
		return E_NOMEM;
	if (json_dump_callback(o, append_json_text, out,
	                       JSON_COMPACT | JSON_SORT_KEYS |
	                               JSON_ENSURE_ASCII) != 0)
		return E_NOMEM;
	return buf_status(out);
}
