/*
 * enrolments.h - the enrolled devices in the store; the rules of store.h apply.
 */
#ifndef LEDGER_STORE_ENROLMENTS_H
#define LEDGER_STORE_ENROLMENTS_H

#include "wire/facts.h"
#include "ledger/store/store.h"

/* The state of an enrolment; the numbers are stored in the database. */
enum enrolment_state { ENROLMENT_ACTIVE = 1, ENROLMENT_SUSPENDED = 2 };

struct enrolment {
	struct store_small handle, tenant;
	struct store_small format; /* of the evidence */
	store_hash identity;
	uint64_t enrolled_s;
	enum enrolment_state state;
	struct facts facts; /* of levels the highest that was seen */
};

/* E_NOT_FOUND, also when the row belongs to another tenant. */
MUST_CHECK err_t store_enrolment(struct store *s, struct bytes tenant,
                                 struct bytes handle, struct enrolment *ret);
MUST_CHECK err_t store_enrolment_of(struct store *s, struct bytes tenant,
                                    const uint8_t identity[static HASH_SIZE],
                                    struct enrolment *ret);

/* Keeps the facts as they are in e; nothing else.  E_IO also when there is no
 * such enrolment. */
MUST_CHECK err_t store_enrolment_raise(struct store *s,
                                       const struct enrolment *e);

/* True if a device of any tenant has that handle. */
MUST_CHECK err_t store_handle_taken(struct store *s, struct bytes handle,
                                    bool *ret_taken);

/* *ret_added is false when handle, or tenant and identity, exist already. */
MUST_CHECK err_t store_enrolment_add(struct store *s, const struct enrolment *e,
                                     bool *ret_added);
MUST_CHECK err_t store_enrolment_delete(struct store *s, struct bytes tenant,
                                        struct bytes handle, bool *ret_deleted);

#endif
