/*
 * revocation.h - which certificates Google has revoked: its status list, as
 * this service keeps it.
 *
 * Google publishes JSON; `anchorctl revocation import` checks it strictly and
 * writes a file of our own: sorted serials of fixed length, the time at which
 * the list was fetched, and a digest.  That file is the list in memory, too:
 * a lookup is a binary search in it.
 *
 * The list names serial numbers without issuers.  SUSPENDED counts as revoked.
 * Every certificate of a chain but its root is looked up, whoever's roots they
 * are.
 *
 * Pure: no descriptor, no clock, no log.
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

#define REVOCATION_SERIAL_MAX 20 /* octets: RFC 5280, 4.1.2.2 */
#define REVOCATION_ENTRIES_MAX 1000000
#define REVOCATION_FILE_MAX (32u * 1024 * 1024)  /* bytes of our own file */
#define REVOCATION_JSON_MAX (256u * 1024 * 1024) /* bytes of Google's */
#define REVOCATION_AHEAD_S 300 /* a list from the future: clocks differ */

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

/* The list's own words: "REVOKED", "KEY_COMPROMISE"; "" for not said. */
const char *revocation_status_name(enum revocation_status status);
const char *revocation_reason_name(enum revocation_reason reason);

/* Gives the next part of a text, empty at its end; the view lives until the
 * next call.  Failures are handed on. */
struct revocation_source {
	err_t (*next)(void *arg, struct bytes *ret_part);
	void *arg;
};

/*
 * Reads Google's JSON, which was fetched at at_s.  E_MALFORMED: why has line
 * and cause, and nothing of it counts.  E_LIMIT, E_NOMEM, or the source's.
 */
MUST_CHECK err_t revocations_import(const struct revocation_source *source,
                                    uint64_t at_s, struct buf *why,
                                    struct revocations **ret_list);

/* Reads a file of our own.  Takes file over: empty afterwards, failed or not.
 * E_MALFORMED. */
MUST_CHECK err_t revocations_open(struct buf *file, struct buf *why,
                                  struct revocations **ret_list);

/* Our own file; Google's JSON otherwise, fetched at at_s.  For --revocations. */
MUST_CHECK err_t revocations_read(struct bytes text, uint64_t at_s,
                                  struct buf *why,
                                  struct revocations **ret_list);

void revocations_free(struct revocations *list); /* accepts NULL */
DEFINE_AUTO(struct revocations *, revocations_free);

/* When it was fetched; how many it names; the file, as long as list lives. */
uint64_t revocations_at_s(const struct revocations *list);
size_t revocations_count(const struct revocations *list);
struct bytes revocations_file(const struct revocations *list);

/* The i-th in order of serials, as hex without leading zeros. */
struct revocation revocations_at(const struct revocations *list, size_t i,
                                 struct buf *serial);

/* Could a list name it? */
bool revocation_serial_valid(struct bytes serial);

/*
 * Is this serial listed?  Lower-case hex without leading zeros, as
 * x509_cert_put_serial() writes it.  A serial that no list can name (negative,
 * zero, or longer than REVOCATION_SERIAL_MAX) is not: the rules for chains
 * have to refuse it.
 */
bool revocation_find(const struct revocations *list, struct bytes serial,
                     struct revocation *ret_revocation);

/* How far a list may be believed. */
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

/* A NULL list is stale, and so is one from more than REVOCATION_AHEAD_S ahead
 * of now. */
enum revocation_age revocation_age(const struct revocations *list,
                                   const struct revocation_limits *limits,
                                   uint64_t now_s);

#endif
