/*
 * attestation.c - the body of POST /v1/attestations.
 *
 * The evidence is parsed only for its format's name.  It is passed on as text
 * in a canonical form, so that the same evidence has the same digest whatever
 * white space and member order the client used.
 */
#include "front/json/read.h"

#include "crypto/token/challenge.h"
#include "base/encode.h"
#include "wire/wire.h"

/* Canonical text can be longer than the input (numbers are written out), but
 * must fit into one packet with a challenge and the bindings. */
#define EVIDENCE_MAX (WIRE_PACKET_MAX - CHALLENGE_MAX - 4096)

static int
append_text(const char *text, size_t len, void *arg)
{
	struct buf *out = arg;

	buf_append(out, bytes_of(text, len));
	return buf_status(out) == OK ? 0 : -1;
}

static err_t
read_evidence(const json_t *evidence, struct buf *out,
              struct json_fault *ret_fault)
{
	if (!json_is_string(json_object_get(evidence, "format"))) {
		json_fault_set(ret_fault, PROBLEM_EVIDENCE_INVALID, "evidence",
		               "format must be a string");
		return E_MALFORMED;
	}
	if (json_dump_callback(evidence, append_text, out,
	                       JSON_SORT_KEYS | JSON_COMPACT) == 0)
		return OK;
	if (buf_status(out) == E_LIMIT) {
		json_fault_set(ret_fault, PROBLEM_BODY_TOO_LARGE, "evidence",
		               "its canonical form is too long");
		return E_MALFORMED;
	}
	return E_NOMEM;
}

static err_t
read_challenge(const json_t *root, struct buf *out,
               struct json_fault *ret_fault)
{
	err_t err = decode_base64url(out, json_read_text(root, "challenge"));

	if (err == E_NOMEM)
		return err;
	if (err != OK || out->len == 0) {
		json_fault_set(ret_fault, PROBLEM_BASE64_INVALID, "challenge",
		               err == E_LIMIT ? "too long for a challenge"
		                              : "not base64url");
		return E_MALFORMED;
	}
	return OK;
}

static err_t
parse_order(struct bytes body, const struct json_member *rows,
            struct attestation_order *ret_order, struct json_fault *ret_fault)
{
	static const struct json_member observed_rows[] = {
		JSON_BINDING_MEMBERS,
		{ NULL, JSON_NULL, false },
	};
	AUTO(attestation_order_release)
	struct attestation_order order = {
		.challenge = buf_of(CHALLENGE_MAX),
		.evidence = buf_of(EVIDENCE_MAX),
	};

	TRY(json_read_open(body, &order.root, ret_fault));
	TRY(json_read_object(order.root, "", rows, ret_fault));
	TRY(read_challenge(order.root, &order.challenge, ret_fault));
	TRY(read_evidence(json_object_get(order.root, "evidence"),
	                  &order.evidence, ret_fault));

	order.format = json_read_text(json_object_get(order.root, "evidence"),
	                              "format");

	const json_t *observed = json_object_get(order.root, "observed");
	TRY(json_read_object(observed, "observed", observed_rows, ret_fault));
	TRY(json_read_bindings(observed, "observed", &order.observed,
	                       ret_fault));

	*ret_order = order;
	order = (struct attestation_order){ 0 };
	return OK;
}

err_t
attestation_order_parse(struct bytes body, struct attestation_order *ret_order,
                        struct json_fault *ret_fault)
{
	static const struct json_member rows[] = {
		{ "challenge", JSON_STRING, true },
		{ "evidence", JSON_OBJECT, true },
		{ "observed", JSON_OBJECT, true },
		{ NULL, JSON_NULL, false },
	};

	return parse_order(body, rows, ret_order, ret_fault);
}

/* An optional member in base64; empty if it is absent. */
static err_t
read_base64_member(const json_t *root, const char *name, struct buf *out,
                   struct json_fault *ret_fault)
{
	*out = buf_of(LIMIT_PREVIOUS);
	if (!json_object_get(root, name))
		return OK;
	err_t err = decode_base64(out, json_read_text(root, name));
	if (err == E_NOMEM)
		return err;
	if (err == OK && out->len > 0)
		return OK;
	json_fault_set(ret_fault, PROBLEM_BASE64_INVALID, name,
	               err == E_LIMIT ? "too long" : "not base64");
	return E_MALFORMED;
}

err_t
key_order_parse(struct bytes body, struct attestation_order *ret_order,
                struct json_fault *ret_fault)
{
	static const struct json_member rows[] = {
		{ "challenge", JSON_STRING, true },
		{ "evidence", JSON_OBJECT, true },
		{ "observed", JSON_OBJECT, true },
		{ "previous_key", JSON_STRING, false },
		{ "previous_signature", JSON_STRING, false },
		{ "reason", JSON_STRING, false },
		{ NULL, JSON_NULL, false },
	};
	AUTO(attestation_order_release) struct attestation_order order = { 0 };

	TRY(parse_order(body, rows, &order, ret_fault));
	TRY(read_base64_member(order.root, "previous_key", &order.previous_key,
	                       ret_fault));
	TRY(read_base64_member(order.root, "previous_signature",
	                       &order.previous_signature, ret_fault));
	if ((order.previous_key.len > 0) !=
	    (order.previous_signature.len > 0)) {
		json_fault_set(ret_fault, PROBLEM_JSON_MISSING, "",
		               "previous_key and previous_signature must be "
		               "given together");
		return E_MALFORMED;
	}
	order.reason = buf_of(LIMIT_REASON);
	TRY(json_read_reason(order.root, &order.reason, ret_fault));
	*ret_order = order;
	order = (struct attestation_order){ 0 };
	return OK;
}

void
attestation_order_release(struct attestation_order *order)
{
	json_decref(order->root);
	buf_release(&order->challenge);
	buf_release(&order->evidence);
	buf_release(&order->previous_key);
	buf_release(&order->previous_signature);
	buf_release(&order->reason);
	order->root = NULL;
}
