/*
 * challenge.c - the body of POST /v1/challenges: an object, or an array.
 */
#include <stdio.h>
#include <stdlib.h>

#include "front/json/plain.h"
#include "front/json/read.h"

static err_t
read_ttl(const json_t *object, const char *where,
         const struct challenge_limits *limits, uint32_t *ret_ttl_s,
         struct json_fault *ret_fault)
{
	const json_t *ttl = json_object_get(object, "ttl");

	if (!ttl) {
		*ret_ttl_s = limits->ttl_s;
		return OK;
	}

	json_int_t asked = json_integer_value(ttl);
	if (asked < 1 || asked > (json_int_t)limits->ttl_max_s) {
		char text[64];

		(void)snprintf(text, sizeof(text),
		               "ttl must be 1 to %u seconds",
		               (unsigned)limits->ttl_max_s);
		json_fault_set(ret_fault, PROBLEM_TTL_RANGE, where, text);
		return E_MALFORMED;
	}

	*ret_ttl_s = (uint32_t)asked;
	return OK;
}

static err_t
read_order(const json_t *value, const char *where,
           const struct challenge_limits *limits,
           struct challenge_order *ret_order, struct json_fault *ret_fault)
{
	static const struct json_member rows[] = {
		{ "workflow", JSON_STRING, true },
		{ "ttl", JSON_INTEGER, false },
		JSON_BINDING_MEMBERS,
		{ NULL, JSON_NULL, false },
	};
	struct challenge_order order = { 0 };

	TRY(json_read_object(value, where, rows, ret_fault));
	order.workflow = workflow_find(json_read_text(value, "workflow"));
	if (order.workflow == WORKFLOW_COUNT) {
		json_fault_set(ret_fault, PROBLEM_VALUE_INVALID, where,
		               "unknown workflow");
		return E_MALFORMED;
	}
	TRY(read_ttl(value, where, limits, &order.ttl_s, ret_fault));
	TRY(json_read_bindings(value, where, &order.bindings, ret_fault));

	*ret_order = order;
	return OK;
}

static err_t
read_array(struct challenge_orders *all, const struct challenge_limits *limits,
           struct json_fault *ret_fault)
{
	for (size_t i = 0; i < all->count; i++) {
		char where[32];

		(void)snprintf(where, sizeof(where), "[%zu]", i);
		TRY(read_order(json_array_get(all->root, i), where, limits,
		               &all->orders[i], ret_fault));
	}
	return OK;
}

static err_t
check_length(size_t count, const struct challenge_limits *limits,
             struct json_fault *ret_fault)
{
	char text[64];

	if (count == 0) {
		json_fault_set(ret_fault, PROBLEM_VALUE_INVALID, "",
		               "the array is empty");
		return E_MALFORMED;
	}
	if (count > limits->array_max) {
		(void)snprintf(text, sizeof(text),
		               "the array may have at most %u elements",
		               (unsigned)limits->array_max);
		json_fault_set(ret_fault, PROBLEM_ARRAY_TOO_LONG, "", text);
		return E_MALFORMED;
	}
	return OK;
}

err_t
challenge_orders_parse(struct bytes body, const struct challenge_limits *limits,
                       struct challenge_orders *ret_orders,
                       struct json_fault *ret_fault)
{
	if (json_plain_orders(body, limits, ret_orders))
		return OK;
	return json_tree_orders(body, limits, ret_orders, ret_fault);
}

err_t
json_tree_orders(struct bytes body, const struct challenge_limits *limits,
                 struct challenge_orders *ret_orders,
                 struct json_fault *ret_fault)
{
	AUTO(challenge_orders_release) struct challenge_orders all = { 0 };

	TRY(json_read_open(body, &all.root, ret_fault));
	all.array = json_is_array(all.root);
	all.count = all.array ? json_array_size(all.root) : 1;
	TRY(check_length(all.count, limits, ret_fault));

	all.orders = calloc(all.count, sizeof(*all.orders));
	if (!all.orders)
		return E_NOMEM;
	TRY(all.array
	            ? read_array(&all, limits, ret_fault)
	            : read_order(all.root, "", limits, all.orders, ret_fault));

	*ret_orders = all;
	all = (struct challenge_orders){ 0 };
	return OK;
}
