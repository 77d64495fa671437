/*
 * preregistrations.h - devices that a tenant knows before they enrol; the rules of
 * store.h apply.
 *
 * An entry is for one device, or for as many as it says: devices of one batch have
 * the same certificate above their keys.  One that is for a single device has its
 * handle once it is enrolled, and is deleted with it.
 */
#ifndef LEDGER_STORE_PREREGISTRATIONS_H
#define LEDGER_STORE_PREREGISTRATIONS_H

#include "wire/choices.h"
#include "ledger/store/store.h"

/* What an entry names: its key in the table, beside the tenant. */
struct known_name {
	enum wire_preregistration kind;
	store_hash digest;
};

struct known_device {
	struct known_name name;
	uint64_t devices;  /* how many may enrol by it */
	uint64_t enrolled; /* how many have */
	uint64_t added_s;
	uint64_t expires_s; /* 0: never */
	struct store_small label;
	struct store_small
	        handle; /* if devices is 1 and enrolled is; or empty */
};

/* Adds an entry; *ret_added is false when the tenant has it already.  One that has
 * ended, and is not a device's, is replaced, which counts as added. */
MUST_CHECK err_t store_known_add(struct store *s, struct bytes tenant,
                                 const struct known_device *k, bool *ret_added);

/* OK: a device may enrol by this entry now; E_NOT_FOUND: the tenant has no such
 * entry, or it has ended, or is used up. */
MUST_CHECK err_t store_known_free(struct store *s, struct bytes tenant,
                                  const struct known_name *name,
                                  uint64_t now_s);

/* Counts the device with that handle, which is enrolled in this transaction.  E_IO
 * also when store_known_free() would not have found the entry. */
MUST_CHECK err_t store_known_use(struct store *s, struct bytes tenant,
                                 const struct known_name *name,
                                 struct bytes handle);

typedef err_t known_fn(const struct known_device *k, void *user);

/* Calls fn for each of at most `limit` entries of the tenant after that one, in the
 * order of kind and digest; *ret_more: there are others behind them.  The failure of
 * fn ends the page and is returned. */
struct known_page {
	struct bytes tenant;
	uint64_t after_kind; /* 0: from the first */
	store_hash after;
	size_t limit;
	known_fn *fn;
	void *user;
};
MUST_CHECK err_t store_known_page(struct store *s, const struct known_page *p,
                                  bool *ret_more);

MUST_CHECK err_t store_known_delete(struct store *s, struct bytes tenant,
                                    const struct known_name *name,
                                    bool *ret_deleted);

#endif
