/*
 * android_chain_names.h - what the names in a chain say.
 */
#ifndef ANDROID_CHAIN_NAMES_H
#define ANDROID_CHAIN_NAMES_H

#include "android_trust.h"

/* Which kind of chain this calls itself.  The names are as good as the path:
 * believed only when it validates. */
enum android_kind android_names_kind(const struct android_evidence *e);

/* Does the subject above the attested key fit this level?  RKP: O= must be it.
 * Factory: "strongbox" anywhere is StrongBox's alone, title=TEE is TEE's. */
bool android_names_level(const struct android_cert *batch,
                         enum android_kind kind, uint64_t level);

#endif
