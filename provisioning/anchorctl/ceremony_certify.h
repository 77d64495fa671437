/*
 * ceremony_certify.h - what a TPM attested at a ceremony: judged by the code that
 * judges evidence (crypto/certify.h), and printed.
 */
#ifndef ANCHORCTL_CEREMONY_CERTIFY_H
#define ANCHORCTL_CEREMONY_CERTIFY_H

#include "provisioning/anchorctl/verb.h"
#include "trust/ceremony_judge.h"

/* NULL: no format knows how. */
const struct certifier *ceremony_certifier(void);

/* A line for each token of which something is attested; the same as an array. */
void ceremony_say_attested(const struct ceremony_found *f);
json_t *ceremony_attested_json(const struct ceremony_found *f);

#endif
