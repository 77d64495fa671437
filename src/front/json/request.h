/*
 * request.h - parses request bodies strictly.
 *
 * A body is one JSON text in valid UTF-8, without duplicate or unknown members;
 * each value has its one type, and base64url has one spelling.  A fault has the
 * problem and, in its detail, the member: "[3].bindings.transport: ...".
 */
#ifndef FRONT_JSON_REQUEST_H
#define FRONT_JSON_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "front/limits.h"
#include "front/json/problem.h"
#include "wire/terms.h"

struct json_t;

struct json_fault {
	enum problem problem;
	char detail[LIMIT_DETAIL];
};

struct challenge_limits {
	uint32_t ttl_s, ttl_max_s; /* default and maximum */
	uint32_t array_max;
};

struct challenge_order {
	enum workflow workflow;
	uint32_t ttl_s;
	struct bindings bindings; /* views into root, or into the body */
};

struct challenge_orders {
	struct json_t *root; /* NULL: read without a tree, see plain.h */
	bool array;          /* the answer is an array, whatever its length */
	size_t count;
	struct challenge_order *orders;
};

/* E_MALFORMED: *ret_fault is set and *ret_orders is not.  E_NOMEM.  The body
 * must be valid as long as the orders. */
MUST_CHECK err_t challenge_orders_parse(struct bytes body,
                                        const struct challenge_limits *limits,
                                        struct challenge_orders *ret_orders,
                                        struct json_fault *ret_fault);
void challenge_orders_release(struct challenge_orders *orders);
DEFINE_AUTO_REF(struct challenge_orders, challenge_orders_release);

struct attestation_order {
	struct json_t *root;
	struct buf challenge;     /* decoded */
	struct bytes format;      /* the evidence's; a view of root */
	struct buf evidence;      /* canonical text: sorted, compact */
	struct bindings observed; /* views into the parsed text */

	/* Of a change of key: the key before and its signature, or none; why. */
	struct buf previous_key, previous_signature, reason;
};

/* Like challenge_orders_parse(). */
MUST_CHECK err_t attestation_order_parse(struct bytes body,
                                         struct attestation_order *ret_order,
                                         struct json_fault *ret_fault);
/* The same of a change of a device's key. */
MUST_CHECK err_t key_order_parse(struct bytes body,
                                 struct attestation_order *ret_order,
                                 struct json_fault *ret_fault);
void attestation_order_release(struct attestation_order *order);
DEFINE_AUTO_REF(struct attestation_order, attestation_order_release);

/* The decoded statement of an enrolment, the body's one member, appended to
 * ret_statement. */
MUST_CHECK err_t enrollment_order_parse(struct bytes body, const char *member,
                                        struct buf *ret_statement,
                                        struct json_fault *ret_fault);

/* The reason of an order about an enrolment or a release, the body's one member,
 * which may be absent: appended to ret_reason. */
MUST_CHECK err_t order_reason_parse(struct bytes body, struct buf *ret_reason,
                                    struct json_fault *ret_fault);

/* Sets a fault with the detail "where: text"; also for checks after parsing. */
void json_fault_set(struct json_fault *fault, enum problem problem,
                    const char *where, const char *text);

#endif
