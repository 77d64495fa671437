/*
 * request_digest.h - the text of an HTTP request whose SHA-256 is the binding
 * `request`: method, target and content, as docs/bindings.md describes it.
 *
 * The lines are those of RFC 9421 (sections 2.2.1, 2.2.2 and 2.1) and RFC 9530.
 */
#ifndef ANCHORCTL_REQUEST_DIGEST_H
#define ANCHORCTL_REQUEST_DIGEST_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define REQUEST_METHOD_MAX 32           /* bytes */
#define REQUEST_TARGET_MAX 8192         /* bytes, as given */
#define REQUEST_CONTENT_MAX (64u << 20) /* bytes */

/* Bytes of the text: the target may get a slash, the rest is fixed. */
#define REQUEST_TEXT_MAX (REQUEST_TARGET_MAX + 256)

struct request_seen {
	struct bytes method;
	struct bytes target;  /* an absolute URI of http or https */
	struct bytes content; /* empty: the request has none */
};

/*
 * Appends the text, without an LF at the end.  Scheme and host become lower
 * case, a default port goes, an empty path becomes "/" (RFC 9110 section
 * 4.2.3); path and query stay as they are (RFC 9421 section 2.2.6).
 * E_MALFORMED: no such method or target, and *ret_why says what is wrong.
 */
MUST_CHECK err_t request_text(const struct request_seen *r, struct buf *out,
                              const char **ret_why);

#endif
