/*
 * orders.c - releases a list of challenge orders of either parser.
 */
#include "front/json/read.h"

#include <stdlib.h>

void
challenge_orders_release(struct challenge_orders *orders)
{
	json_decref(orders->root);
	free(orders->orders);
	*orders = (struct challenge_orders){ 0 };
}
