/*
 * plain.h - a fast parser for the usual body of POST /v1/challenges.
 *
 * It accepts a subset: the members of docs/api.md, each once, in any order and
 * spacing; strings of printable ASCII without escapes; ttl in digits; all
 * values valid.  Any other body may still be valid: challenge.c parses it with
 * jansson and names the fault.  This parser therefore refuses nothing, and
 * accepts nothing that the other one would parse differently; a test and a fuzz
 * target compare both.
 */
#ifndef FRONT_JSON_PLAIN_H
#define FRONT_JSON_PLAIN_H

#include <stdbool.h>

#include "front/json/request.h"

/* False: not in the subset, or out of memory; *ret_orders is then unchanged.
 * The views of the orders point into body. */
bool json_plain_orders(struct bytes body, const struct challenge_limits *limits,
                       struct challenge_orders *ret_orders);

/* The general parser, which reports faults.  See challenge_orders_parse(). */
MUST_CHECK err_t json_tree_orders(struct bytes body,
                                  const struct challenge_limits *limits,
                                  struct challenge_orders *ret_orders,
                                  struct json_fault *ret_fault);

#endif
