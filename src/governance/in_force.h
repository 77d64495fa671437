/*
 * in_force.h - what a role trusts: the public keys of the service and, where
 * officers govern it, the trust bundle.
 *
 * With trust.governance = "none" the supervisor hands over the pins file, and
 * there is no bundle.  With "officers" it hands over the chain of the bundle's
 * versions with their signatures (trust/pack.h) and nothing else: the keys are
 * those that the last version names.  Each role walks the chain from the genesis
 * digest that is in its configuration, so that a supervisor that was handed a
 * wrong file cannot make a role trust it.  Of a chain that begins with the bytes
 * that are in force, it walks what is new (trust_walk_on()).
 *
 * When a version came into force and how long a recovery has waited is judged by
 * the supervisor alone (supervisor/governed.h), because only it remembers that.
 * An expired chain is refused here: a role that starts after the expiry has
 * neither keys nor anchors.  A role that has a bundle calls in_force_expired().
 */
#ifndef GOVERNANCE_IN_FORCE_H
#define GOVERNANCE_IN_FORCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "proc/role.h"
#include "trust/bundle.h"
#include "trust/walk.h"

/* The names of the files that the supervisor hands over: the first without
 * officers, the second with them. */
#define IN_FORCE_PINS "pins"
#define IN_FORCE_CHAIN "trust-chain"
/* Of trust.certificates, for verifiers. */
#define IN_FORCE_CERTIFICATES "trust-certificates"

/* What identifies a bundle; zeros without officers. */
struct in_force_name {
	uint32_t version;
	uint8_t digest[HASH_SIZE];
};

struct in_force {
	struct bundle *bundle;         /* NULL: without officers, or none yet */
	uint8_t (*digests)[HASH_SIZE]; /* of all versions, from 1 on */
	struct trust_walked walked;    /* up to it; n is 0 before the first */

	/* The bundle that was in force before it, and when that ended
	 * (monotonic); version 0: none that this process knows. */
	struct in_force_name before;
	uint64_t changed_ms;
};

void in_force_release(struct in_force *f);
DEFINE_AUTO_REF(struct in_force, in_force_release);

/* Is this the name of a file that in_force_read() reads: one of the first two? */
bool in_force_file(const char *name);

/*
 * Reads what the supervisor handed over, at the start and when it was replaced.
 * Appends the public keys in the form of a pins file, for pins_update(); with
 * officers its version is the bundle's.  Then f->bundle is the bundle.
 *
 * A chain replaces another only if it goes on from it: it has the version that
 * f->bundle is, byte for byte.  On failure f and what it was made of stay.
 *
 * E_NOT_FOUND: nothing was handed over yet; the supervisor reports that.
 * E_MALFORMED: not a chain that may be in force; why has the reason
 * (trust/fault.def) and the particulars.  E_CONFLICT: it does not go on from
 * f->bundle.  E_IO, E_NOMEM.
 */
MUST_CHECK err_t in_force_read(const struct role *r, struct in_force *f,
                               struct buf *pins, struct buf *why);

/* After a failure for lack of memory or of a read, has the role try again
 * (role_file_again()): at the version before it still trusts what officers have
 * removed. */
void in_force_retry(struct role *r, err_t err);

/* The digest of that version of the chain in force; NULL: it has none. */
const uint8_t *in_force_digest(const struct in_force *f, uint64_t version);

/* The name of the bundle in force. */
struct in_force_name in_force_name(const struct in_force *f);

/* Is this the bundle in force? */
bool in_force_is(const struct in_force *f, const struct in_force_name *name);

/* Or is it the one before, and was it replaced at most most_ms ago? */
bool in_force_was(const struct in_force *f, const struct in_force_name *name,
                  uint64_t now_ms, uint64_t most_ms);

/* Does the bundle in force name this policy?  True without officers. */
bool in_force_policy(const struct in_force *f, const char *id,
                     const uint8_t digest[static HASH_SIZE]);

/* The oldest revocation list that may be used, by the time when it was fetched;
 * 0: any. */
uint64_t in_force_revocations_from(const struct in_force *f);

/* With officers: has the bundle expired? */
bool in_force_expired(const struct in_force *f, uint64_t now_s);

#endif
