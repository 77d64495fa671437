/*
 * denied.h - certificates that are shut out though their authority's word still
 * stands: the file of tls.denied.
 *
 * One SHA-256 fingerprint of a DER certificate a line, 64 hex digits or 32
 * pairs with colons between, as `openssl x509 -fingerprint -sha256` writes it;
 * blanks around it; # begins a comment.  A fingerprint of an authority shuts
 * out all that it issued.  Pure.
 */
#ifndef FRONT_DENIED_H
#define FRONT_DENIED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#define DENIED_TEXT_MAX (1024 * 1024) /* bytes of the file */
#define DENIED_MAX 10000              /* fingerprints */

struct denied;

/* E_MALFORMED: line *ret_line is no fingerprint; E_LIMIT: too many; E_NOMEM.
 * A list that is not whole is none. */
MUST_CHECK err_t denied_parse(struct bytes text, size_t *ret_line,
                              struct denied **ret_denied);
void denied_free(struct denied *d); /* accepts NULL */
DEFINE_AUTO(struct denied *, denied_free);

/* NULL denies nobody. */
bool denied_has(const struct denied *d,
                const uint8_t fingerprint[static HASH_SIZE]);
size_t denied_count(const struct denied *d);

#endif
