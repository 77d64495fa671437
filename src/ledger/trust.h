/*
 * trust.h - passes the certificates that the trust bundle names on, from the key
 * holders to the verifiers.
 *
 * A certificate is kept and sent on only if this ledger's own bundle names it
 * (governance/certificates.h).  Only a key holder that was taken over sends one under
 * a digest that is not its own.  Such a certificate is dropped, and logged once for
 * each edge, so that the key holder cannot flood the log.
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
	bool said[CONFIG_TOKENS_MAX]; /* a refusal was logged */
	uint64_t told_ms; /* when the verifiers were told everything */
};

/* A key holder has sent TRUST_CERTIFICATE.  E_MALFORMED: the packet. */
MUST_CHECK err_t ledger_trust_certificate(struct ledger *l,
                                          const struct edge *from,
                                          struct bytes packet);

/* Another bundle is in force: drops the certificates that it does not name, and
 * sends the verifiers those that count now. */
void ledger_trust_follow(struct ledger *l);

/* In tick(): tells the verifiers all certificates again, every LEDGER_TRUST_MS.  One may
 * have had no memory for one, or dropped it with a bundle that this ledger had left
 * behind. */
#define LEDGER_TRUST_MS 60000 /* as often as key holders tell the ledger */
void ledger_trust_tick(struct ledger *l);

/* The edge of a verifier is up: sends it all certificates that count. */
void ledger_trust_tell(struct ledger *l, struct edge *verifier);

/* The edge of a key holder is up: its next refusal is logged again. */
void ledger_trust_keyholder_up(struct ledger *l, const struct edge *keyholder);

void ledger_trust_release(struct ledger_trust *t);

#endif
