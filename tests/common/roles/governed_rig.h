/*
 * governed_rig.h - a key holder on a SoftHSM token that has the trust objects of a
 * chain.  Officers' work is done by hsm/admin/trust.h; the certificate is made
 * without a PIN, so that tests can destroy it.
 */
#ifndef COMMON_ROLES_GOVERNED_RIG_H
#define COMMON_ROLES_GOVERNED_RIG_H

#include "hsm/admin/admin.h"
#include "tests/common/fakes/governed_kit.h"
#include "tests/common/roles/keyholder_rig.h"

#define GOVERNED_ANCHOR "own-ca"

struct governed {
	struct rig rig;
	struct hsm_token_name name;
	struct secret *so_pin;
	struct governed_kit kit;
	struct buf der; /* of the anchor */
	uint8_t sha256[HASH_SIZE];
};

/* Version 1 with one anchor; nothing is on the token yet.  False: SoftHSM is not
 * available, and the test was marked as skipped. */
bool governed_begin(struct governed *w);
void governed_end(struct governed *w);
DEFINE_AUTO_REF(struct governed, governed_end);

#define GOVERNED(w)                           \
	AUTO(governed_end) struct governed w; \
	if (!governed_begin(&(w)))            \
	return

const uint8_t *governed_digest(const struct governed *w, size_t version);

/* The anchor's certificate.  It is stored without a PIN, as anybody could do it:
 * a certificate counts by its digest.  The token's user destroys it. */
void governed_put_certificate(const struct governed *w);
void governed_drop_certificate(const struct governed *w);
void governed_put_genesis(const struct governed *w, const uint8_t *digest);

/* In any device, by the officer who has that PIN; NULL: a TPM without one. */
void governed_put_head(const struct hsm_token_name *name,
                       const struct secret *pin, uint64_t version,
                       const uint8_t *digest);
void governed_put_counter(const struct hsm_token_name *name,
                          const struct secret *pin, uint64_t value);

/* Everything that the token has of version n after officers applied it. */
void governed_put_all(const struct governed *w, size_t n);

/* Starts a key holder with the chain that was packed last. */
void governed_life(struct governed *w);
void governed_await_status(struct governed *w, bool ready, const char *part);

/* Asks for a challenge, a result and a handle: each is refused as unavailable. */
void governed_expect_refused(struct governed *w);

#endif
