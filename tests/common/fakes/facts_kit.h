/*
 * facts_kit.h - reads and changes facts of a device by name, in tests.
 */
#ifndef COMMON_FAKES_FACTS_KIT_H
#define COMMON_FAKES_FACTS_KIT_H

#include "wire/facts.h"

/* The number of the row with that name, which the caller may change.  Creates a
 * missing row: with the rule of a date if the name contains "patch", otherwise
 * of a number. */
uint64_t *facts_kit_level(struct facts *f, const char *name);

/* The value of the row with that name; 0, or empty: there is none. */
uint64_t facts_kit_number(const struct facts *f, const char *name);
struct bytes facts_kit_bytes(const struct facts *f, const char *name);

/* Adds a row of bytes, which must fit. */
void facts_kit_add(struct facts *f, enum fact_rule rule, const char *name,
                   struct bytes value);

/* The value of an existing row of bytes, which the caller may change. */
uint8_t *facts_kit_value(struct facts *f, const char *name);

#endif
