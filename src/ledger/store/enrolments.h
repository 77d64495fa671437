/*
 * enrolments.h - the enrolled devices in the store; the rules of store.h apply.
 */
#ifndef LEDGER_STORE_ENROLMENTS_H
#define LEDGER_STORE_ENROLMENTS_H

#include "wire/choices.h"
#include "wire/facts.h"
#include "ledger/store/store.h"

struct enrolment {
	struct store_small handle, tenant;
	struct store_small format; /* format of the evidence at enrolment */
	store_hash identity;       /* to add: as the verifier has it; as found:
	                      * store_identity() of it */
	uint64_t enrolled_s;
	enum wire_device_state state; /* never unknown */
	uint64_t changed_ms;     /* of state or key; 0: not since enrolled_s */
	uint64_t keyed_s;        /* since when it has this key; 0: enrolled_s */
	struct store_small note; /* why, as the client gave it; or empty */
	/* Days since 1970: of the last authentic evidence, 0: none; from which
	 * its silence counts (silence.h). */
	uint64_t attested_day, silent_day;
	struct facts facts; /* for levels the highest one shown so far */
};

/* What is stored of a device's identity: a digest of tenant and identity, so
 * that the rows of one device at two tenants have nothing in common. */
void store_identity(struct bytes tenant, struct bytes identity,
                    uint8_t out[static HASH_SIZE]);

/* True if e, as it was found, is of the device with this identity. */
bool store_identity_is(const struct enrolment *e,
                       const uint8_t identity[static HASH_SIZE]);

/* Finds an enrolment by its handle, or by the device's identity.  E_NOT_FOUND,
 * also when the row belongs to another tenant. */
MUST_CHECK err_t store_enrolment(struct store *s, struct bytes tenant,
                                 struct bytes handle, struct enrolment *ret);
MUST_CHECK err_t store_enrolment_of(struct store *s, struct bytes tenant,
                                    const uint8_t identity[static HASH_SIZE],
                                    struct enrolment *ret);

/* Stores the facts of e, and nothing else of it.  E_IO also when there is no
 * such enrolment. */
MUST_CHECK err_t store_enrolment_raise(struct store *s,
                                       const struct enrolment *e);

/* Stores state, changed_ms and note of e, and nothing else of it but that its
 * silence counts from then on.  E_IO also when
 * there is no such enrolment. */
MUST_CHECK err_t store_enrolment_change(struct store *s,
                                        const struct enrolment *e);

/* True if a device of the tenant had that key before its key was changed. */
MUST_CHECK err_t store_key_former(struct store *s, struct bytes tenant,
                                  const uint8_t identity[static HASH_SIZE],
                                  bool *ret_former);

/* How many keys the device has had before. */
MUST_CHECK err_t store_keys_former(struct store *s, struct bytes handle,
                                   uint64_t *ret_n);

/* Stores identity (as to add), keyed_s, changed_ms, note and facts of e, whose
 * identity was found as `former` before; facts that are only shown, and that e does not have, are deleted.  E_IO
 * also when there is no such enrolment, or another one has or had either key. */
MUST_CHECK err_t store_enrolment_rekey(struct store *s,
                                       const struct enrolment *e,
                                       const store_hash former);

/* True if a device of any tenant has that handle. */
MUST_CHECK err_t store_handle_taken(struct store *s, struct bytes handle,
                                    bool *ret_taken);

/* Adds an enrolment with its facts, and takes up the permits that were kept of
 * the device.  *ret_added is false, and nothing is added, when the handle, or the
 * tenant with this identity, exists already. */
MUST_CHECK err_t store_enrolment_add(struct store *s, const struct enrolment *e,
                                     bool *ret_added);

/* A page of a tenant's enrolments, by handle. */
struct enrolment_filter {
	struct bytes tenant;
	struct bytes
	        after; /* handles greater than this; empty: from the first */
	enum wire_device_state state; /* unknown: all states */
	struct bytes format;          /* empty: all formats */
	struct bytes prefix;    /* what the handle begins with; or empty */
	uint64_t since_s;       /* enrolled then or later */
	uint64_t silent_before; /* active and silent since before that day */
	size_t limit;           /* most enrolments */
	size_t scan;            /* most rows that are looked at */
};

typedef err_t enrolment_fn(const struct enrolment *e, void *user);

/* Calls fn for each; its failure ends the page and is returned.  *ret_next is the
 * handle after which the next page begins, or empty if there is none.  With a
 * filter a page can be short, or empty, and have a next one. */
MUST_CHECK err_t store_enrolments_page(struct store *s,
                                       const struct enrolment_filter *f,
                                       enrolment_fn *fn, void *user,
                                       struct store_small *ret_next);

/*
 * Deletes an enrolment with its facts; *ret_deleted is false if there is none.
 * Its permits stay under store_name_deleted(), because limits of a rollout count
 * them and a key has the same handle when it is enrolled again: they would
 * otherwise be reset by deleting and enrolling.  store_scrub() then removes what
 * the log still has of the rows.
 */
MUST_CHECK err_t store_enrolment_delete(struct store *s, struct bytes tenant,
                                        struct bytes handle, bool *ret_deleted);

/* The name of a device in the log: the first 16 hexadecimal characters of
 * SHA-256("anchord log", 0, tenant, 0, handle).  Who has the handle finds its
 * lines, and the log gives nobody a handle. */
#define STORE_LOGGED_SIZE 17 /* with its NUL */
void store_name_logged(struct bytes tenant, struct bytes handle,
                       char out[static STORE_LOGGED_SIZE]);

/* "~tenant/digest", the name of a deleted device in `permits`: no handle, and
 * none can be computed from it. */
#define STORE_DELETED_MARK "~"
MUST_CHECK err_t store_name_deleted(struct bytes tenant, struct bytes handle,
                                    struct store_small *ret);

#endif
