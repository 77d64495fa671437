/*
 * facts.h - facts: named values of an enrolled device that are kept beside its
 * key.
 *
 * An evidence format determines each fact: a name, a value, and the rule by
 * which the stored value is compared with the value in later evidence.  Wire,
 * ledger, store and API transport facts and apply rules; they do not interpret
 * names.  A format must never change the rule of a name: the ledger treats a
 * fact with another rule than the stored one as absent.
 */
#ifndef WIRE_FACTS_H
#define WIRE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

/* Limits on the wire, in the database and in memory.  They are small, because
 * the ledger allocates all rows for each verdict that it works on. */
#define FACTS_MAX 8       /* rows of one device */
#define FACT_NAME_MAX 24  /* bytes of [a-z0-9_], a letter first */
#define FACT_BYTES_MAX 72 /* bytes of a value */
/* The largest integer that every JSON implementation reads exactly (RFC 8259
 * section 6). */
#define FACT_NUMBER_MAX ((UINT64_C(1) << 53) - 1)

/* These numbers are in messages and in the database, so they never change. */
enum fact_rule {
	/* Bytes from the enrolment; shown, never compared. */
	FACT_SHOWN = 1,

	/* Bytes from the enrolment.  Later evidence with other bytes or
	 * without the fact is of another device: device-key-mismatch. */
	FACT_EQUAL = 2,

	/* A number; the highest one is kept.  Later evidence with a lower one
	 * or without the fact: firmware-rollback. */
	FACT_NOT_BELOW = 3,

	/* A date, YYYYMM or YYYYMMDD; day 00 is the whole month.  The latest
	 * one is kept.  Later evidence with an earlier one or without the
	 * fact: firmware-rollback.  If one of the two dates has no day, only
	 * the months are compared. */
	FACT_NOT_BEFORE = 4,
};

/* True for one of these rules; true for a rule whose value is a number. */
bool fact_rule_valid(unsigned rule);
bool fact_rule_counts(enum fact_rule rule);

struct fact {
	enum fact_rule rule;
	uint8_t name_len;
	uint8_t len; /* of bytes */
	char name[FACT_NAME_MAX];
	uint8_t bytes[FACT_BYTES_MAX];
	uint64_t number; /* if fact_rule_counts(rule), instead of bytes */
};

/* Only the first n rows are initialised. */
struct facts {
	size_t n;
	struct fact rows[FACTS_MAX];
};

struct bytes fact_name(const struct fact *f);
struct bytes fact_bytes(const struct fact *f);

/*
 * Adds a row.  An empty value and the number 0 mean that the device did not
 * give the value; then no row is added.  E_LIMIT: too many rows, or the value
 * is too long or too large.  E_CONFLICT: there is a row of this name.
 * E_MALFORMED: the name has other characters than above or is another member of
 * the API's enrolment object, or the rule is for the other type of value.
 */
MUST_CHECK err_t facts_add_bytes(struct facts *f, enum fact_rule rule,
                                 struct bytes name, struct bytes value);
MUST_CHECK err_t facts_add_number(struct facts *f, enum fact_rule rule,
                                  struct bytes name, uint64_t number);

/* The row of a name; NULL: there is none. */
const struct fact *facts_find(const struct facts *f, struct bytes name);

#endif
