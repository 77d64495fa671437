/*
 * revocation.h - Google's list of revoked attestation certificates.
 *
 * Google publishes JSON.  `anchorctl revocation import` checks it strictly and
 * writes our own file: sorted serials of fixed length, the time at which the
 * list was fetched, and a digest.  The same bytes are the list in memory; a
 * look-up is a binary search.
 *
 * The list has serial numbers without issuers.  SUSPENDED counts as revoked.
 * Every certificate of a chain but its root is looked up, whatever its root is.
 *
 * Pure: uses no file and no clock, and logs nothing.
 */
#ifndef EVIDENCE_REVOCATION_REVOCATION_H
#define EVIDENCE_REVOCATION_REVOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define REVOCATION_SERIAL_MAX 20 /* octets: RFC 5280 section 4.1.2.2 */
#define REVOCATION_ENTRIES_MAX 1000000
#define REVOCATION_FILE_MAX (32u * 1024 * 1024)  /* bytes of our own file */
#define REVOCATION_JSON_MAX (256u * 1024 * 1024) /* bytes of Google's */
#define REVOCATION_AHEAD_S 300 /* how far its time may lie ahead: clock skew */

struct revocations;

enum revocation_status {
	REVOCATION_REVOKED = 1,
	REVOCATION_SUSPENDED,
	REVOCATION_STATUS_COUNT
};

enum revocation_reason {
	REVOCATION_NOT_SAID = 0,
	REVOCATION_UNSPECIFIED,
	REVOCATION_KEY_COMPROMISE,
	REVOCATION_CA_COMPROMISE,
	REVOCATION_SUPERSEDED,
	REVOCATION_SOFTWARE_FLAW,
	REVOCATION_REASON_COUNT
};

struct revocation {
	enum revocation_status status;
	enum revocation_reason reason;
};

/* The names that the list uses: "REVOKED", "KEY_COMPROMISE"; "" for none. */
const char *revocation_status_name(enum revocation_status status);
const char *revocation_reason_name(enum revocation_reason reason);

/* A text that is read in parts.  next() returns the next part, empty at the
 * end; the view is valid until the next call.  Its failures are passed on. */
struct revocation_source {
	err_t (*next)(void *arg, struct bytes *ret_part);
	void *arg;
};

/*
 * Parses Google's JSON, which was fetched at at_s.  E_MALFORMED: why has line
 * and cause.  E_LIMIT, E_NOMEM, or the source's error.  On failure there is no
 * list.
 */
MUST_CHECK err_t revocations_import(const struct revocation_source *source,
                                    uint64_t at_s, struct buf *why,
                                    struct revocations **ret_list);

/* Opens a file in our format.  Takes ownership of file, which is empty
 * afterwards, also on failure.  E_MALFORMED. */
MUST_CHECK err_t revocations_open(struct buf *file, struct buf *why,
                                  struct revocations **ret_list);

/* Opens our format, or else parses Google's JSON, fetched at at_s.  For the
 * option --revocations. */
MUST_CHECK err_t revocations_read(struct bytes text, uint64_t at_s,
                                  struct buf *why,
                                  struct revocations **ret_list);

void revocations_free(struct revocations *list); /* accepts NULL */
DEFINE_AUTO(struct revocations *, revocations_free);

/* When the list was fetched; its number of entries; its file, valid as long as
 * the list. */
uint64_t revocations_at_s(const struct revocations *list);
size_t revocations_count(const struct revocations *list);
struct bytes revocations_file(const struct revocations *list);

/* The i-th entry in the order of serials; appends its serial in hex without
 * leading zeros. */
struct revocation revocations_at(const struct revocations *list, size_t i,
                                 struct buf *serial);

/* True if the list can contain this serial number. */
bool revocation_serial_valid(struct bytes serial);

/*
 * Looks a serial number up, in lower-case hex without leading zeros, as
 * x509_cert_put_serial() writes it.  One that no list can contain (negative,
 * zero, or longer than REVOCATION_SERIAL_MAX) is not found; the chain rules
 * must refuse it.
 */
bool revocation_find(const struct revocations *list, struct bytes serial,
                     struct revocation *ret_revocation);

/* Whether the list is recent enough. */
enum revocation_age {
	REVOCATION_FRESH,
	REVOCATION_GRACE, /* older than max_age_s, by grace_s at most: a
	                   * warning in the vector */
	REVOCATION_STALE, /* revocation-stale */
};

struct revocation_limits {
	uint64_t max_age_s;
	uint64_t grace_s;
};

/* No list (NULL) is stale, and so is one whose time lies more than
 * REVOCATION_AHEAD_S ahead of now. */
enum revocation_age revocation_age(const struct revocations *list,
                                   const struct revocation_limits *limits,
                                   uint64_t now_s);

#endif
