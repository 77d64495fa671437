/*
 * anchors.h - sets of trust anchors, put together by purpose.
 *
 * An anchor that was parsed once is shared: only references are copied.
 */
#ifndef VERIFIER_ANCHORS_H
#define VERIFIER_ANCHORS_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "evidence/evidence.h"

/* Adds certificates for each of these purposes (ANCHOR_BIT()s).  E_LIMIT: a purpose
 * has no room for them; why says which.  E_NOMEM. */
MUST_CHECK err_t anchors_join(struct trust_anchors *a, unsigned purposes,
                              const struct x509_roots *more, struct buf *why);

/* All purposes of another set.  E_LIMIT, E_NOMEM. */
MUST_CHECK err_t anchors_join_all(struct trust_anchors *a,
                                  const struct trust_anchors *more,
                                  struct buf *why);

void anchors_release(struct trust_anchors *a);
DEFINE_AUTO_REF(struct trust_anchors, anchors_release);

#endif
