/*
 * denied.h - certificates that are refused although their chain is valid: the
 * file of tls.denied.
 *
 * Each line has the SHA-256 fingerprint of a DER certificate as 64 hex digits,
 * or as 32 pairs with colons like `openssl x509 -fingerprint -sha256` prints
 * it, with optional blanks around it; # begins a comment.  The fingerprint of a
 * CA refuses everything that it issued.
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

/* E_MALFORMED: line *ret_line is not a fingerprint.  E_LIMIT: too many.
 * E_NOMEM.  A list with one bad line is refused as a whole. */
MUST_CHECK err_t denied_parse(struct bytes text, size_t *ret_line,
                              struct denied **ret_denied);
void denied_free(struct denied *d); /* accepts NULL */
DEFINE_AUTO(struct denied *, denied_free);

/* False for NULL. */
bool denied_has(const struct denied *d,
                const uint8_t fingerprint[static HASH_SIZE]);
size_t denied_count(const struct denied *d);

#endif
