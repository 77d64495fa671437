/*
 * bundle_anchors.h - the trust anchors where officers govern: those that the bundle
 * in force names, and no others.
 *
 * Their certificates come from the devices by way of the ledger, or from the file
 * trust.certificates.  Whoever sent one, it is an anchor only if SHA-256 of the
 * certificate and of its SubjectPublicKeyInfo are those of the row, for the row's
 * purposes and tenants alone.
 *
 * The certificates of intermediates must be there, too, although no format of
 * evidence needs them today: each brings its chain up to the root.
 *
 * A verifier is not ready before it has had every certificate once.  Those that
 * another bundle adds may come a moment after it.  For VERIFIER_TRUST_WAIT_MS the
 * anchors that are there count, and evidence whose chain ends at none of them is
 * answered UNAVAILABLE instead of refused.
 */
#ifndef VERIFIER_BUNDLE_ANCHORS_H
#define VERIFIER_BUNDLE_ANCHORS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "evidence/evidence.h"
#include "governance/certificates.h"
#include "proc/role.h"

#define VERIFIER_TRUST_WAIT_MS 10000

struct bundle_anchors {
	struct certificates certificates;
	/* Of the anchors with tenants; their rows are the bundle's. */
	size_t n_scoped;
	struct scoped_anchor {
		const struct trust_anchor *row;
		struct x509_roots *root;
	} scoped[TRUST_ANCHORS_MAX];
	bool stale;        /* certificates came since the anchors were made */
	bool again;        /* no memory for one: made anew at the next tick */
	bool whole;        /* all certificates were there once */
	uint64_t lacks_at; /* since when one is missing; 0: none is */
	char fault[128];   /* what is missing or wrong, or "" */
};

/* Another bundle is in force, or the file of certificates was replaced. */
void bundle_anchors_follow(struct role *r);

/* The ledger has sent TRUST_CERTIFICATE.  It counts after bundle_anchors_round().
 * E_MALFORMED: the packet. */
MUST_CHECK err_t bundle_anchors_certificate(struct role *r,
                                            struct bytes packet);

/* To be called before any other packet and at the end of a wake-up, so that many
 * certificates that come at once cost the same as one.  True: the anchors were made
 * anew. */
bool bundle_anchors_round(struct role *r);

/* In tick(): makes the anchors again that there was no memory for. */
void bundle_anchors_tick(struct role *r);

/* Why no evidence may be judged: a stable word and the anchor; "": it may be. */
const char *bundle_anchors_fault(struct role *r);

/* What is missing although evidence is judged, or "". */
const char *bundle_anchors_note(struct role *r);

/* Certificates are on their way: an unknown anchor may become known. */
bool bundle_anchors_wait(struct role *r);

/* The anchors for one tenant.  Returns those of all tenants, or *ret_own, which has
 * the tenant's besides, and which the caller releases (anchors_release()).  NULL: no
 * memory. */
const struct trust_anchors *bundle_anchors_for(struct role *r,
                                               struct bytes tenant,
                                               struct trust_anchors *ret_own);

/* Is there an anchor for that purpose, for anybody? */
bool bundle_anchors_any(struct role *r, enum anchor_purpose purpose);

void bundle_anchors_release(struct bundle_anchors *a);

#endif
