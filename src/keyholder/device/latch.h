/*
 * latch.h - the PIN latch, a file that forbids to try the PIN; and the permit,
 * a file by which an officer allows one try although the token counts a wrong
 * PIN.
 *
 * The latch is set durably before a login and removed after the token has
 * accepted the PIN.  A refused PIN and a crash during the login thus look the
 * same at the next start, and a PIN is never tried a second time without an
 * officer, who removes the latch (`anchorctl token unlatch`).  A running key
 * holder notices the removal.
 */
#ifndef KEYHOLDER_DEVICE_LATCH_H
#define KEYHOLDER_DEVICE_LATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

#define LATCH_LOGIN "a login was under way" /* content during a login */
#define LATCH_TEXT_MAX 256                  /* bytes with the NUL */

struct latch {
	int directory;
	int file;       /* -1: not latched */
	bool permitted; /* an officer allows one login */
	char text[LATCH_TEXT_MAX];
};

/* Opens the state directory and reads the latch.  E_LATCHED: it is set, and
 * text has the cause.  E_IO: the directory is missing or unreadable; no login
 * may be tried.  The caller calls latch_release() in every case. */
MUST_CHECK err_t latch_open(struct latch *latch, const char *directory);

/* Sets the latch or replaces its text.  OK: it is on the disk.  E_IO: it is
 * unchanged (the disk is full or read-only), and no login may be tried. */
MUST_CHECK err_t latch_set(struct latch *latch, const char *text);

/* Removes the permit.  OK: the removal is on the disk. */
MUST_CHECK err_t latch_use_permit(struct latch *latch);

/* Removes the latch.  E_IO: it may still exist. */
MUST_CHECK err_t latch_clear(struct latch *latch);

/* True when the latch was set and an officer has removed it. */
bool latch_lifted(const struct latch *latch);

void latch_release(struct latch *latch);
DEFINE_AUTO_REF(struct latch, latch_release);

#endif
