/*
 * diff.h - what a version changes, for officers to read before they sign.
 *
 * It walks the table by which bundles are read (form.h), so no setting is left
 * out, and shows each value whole.  A line that is not indented is one thing
 * that changed, in the order of the text:
 *
 *	+ anchors "google-ec"          a row that is new; all it says follows
 *	- officers "alpha"             a row that is gone, likewise
 *	~ threshold: 2 -> 3            a setting with another value
 *	~ officers "bravo" until: no end -> "2028-11-29T12:00:00Z"
 *	~ devices: the order of the rows
 *
 * Rows are the same if their first setting is.  Digests, ids of keys included,
 * are shown in groups of hex and in words (digest_words.h), officers' keys with
 * their fingerprints.  Whatever the values are, the output has printable ASCII
 * and line ends only, and no value can begin a line.
 */
#ifndef TRUST_DIFF_H
#define TRUST_DIFF_H

#include "base/buf.h"
#include "base/err.h"
#include "trust/bundle.h"

/* A ceiling of the output that no two bundles reach. */
#define BUNDLE_DIFF_MAX (8 * 1024 * 1024)

/* Appends the difference between two bundles that bundle_parse() made; old may
 * be NULL: everything is new.  E_NOMEM, E_LIMIT: out is incomplete and must not
 * be shown. */
MUST_CHECK err_t bundle_diff(const struct bundle *old, const struct bundle *new,
                             struct buf *out);

#endif
