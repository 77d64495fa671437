/*
 * trust_context.h - what evidence is judged by besides the policy: a person's
 * trust, or the service's.
 */
#ifndef EVIDENCE_TRUST_CONTEXT_H
#define EVIDENCE_TRUST_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "evidence/revocation/revocation.h"
#include "crypto/x509/chain.h"
#include "wire/terms.h"

/* A file with keys or certificates; one that was found in a directory, and not
 * named, may be something else and is then passed over as a whole, and said. */
struct evidence_trust {
	struct bytes file;
	bool found;
};

/* What a person trusts when no service and no enrolment vouch for a key. */
struct evidence_offline {
	const struct evidence_trust *trust;
	size_t n_trust;
	uint64_t at_s; /* the time for certificates */
	const char *const *allow;
	size_t n_allow;
	const struct revocations *revocations; /* NULL: none are asked for */

	/* Hears of each file of trust that was passed over, and why. */
	void (*skipped)(void *arg, size_t i, const char *why);
	void *arg;
};

/* For a format: hands each file of trust to add, which takes all of it or gives
 * E_MALFORMED or E_DENIED and says why.  Those are failures only of a file that
 * was named; others always. */
typedef err_t evidence_trust_fn(void *arg, struct bytes file, struct buf *why);
MUST_CHECK err_t evidence_trust_read(const struct evidence_offline *offline,
                                     evidence_trust_fn *add, void *arg,
                                     struct buf *why);

/* The roots that chains may end at, apart for each purpose; NULL: none. */
struct trust_anchors {
	struct x509_roots *roots[ANCHOR_PURPOSE_COUNT];
};

/* What the service trusts for a format whose keys nobody enrolled one by one.
 * Borrowed: must live as long as the evidence. */
struct trust_context {
	uint64_t now_s;
	/* Of the format's purpose alone.  NULL: no root is trusted. */
	const struct x509_roots *roots;
	const struct revocations *revocations; /* NULL: there is no list */
	/* max_age_s 0: none is asked for; otherwise an old or a missing list
	 * is revocation-stale. */
	struct revocation_limits limits;
	bool enroll; /* the key is to be enrolled by this */
};

/* A leniency that a person may allow by name; the service allows none. */
struct evidence_leniency {
	const char *name; /* NULL ends the table */
	const char *help;
};

#endif
