/*
 * trust_context.h - the trust by which keys in evidence are judged: in the
 * service, or offline.
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

/* A file of trust: keys or certificates. */
struct evidence_trust {
	struct bytes file;
	bool found; /* in a directory, not named: may be another kind of file,
	             * which is skipped as a whole and reported */
};

/* The trust of an offline appraisal, which has no enrolments. */
struct evidence_offline {
	const struct evidence_trust *trust;
	size_t n_trust;
	uint64_t at_s; /* the time at which certificates must be valid */
	const char *const *allow; /* names of leniencies */
	size_t n_allow;
	const struct revocations *revocations; /* NULL: no list is required */

	/* Called for each file of trust that is skipped; may be NULL. */
	void (*skipped)(void *arg, size_t i, const char *why);
	void *arg;
};

/* Calls add for each file of trust.  add takes the whole file or nothing and
 * then returns E_MALFORMED or E_DENIED with the cause in why: a found file is
 * skipped, a named one is a failure.  Any other error is a failure. */
typedef err_t evidence_trust_fn(void *arg, struct bytes file, struct buf *why);
MUST_CHECK err_t evidence_trust_read(const struct evidence_offline *offline,
                                     evidence_trust_fn *add, void *arg,
                                     struct buf *why);

/* The roots at which chains may end, separately for each purpose; NULL: none. */
struct trust_anchors {
	struct x509_roots *roots[ANCHOR_PURPOSE_COUNT];
};

/* The trust of the service, for formats with certificate chains.  The pointers
 * must stay valid as long as the evidence. */
struct trust_context {
	uint64_t now_s;
	/* Only those of the format's purpose.  NULL: no root is trusted. */
	const struct x509_roots *roots;
	const struct revocations *revocations; /* NULL: there is no list */
	/* max_age_s 0: no list is required; otherwise an old or missing list
	 * is revocation-stale. */
	struct revocation_limits limits;
	bool enroll; /* a good verdict enrols the key */
	/* It gives the key to an enrolled device, whose key has signed it. */
	bool succeeds;
};

/* A rule that an offline appraisal may relax by its name. */
struct evidence_leniency {
	const char *name; /* NULL ends the table */
	const char *help;
};

#endif
