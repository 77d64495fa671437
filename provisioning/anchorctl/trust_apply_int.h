/*
 * trust_apply_int.h - how the steps of `trust apply` at the tokens are told.
 *
 *	trust_apply_tokens.c  which tokens, and whether they may
 *	trust_apply_write.c   the steps
 */
#ifndef ANCHORCTL_TRUST_APPLY_INT_H
#define ANCHORCTL_TRUST_APPLY_INT_H

#include "provisioning/anchorctl/trust_apply_tokens.h"

#define APPLY_STEP_MAX 512  /* bytes of a line */
#define APPLY_DIGEST_TOLD 8 /* bytes of a digest in a line */

/* Prints a step that was done, and keeps it for --json. */
void apply_say_step(struct apply_tokens *t, const struct apply_token *token,
                    const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Prints why a step failed; returns the exit status. */
int apply_fail(const struct apply_tokens *t, const struct apply_token *token,
               const char *doing, err_t err, struct buf *why);

/* The beginning of a digest, in out. */
const char *apply_digest(const uint8_t sha256[static HASH_SIZE],
                         struct buf *out);

#endif
