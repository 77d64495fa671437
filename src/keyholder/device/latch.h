/*
 * latch.h - the mark on disk that says: do not try the PIN; and the permit, by
 * which a person allows one try where the token counts a wrong PIN.
 *
 * It is set, durably, before a login is attempted and lifted after the token
 * said yes, so that a refusal and a crash in between look the same to the next
 * life: a PIN is never tried twice by itself.  Only a person lifts it
 * (`anchorctl token unlatch`); whoever holds it open sees that.
 */
#ifndef KEYHOLDER_DEVICE_LATCH_H
#define KEYHOLDER_DEVICE_LATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

#define LATCH_LOGIN "a login was under way" /* the text during a login */
#define LATCH_TEXT_MAX 256                  /* bytes with the NUL */

struct latch {
	int directory;
	int file;       /* -1: not latched */
	bool permitted; /* a person allows one login */
	char text[LATCH_TEXT_MAX];
};

/* Opens the state directory and reads the latch.  E_LATCHED: it is set, text
 * says why.  E_IO: no such directory, or unreadable: do not try either.
 * Release in every case. */
MUST_CHECK err_t latch_open(struct latch *latch, const char *directory);

/* Sets it, or replaces its text; on disk when this returns OK.  E_IO: it is as
 * it was before (the disk is full or read-only), and no login may be tried. */
MUST_CHECK err_t latch_set(struct latch *latch, const char *text);

/* Takes the permit away, for good; on disk when this returns OK. */
MUST_CHECK err_t latch_use_permit(struct latch *latch);

/* Lifts it.  E_IO: it may still be there. */
MUST_CHECK err_t latch_clear(struct latch *latch);

/* True when it was set and a person has lifted it. */
bool latch_lifted(const struct latch *latch);

void latch_release(struct latch *latch);
DEFINE_AUTO_REF(struct latch, latch_release);

#endif
