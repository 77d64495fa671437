/*
 * htu.h - the URL of a request in one spelling, to compare the claim htu with it
 * (RFC 9449 section 4.3 point 9).
 *
 * What RFC 3986 section 6.2.2 and 6.2.3 calls syntax-based and scheme-based
 * normalization, and no more: scheme and host in lower case, percent-encoded bytes
 * with upper-case digits and only where they must be encoded, no dot segments, no
 * default port, "/" for an empty path; query and fragment are gone.  Paths keep
 * their case, double and final slashes; names of hosts are not looked up, nor
 * translated (IDNA).
 */
#ifndef CRYPTO_TOKEN_HTU_H
#define CRYPTO_TOKEN_HTU_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define HTU_MAX 2048 /* bytes of a URL */

/* E_MALFORMED: no absolute URL of http or https with a host and without user
 * information, a byte that no URL has, or longer than HTU_MAX.  E_NOMEM. */
MUST_CHECK err_t htu_normalize(struct bytes url, struct buf *out);

#endif
