/*
 * facts_kit.h - facts of a device in tests: read by name, changed in place.
 */
#ifndef COMMON_FAKES_FACTS_KIT_H
#define COMMON_FAKES_FACTS_KIT_H

#include "wire/facts.h"

/* The number of the row of that name, to be changed.  Made when there is none, by
 * the rule of a date when the name says "patch", of a number otherwise. */
uint64_t *facts_kit_level(struct facts *f, const char *name);

/* What a row says; 0, or empty: there is none. */
uint64_t facts_kit_number(const struct facts *f, const char *name);
struct bytes facts_kit_bytes(const struct facts *f, const char *name);

/* Adds a row of bytes, which must fit. */
void facts_kit_add(struct facts *f, enum fact_rule rule, const char *name,
                   struct bytes value);

/* The row of bytes of that name, which must be there, to be changed. */
uint8_t *facts_kit_value(struct facts *f, const char *name);

#endif
