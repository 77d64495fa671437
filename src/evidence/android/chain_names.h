/*
 * chain_names.h - what the names in a chain say.
 */
#ifndef EVIDENCE_ANDROID_CHAIN_NAMES_H
#define EVIDENCE_ANDROID_CHAIN_NAMES_H

#include "evidence/android/trust.h"

/* The highest certificate below the root, by the names; e->n: there is none.
 * What a path validation finds may be another one. */
size_t android_names_upper(const struct android_evidence *e);

/* Which kind of chain that one says this is; upper may be e->n.  The names are
 * as good as the path: believed only when it validates and has the kind's
 * shape. */
enum android_kind android_names_kind(const struct android_evidence *e,
                                     size_t upper);

/*
 * Do the subjects above the attested key fit this level?
 *
 * StrongBox is nobody's who does not say so: the certificate right above the
 * key or the intermediate must, and neither may say something else.  TEE is
 * also of those that say nothing, as old ones do.  RKP: O= must be the level.
 */
bool android_names_level(const struct android_evidence *e, size_t upper,
                         uint64_t level);

#endif
