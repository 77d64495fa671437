/*
 * trust_supply.h - certificates that somebody has at hand, found by their digests:
 * whose digest the officers signed need not be trusted otherwise.
 */
#ifndef ANCHORCTL_TRUST_SUPPLY_H
#define ANCHORCTL_TRUST_SUPPLY_H

#include "provisioning/anchorctl/trust_certificates.h"
#include "provisioning/anchorctl/trust_proposal.h"

#define TRUST_SUPPLY_FILES_MAX 1024

struct trust_supply {
	size_t n;
	struct trust_certificates *files;
};

void trust_supply_release(struct trust_supply *s);
DEFINE_AUTO_REF(struct trust_supply, trust_supply_release);

/* Adds a file of certificates, or all files of a directory whose names end in
 * .pem, .crt, .cer, .der or .json.  VERB_GOOD; otherwise the exit status (the
 * message was printed). */
int trust_supply_add(const struct cli *cli, const char *path,
                     struct trust_supply *s);

/* The DER certificate of this digest, from the supply or from the proposal (NULL:
 * none).  E_NOT_FOUND; E_NOMEM, E_IO (a message was printed). */
MUST_CHECK err_t trust_supply_find(const struct cli *cli,
                                   const struct trust_supply *s,
                                   const struct proposal *p,
                                   const uint8_t sha256[static HASH_SIZE],
                                   struct buf *out);

#endif
