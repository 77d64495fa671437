/*
 * trust.h - passes the certificates that the trust bundle names on, from the key
 * holders to the verifiers.
 *
 * Nothing of it is believed: what is kept and sent on is named by this ledger's own
 * bundle (governance/certificates.h).  What is not what its digest says comes from a
 * key holder that was taken over; it is dropped, and logged once for each edge, so
 * that it costs neither the service nor the log anything.
 */
#ifndef LEDGER_TRUST_H
#define LEDGER_TRUST_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"
#include "governance/certificates.h"
#include "proc/config.h"

struct edge;
struct ledger;

struct ledger_trust {
	struct certificates certificates;
	bool said[CONFIG_TOKENS_MAX]; /* that key holder's was refused */
};

/* A key holder has sent TRUST_CERTIFICATE.  E_MALFORMED: the packet. */
MUST_CHECK err_t ledger_trust_certificate(struct ledger *l,
                                          const struct edge *from,
                                          struct bytes packet);

/* Another bundle is in force. */
void ledger_trust_follow(struct ledger *l);

/* A verifier has come; a key holder has come. */
void ledger_trust_tell(struct ledger *l, struct edge *verifier);
void ledger_trust_keyholder_up(struct ledger *l, const struct edge *keyholder);

void ledger_trust_release(struct ledger_trust *t);

#endif
