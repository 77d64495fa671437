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

void
attestation_order_release(struct attestation_order *order)
{
	json_decref(order->root);
	buf_release(&order->challenge);
	buf_release(&order->evidence);
	order->root = NULL;
}
