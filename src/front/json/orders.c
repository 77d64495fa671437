/*
 * orders.c - the end of a list of challenge orders, whichever way they were read.
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
