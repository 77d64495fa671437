/*
 * enrolments.h - the enrolled devices in the store; store.h's terms hold
 * for them, too.
 */
#ifndef LEDGER_STORE_ENROLMENTS_H
#define LEDGER_STORE_ENROLMENTS_H

#include "ledger/store/store.h"

/* What an enrolment's row says; the numbers are in the database. */
enum enrolment_state { ENROLMENT_ACTIVE = 1, ENROLMENT_SUSPENDED = 2 };

struct enrolment {
	struct store_small handle, tenant;
	struct store_small format;  /* of the evidence */
	struct store_small ak_name; /* a TPM's */
	store_hash identity;
	uint64_t enrolled_s;
	enum enrolment_state state;
	struct device_facts seen; /* the highest, and the boot key */
};

/* E_NOT_FOUND, also when the row belongs to another tenant. */
MUST_CHECK err_t store_enrolment(struct store *s, struct bytes tenant,
                                 struct bytes handle, struct enrolment *ret);
MUST_CHECK err_t store_enrolment_of(struct store *s, struct bytes tenant,
                                    const uint8_t identity[static HASH_SIZE],
                                    struct enrolment *ret);

/* Replaces what was seen of the device; nothing else. */
MUST_CHECK err_t store_enrolment_raise(struct store *s,
                                       const struct enrolment *e);

/* Does anybody have that handle, of whatever tenant? */
MUST_CHECK err_t store_handle_taken(struct store *s, struct bytes handle,
                                    bool *ret_taken);

/* *ret_added is false when handle, or tenant and identity, exist already. */
MUST_CHECK err_t store_enrolment_add(struct store *s, const struct enrolment *e,
                                     bool *ret_added);
MUST_CHECK err_t store_enrolment_delete(struct store *s, struct bytes tenant,
                                        struct bytes handle, bool *ret_deleted);

#endif
