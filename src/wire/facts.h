/*
 * facts.h - what is kept of an enrolled device beside its key: typed rows.
 *
 * A format of evidence says each row: a name, a value, and the rule by which
 * the value that is kept is held against one that comes later.  Wire, ledger,
 * store and API carry rows and know rules; no name means anything to them.
 * Within one format a name keeps its rule for ever: one that comes with another
 * rule is as one that does not come.
 */
#ifndef WIRE_FACTS_H
#define WIRE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

/* Ceilings.  They bound a row on the wire, in the database and in memory: each
 * verdict that a ledger works on has room for all rows. */
#define FACTS_MAX 8       /* rows of one device */
#define FACT_NAME_MAX 24  /* bytes of [a-z0-9_], a letter first */
#define FACT_BYTES_MAX 72 /* bytes of a value */
#define FACT_NUMBER_MAX ((UINT64_C(1) << 53) - 1) /* exact in every JSON */

/* The numbers are in messages and in the database: none changes, none goes. */
enum fact_rule {
	/* Bytes that enrolment said; shown, never compared. */
	FACT_SHOWN = 1,

	/* Bytes that enrolment said.  Others, or none, later: the device is
	 * another one (device-key-mismatch). */
	FACT_EQUAL = 2,

	/* A number; the highest that was seen is kept.  Lower, or none:
	 * firmware-rollback. */
	FACT_NOT_BELOW = 3,

	/* A date, YYYYMM or YYYYMMDD, where day 00 is the whole month; the
	 * latest that was seen is kept.  Earlier, or none: firmware-rollback.
	 * Where one of the two has no day the months decide. */
	FACT_NOT_BEFORE = 4,
};

/* Is it one of these, and is its value a number? */
bool fact_rule_valid(unsigned rule);
bool fact_rule_counts(enum fact_rule rule);

struct fact {
	enum fact_rule rule;
	uint8_t name_len;
	uint8_t len; /* of bytes */
	char name[FACT_NAME_MAX];
	uint8_t bytes[FACT_BYTES_MAX];
	uint64_t number; /* of a rule that counts */
};

/* Rows behind the n-th are not to be read. */
struct facts {
	size_t n;
	struct fact rows[FACTS_MAX];
};

struct bytes fact_name(const struct fact *f);
struct bytes fact_bytes(const struct fact *f);

/*
 * Adds a row.  No bytes, and the number 0, are what a device says that says
 * nothing: no row comes of them.  E_LIMIT: no room, a value that is too long or
 * too high.  E_CONFLICT: a row has that name.  E_MALFORMED: no such name may
 * be, or the rule is for the other kind of value.  The API's own members of an
 * enrolment are no names.
 */
MUST_CHECK err_t facts_add_bytes(struct facts *f, enum fact_rule rule,
                                 struct bytes name, struct bytes value);
MUST_CHECK err_t facts_add_number(struct facts *f, enum fact_rule rule,
                                  struct bytes name, uint64_t number);

/* The row of that name; NULL: there is none. */
const struct fact *facts_find(const struct facts *f, struct bytes name);

#endif
