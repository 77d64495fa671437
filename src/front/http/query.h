/*
 * query.h - parses the query of a request target (RFC 3986 section 3.4).
 *
 * A route that takes a query names its parameters in a table; every other
 * route has none, and its path with a query is unknown.  A query has one
 * spelling: `name=value`, joined by '&', each name once and in any order, each
 * value of one byte at least and of unreserved characters (section 2.3) or ':'.
 * So nothing is percent-decoded, '+' is no space, and no two texts of a value
 * are the same value.  A parameter that the table lacks is refused, so that a
 * misspelt filter is not taken for none.
 *
 * Pure.
 */
#ifndef FRONT_HTTP_QUERY_H
#define FRONT_HTTP_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define QUERY_PARAMS_MAX 16 /* rows of a table, without the end */

enum query_kind {
	QUERY_TEXT,   /* least and most: bytes */
	QUERY_NUMBER, /* decimal, without leading zeros; least and most: value */
};

/* A row; one with the name NULL ends the table. */
struct query_param {
	const char *name;
	enum query_kind kind;
	uint64_t least, most;
	const char *fault; /* what a wrong value is told: "limit: 1 to 100" */
};

struct query_value {
	bool given;        /* false: the other members are zero and empty */
	uint64_t number;   /* QUERY_NUMBER */
	struct bytes text; /* QUERY_TEXT; a view of the parsed text */
};

/* The values, in the order of the table's rows. */
struct query {
	struct query_value values[QUERY_PARAMS_MAX];
};

/* text is what follows the '?', or is empty without one.  E_MALFORMED: the
 * query is refused; *ret_fault is static text and *ret_query untouched. */
MUST_CHECK err_t query_parse(struct bytes text, const struct query_param *rows,
                             struct query *ret_query, const char **ret_fault);

#endif
