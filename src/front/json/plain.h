/*
 * plain.h - the usual body of POST /v1/challenges, read in one pass.
 *
 * Plain is: the members of docs/api.md, each once, in any order and spacing;
 * strings of printable ASCII without escapes; ttl as digits; all values good.
 * A body that is not plain may still be right: challenge.c reads it with
 * jansson, and finds the words for what is wrong with it.  So nothing is
 * refused here, and nothing is taken that jansson's way would not take to the
 * same end; a test and a fuzz target compare the two.
 *
 * It is worth a second reader: without it the front made 19 % fewer challenges a
 * second, in arrays of 64 38 % (the medians of seven pairs of runs that alternated;
 * docs/performance.md).  Below 10 % it should go.
 */
#ifndef FRONT_JSON_PLAIN_H
#define FRONT_JSON_PLAIN_H

#include <stdbool.h>

#include "front/json/request.h"

/* False: not plain, or no memory; *ret_orders is then untouched.  The orders'
 * views point into body. */
bool json_plain_orders(struct bytes body, const struct challenge_limits *limits,
                       struct challenge_orders *ret_orders);

/* The other way: any body, with faults.  See challenge_orders_parse(). */
MUST_CHECK err_t json_tree_orders(struct bytes body,
                                  const struct challenge_limits *limits,
                                  struct challenge_orders *ret_orders,
                                  struct json_fault *ret_fault);

#endif
