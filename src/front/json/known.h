/*
 * known.h - the body of POST /v1/preregistrations, and its answer and a page.
 */
#ifndef FRONT_JSON_KNOWN_H
#define FRONT_JSON_KNOWN_H

#include <stdint.h>

#include "front/json/request.h"

/* The entries that can be stored, as the message PREREGISTER has them, and what is
 * wrong with the others: a JSON array of at most LIMIT_KNOWN_FAULTS objects. */
struct known_orders {
	struct buf entries;
	size_t n_valid, n_invalid;
	struct buf faults;
};

/* An entry that is not valid is no fault of the body: it is counted.  Of an entry
 * that has ended at now_s, too.  Like challenge_orders_parse(). */
MUST_CHECK err_t known_orders_parse(struct bytes body, uint64_t now_s,
                                    struct known_orders *ret_orders,
                                    struct json_fault *ret_fault);
void known_orders_release(struct known_orders *orders);
DEFINE_AUTO_REF(struct known_orders, known_orders_release);

/* Appends an array of the entries, as the message PREREGISTRATION_PAGE has them.
 * E_MALFORMED: they are no such bytes. */
MUST_CHECK err_t known_put_entries(struct buf *out, struct bytes entries);

/* The name of an entry in paths and pages: its kind, a hyphen, 64 hexadecimal
 * digits.  KNOWN_NAME_MAX bytes at most.  E_MALFORMED. */
#define KNOWN_NAME_MAX 80
void known_put_name(struct buf *out, unsigned kind,
                    const uint8_t digest[static HASH_SIZE]);
MUST_CHECK err_t known_name_parse(struct bytes name, unsigned *ret_kind,
                                  uint8_t ret_digest[static HASH_SIZE]);

#endif
