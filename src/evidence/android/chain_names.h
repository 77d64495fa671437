/*
 * chain_names.h - interprets the subject names in a chain.
 */
#ifndef EVIDENCE_ANDROID_CHAIN_NAMES_H
#define EVIDENCE_ANDROID_CHAIN_NAMES_H

#include "evidence/android/trust.h"

/* The index of the highest certificate below the root, as far as the names
 * show; e->n: there is none.  Path validation may find another one. */
size_t android_names_upper(const struct android_evidence *e);

/* The kind of chain that the certificate at `upper`, which may be e->n,
 * indicates by its subject.  The caller must also check that the path validates
 * and has the number of certificates of that kind. */
enum android_kind android_names_kind(const struct android_evidence *e,
                                     size_t upper);

/*
 * True if the subjects above the attested key fit this security level.
 *
 * StrongBox must be named by the certificate directly above the key or by the
 * intermediate, and neither may name another level.  TEE also fits certificates
 * that name no level, as old ones do.  In an RKP chain O= must be the level.
 */
bool android_names_level(const struct android_evidence *e, size_t upper,
                         uint64_t level);

#endif
