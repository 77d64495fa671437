/*
 * ceremony_inventory.h - what is in the tokens of a ceremony, as lines of its
 * transcript: each token, and each object with the attributes that the device
 * reports.
 */
#ifndef ANCHORCTL_CEREMONY_INVENTORY_H
#define ANCHORCTL_CEREMONY_INVENTORY_H

#include "provisioning/anchorctl/verb.h"
#include "trust/ceremony.h"

/* Appends the lines.  A token that is not there is a line, too.  With a nonce, the
 * SHA-256 of the entry before, also what the plan wants attested.  VERB_GOOD, or the
 * exit status after a message. */
int ceremony_put_inventory(const struct cli *cli,
                           const struct ceremony_plan *plan,
                           const struct ceremony_site *site,
                           const uint8_t *nonce, struct buf *output);

/* Is each token that the plan's modules and TPMs show known to be software
 * (hsm/core/software.h)?  Otherwise a rehearsal could change real ones.  VERB_GOOD,
 * or the exit status after a message. */
int ceremony_check_rehearsal(const struct cli *cli,
                             const struct ceremony_plan *plan,
                             const struct ceremony_site *site);

#endif
