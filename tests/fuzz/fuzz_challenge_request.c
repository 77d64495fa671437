/*
 * fuzz_challenge_request.c - the body of POST /v1/challenges: what parses
 * satisfies terms.h, a refusal has a problem, and the fast parser (plain.h)
 * accepts only what the other one accepts with the same result.
 */
#include <stdlib.h>

#include "front/json/plain.h"
#include "tests/common/roles/orders.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct challenge_limits limits = { 120, 600, 16 };
	AUTO(challenge_orders_release) struct challenge_orders all = { 0 };
	AUTO(challenge_orders_release) struct challenge_orders plain = { 0 };
	struct json_fault fault = { .problem = PROBLEM_NONE };
	err_t err =
	        json_tree_orders(bytes_of(data, size), &limits, &all, &fault);

	if (json_plain_orders(bytes_of(data, size), &limits, &plain) &&
	    (err != OK || !orders_equal(&plain, &all)))
		abort();

	if (err != OK) {
		if (err == E_MALFORMED &&
		    (fault.problem == PROBLEM_NONE || fault.detail[0] == '\0'))
			abort();
		return 0;
	}
	if (all.count < 1 || all.count > limits.array_max)
		abort();
	for (size_t i = 0; i < all.count; i++) {
		const struct challenge_order *o = &all.orders[i];

		if (o->workflow >= WORKFLOW_COUNT || o->ttl_s < 1 ||
		    o->ttl_s > limits.ttl_max_s ||
		    !bindings_valid(&o->bindings))
			abort();
	}
	return 0;
}
