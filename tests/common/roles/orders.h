/*
 * orders.h - compares the results of two parsers of challenge requests.
 */
#ifndef COMMON_ROLES_ORDERS_H
#define COMMON_ROLES_ORDERS_H

#include "front/json/request.h"

static inline bool
order_equal(const struct challenge_order *a, const struct challenge_order *b)
{
	const struct bindings *x = &a->bindings, *y = &b->bindings;

	return a->workflow == b->workflow && a->ttl_s == b->ttl_s &&
	       x->present == y->present &&
	       bytes_equal(x->device_handle, y->device_handle) &&
	       bytes_equal(x->channel, y->channel) &&
	       bytes_equal(x->transaction, y->transaction) &&
	       bytes_equal(x->release, y->release) &&
	       memcmp(x->transport, y->transport, HASH_SIZE) == 0 &&
	       memcmp(x->request, y->request, HASH_SIZE) == 0 &&
	       memcmp(x->account, y->account, HASH_SIZE) == 0;
}

static inline bool
orders_equal(const struct challenge_orders *a, const struct challenge_orders *b)
{
	if (a->array != b->array || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!order_equal(&a->orders[i], &b->orders[i]))
			return false;
	return true;
}

#endif
