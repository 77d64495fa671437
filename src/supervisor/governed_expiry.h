/*
 * governed_expiry.h - warns before the trust bundle expires and before an officer's
 * time ends.
 *
 * 90, 30 and 7 days ahead, and when it is over, there is a line in the log, once for
 * each while a version is in force; from 30 days on there is a note at /readyz.
 */
#ifndef SUPERVISOR_GOVERNED_EXPIRY_H
#define SUPERVISOR_GOVERNED_EXPIRY_H

#include <stdint.h>

#include "trust/bundle.h"

enum expiry_class {
	EXPIRY_FAR,
	EXPIRY_90_DAYS,
	EXPIRY_30_DAYS,
	EXPIRY_7_DAYS,
	EXPIRY_OVER
};

/* How soon that is.  At the last second of a class the next one begins. */
enum expiry_class expiry_class(uint64_t end_s, uint64_t now_s);

#define EXPIRY_NOTE_MAX 256 /* bytes with the NUL */

/* What was logged of the version in force, and the note. */
struct governed_expiry {
	uint8_t bundle, officers[TRUST_OFFICERS_MAX],
	        recovery[TRUST_OFFICERS_MAX]; /* enum expiry_class */
	char note[EXPIRY_NOTE_MAX];           /* "": nothing is near */
};

/* b may be NULL. */
void governed_expiry_look(struct governed_expiry *e, const struct bundle *b,
                          uint64_t now_s);

#endif
