/*
 * reason.h - why anchord refuses a device: the numbers and the codes.
 *
 * A result (docs/formats.md) lists the codes of its reasons as text.  A reason
 * keeps code and number for ever; new ones are appended, so a program that was
 * built with an older list meets codes that it does not know and must treat
 * them as refusals.
 *
 * For C and C++, by itself; nothing to link.
 */
#ifndef ANCHORD_REASON_H
#define ANCHORD_REASON_H

enum anchord_reason {
#define REASON(name, ...) ANCHORD_REASON_##name,
#include "reason.def"
#undef REASON
	ANCHORD_REASON_COUNT
};

/* The code as it stands in a result, or a null pointer for a number that this
 * list does not have. */
static inline const char *
anchord_reason_code(unsigned reason)
{
	switch (reason) {
#define REASON(name, code, ...)     \
	case ANCHORD_REASON_##name: \
		return code;
#include "reason.def"
#undef REASON
	default:
		return 0;
	}
}

#endif
