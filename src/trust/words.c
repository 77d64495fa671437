/*
 * words.c - look-ups in words.def.
 */
#include "trust/words.h"

const char *
bundle_change_word(unsigned change)
{
	static const char *const words[] = {
#define CHANGE(code, word) [BUNDLE_##code] = (word),
#define KIND(code, word)
#include "trust/words.def"
	};

	return change < BUNDLE_CHANGES ? words[change] : NULL;
}

const char *
officer_kind_word(unsigned kind)
{
	static const char *const words[] = {
#define CHANGE(code, word)
#define KIND(code, word) [OFFICER_##code] = (word),
#include "trust/words.def"
	};

	return kind < OFFICER_KINDS ? words[kind] : NULL;
}
