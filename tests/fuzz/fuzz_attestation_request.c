/*
 * fuzz_attestation_request.c - the bodies of POST /v1/attestations and
 * /v1/enrollments/tpm2.  Canonical evidence is a fixed point: if it is put into
 * a request again, the parser returns the same text.
 */
#include <stdlib.h>

#include "front/json/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX (1024 * 1024)

static void
check_fixed_point(const struct attestation_order *order)
{
	AUTO(attestation_order_release) struct attestation_order again = { 0 };
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);
	struct json_fault fault;

	buf_append_str(&text, "{\"challenge\":\"AA\",\"observed\":{},"
	                      "\"evidence\":");
	buf_append(&text, buf_bytes(&order->evidence));
	buf_append_str(&text, "}");
	if (attestation_order_parse(buf_bytes(&text), &again, &fault) != OK ||
	    !bytes_equal(buf_bytes(&order->evidence),
	                 buf_bytes(&again.evidence)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(attestation_order_release) struct attestation_order order = { 0 };
	AUTO(buf_release) struct buf public = buf_of(4096);
	struct json_fault fault = { .problem = PROBLEM_NONE };
	struct bytes body = bytes_of(data, size);

	if (attestation_order_parse(body, &order, &fault) == OK) {
		if (!bindings_valid(&order.observed) ||
		    order.challenge.len == 0 || order.evidence.len == 0)
			abort();
		check_fixed_point(&order);
	} else if (fault.problem == PROBLEM_NONE) {
		abort();
	}
	if (enrollment_order_parse(body, "ak_public", &public, &fault) == OK &&
	    public.len == 0)
		abort();
	return 0;
}
