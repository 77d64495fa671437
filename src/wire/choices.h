/*
 * choices.h - the choices of choices.def as types.
 *
 * Of each type X there is enum wire_X with the constants WIRE_..., its words, and
 * whether a number is one of its own.
 */
#ifndef WIRE_CHOICES_H
#define WIRE_CHOICES_H

#include <stdbool.h>

#define WIRE_CHOICE_ENUM(NAME, number, word) WIRE_##NAME = (number),
#define CHOICE(type, TYPE) \
	enum wire_##type{ WIRE_CHOICES_##TYPE(WIRE_CHOICE_ENUM) };
#include "wire/choices.def"
#undef CHOICE
#undef WIRE_CHOICE_ENUM

/* The set of all roles but the supervisor; no message carries it. */
#define WIRE_ROLE_CHILDREN                                         \
	(WIRE_ROLE_FRONT | WIRE_ROLE_VERIFIER | WIRE_ROLE_LEDGER | \
	 WIRE_ROLE_KEYHOLDER)

/* The word; "?" when the number has none. */
#define CHOICE(type, TYPE) const char *wire_##type##_name(enum wire_##type v);
#include "wire/choices.def"
#undef CHOICE

#define CHOICE(type, TYPE) bool wire_##type##_valid(unsigned number);
#include "wire/choices.def"
#undef CHOICE

#endif
