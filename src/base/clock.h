/*
 * clock.h - time, as a seam: tests link or set their own.
 *
 * Wall time is for what is signed and compared with other machines; the
 * monotonic clock is for deadlines.  Milliseconds everywhere; names end in
 * _at for an instant and in _for for a span.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

/* Seconds that two readings of what should be one time may be apart: how far a
 * challenge's iat may be later than now, how far the clock may fall behind what
 * the ledger has seen, how far a result's times may be from the signer's. */
#define CLOCK_SKEW_S 5

uint64_t clock_wall_ms(void); /* since 1970-01-01T00:00:00Z */
uint64_t clock_mono_us(void);
uint64_t clock_mono_ms(void); /* since an arbitrary start; never goes back */

/* Makes clock_wall_ms() answer at_ms from now on; 0 gives the clock back.
 * For tests and for `anchorctl appraise --at`. */
void clock_set_wall(uint64_t at_ms);

#define CLOCK_TEXT_SIZE 25 /* "2026-11-23T12:00:00.000Z" and its NUL */

/* RFC 3339 in UTC, whole seconds: "2026-11-23T12:00:00Z". */
void clock_format(uint64_t at_ms, char out[static CLOCK_TEXT_SIZE]);

/* The reverse, Z or a numeric offset, fractions dropped.  E_MALFORMED. */
MUST_CHECK err_t clock_parse(struct bytes text, uint64_t *ret_at_ms);

#endif
