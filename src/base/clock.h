/*
 * clock.h - the only access to the clocks, so that tests can set the time.
 *
 * Wall-clock time is for what is signed and compared with other machines; the
 * monotonic clock is for deadlines.  A name that ends in _at is an instant, one
 * that ends in _for is a duration; its unit is in the name (_ms, _us, _s).
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

/* Accepted clock skew in seconds: how far a challenge's iat may lie in the
 * future, how far the clock may fall behind the latest time that the ledger has
 * stored, and how far a result's times may differ from the signer's clock. */
#define CLOCK_SKEW_S 5

#define DAY_S UINT64_C(86400) /* seconds */

uint64_t clock_wall_ms(void); /* since 1970-01-01T00:00:00Z */
uint64_t clock_mono_us(void);
uint64_t clock_mono_ms(void); /* since an arbitrary start; never goes back */

/* Makes clock_wall_ms() return at_ms from now on; 0 restores the real clock.
 * For tests and for `anchorctl appraise --at`. */
void clock_set_wall(uint64_t at_ms);

#define CLOCK_TEXT_SIZE 25 /* "2026-11-23T12:00:00.000Z" and its NUL */

/* RFC 3339 in UTC, whole seconds: "2026-11-23T12:00:00Z". */
void clock_format(uint64_t at_ms, char out[static CLOCK_TEXT_SIZE]);

/* Parses an RFC 3339 date-time with "Z" or a numeric offset (section 5.6) and
 * drops fractions of a second.  E_MALFORMED: not one, or before 1970. */
MUST_CHECK err_t clock_parse(struct bytes text, uint64_t *ret_at_ms);

#endif
