/*
 * choices.c - the words of choices.def, and which numbers have one.
 */
#include <stddef.h>

#include "wire/choices.h"

#define CHOICE_WORD(NAME, number, word) \
	case (number):                  \
		return word;

#define CHOICE(type, TYPE)                                   \
	static const char *type##_word(unsigned number)      \
	{                                                    \
		switch (number) {                            \
			WIRE_CHOICES_##TYPE(CHOICE_WORD)     \
		}                                            \
		return NULL;                                 \
	}                                                    \
                                                             \
	const char *wire_##type##_name(enum wire_##type v)   \
	{                                                    \
		const char *word = type##_word((unsigned)v); \
                                                             \
		return word ? word : "?";                    \
	}                                                    \
                                                             \
	bool wire_##type##_valid(unsigned number)            \
	{                                                    \
		return type##_word(number) != NULL;          \
	}
#include "wire/choices.def"
#undef CHOICE
