/*
 * backend.h - the operations that a type of device must provide.
 *
 * A backend is a room of source files, one const struct hsm_backend and one row
 * in backends.c, and for officers and auditors a struct hsm_admin
 * (hsm/admin/int.h) and a row in hsm/admin/admin.c; ADDING.md has the steps.
 * sign.c does what must not depend on the device: it hashes, verifies each
 * signature in software, checks random numbers for being stuck, and makes the
 * canary signature.
 *
 * Errors are those of hsm.h, and E_DENIED (the device refuses this call), which
 * sign.c turns into E_LATCHED while opening and into E_DEVICE later.  After a
 * failure why() returns its cause as one line of text.
 */
#ifndef HSM_CORE_BACKEND_H
#define HSM_CORE_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/alg.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "hsm/core/hsm.h"
#include "hsm/core/look.h"
#include "hsm/core/trust.h"
#include "base/secret.h"

#define HSM_SPKI_MAX 600 /* bytes: RSA-4096 needs 550 */
#define HSM_WHY_MAX 256  /* bytes with the NUL */

/* Result of open(): the signing key's algorithm (an RSA key may have one of
 * two) and its public half as DER SubjectPublicKeyInfo. */
struct hsm_found {
	enum alg alg;
	size_t spki_len;
	uint8_t spki[HSM_SPKI_MAX];
};

/* found.c: fills in a public key from the numbers that a device returns: see
 * key_encode().  E_DENIED: not a valid key. */
MUST_CHECK err_t hsm_found_put(enum alg alg, struct bytes a, struct bytes b,
                               struct hsm_found *ret_found);

/* True if this is the pinned key. */
bool hsm_found_pinned(const struct hsm_found *found,
                      const uint8_t spki_sha256[static HASH_SIZE]);

struct hsm_backend {
	const char *scheme; /* "pkcs11:" */

	/* See look.h; the URI has the scheme. */
	err_t (*check_uri)(const char *uri, struct buf *why);
	err_t (*look)(const struct hsm_options *options, struct buf *why,
	              struct hsm_look *ret_look);

	/* Connects to the device of this URI (options->uri or
	 * options->companion_tpm) and does everything that a sandbox forbids
	 * afterwards: loads and initialises foreign code and opens connections.
	 * It does not log in, and trusts nothing that the device reports.  why
	 * receives the cause of a failure. */
	err_t (*reach)(const char *uri, const struct hsm_options *options,
	               struct buf *why, void **ret_own);

	/* Runs inside the key holder's sandbox: logs in at most once, finds
	 * both keys and refuses any that could leave the device.  Does not call
	 * login_ended() when it is unknown whether the device has counted the
	 * PIN try.  Without options->spki_sha256 the signing key is not
	 * searched. */
	err_t (*open)(void *own, const struct hsm_options *options,
	              const struct secret *pin, struct hsm_found *ret_found);

	/* Replaces open() for a companion of another device: finds its counter
	 * and, when options->handle_label is "", its HMAC key.  The
	 * PIN is proved as in open(), between login_begins() and login_ended();
	 * login.c combines both logins into one.  NULL: not supported. */
	err_t (*open_companion)(void *own, const struct hsm_options *options,
	                        const struct secret *pin);

	/* Finds a further signing key of the same device and keeps it under
	 * that number, 0..HSM_KEYS_MAX-1; the key of open() has number 0.  When
	 * several public keys match the URI, the pinned one is chosen; keys.c
	 * compares again.  E_CONFIG: the URI is malformed or names another
	 * device.  NULL: the backend holds the key of open() only. */
	err_t (*add)(void *own, const char *uri,
	             const uint8_t spki_sha256[static HASH_SIZE], unsigned key,
	             struct hsm_found *ret_found);
	void (*use)(void *own, unsigned key); /* selects the key of sign() */
	void (*drop)(void *own, unsigned key);

	/* Signs a digest that sign.c computed, or the message for Ed25519.
	 * ECDSA signatures are r || s. */
	err_t (*sign)(void *own, enum alg alg, struct bytes in,
	              struct hsm_signature *ret_signature);

	err_t (*mac)(void *own, struct bytes msg,
	             uint8_t ret_mac[static HASH_SIZE]);
	err_t (*random)(void *own, uint8_t *out, size_t n);
	/* Must return a new value even if other processes call it
	 * concurrently. */
	err_t (*epoch)(void *own, uint32_t *ret_epoch);

	/* See trust.h.  *ret_trust is empty before; a list that failed may be
	 * half filled in, and is dropped.  A certificate's buffer has the
	 * ceiling already: the size is judged before memory is taken, E_LIMIT.
	 * Any other error than E_NOMEM, E_LIMIT and E_MALFORMED becomes E_IO.
	 * NULL: the device stores none. */
	err_t (*trust_list)(void *own, struct hsm_trust *ret_trust);
	err_t (*trust_certificate)(void *own, uint64_t number,
	                           struct hsm_trust_certificate *ret_read);

	const char *(*why)(const void *own);
	void (*close)(void *own); /* accepts NULL */
};

/* backends.c: returns the backend of a URI's scheme, or NULL; writes to why
 * that the scheme is unknown and returns E_CONFIG. */
const struct hsm_backend *hsm_backend_find(const char *uri);
err_t hsm_backend_none(struct buf *why);

/* hsm_open() with a given backend; tests pass their own. */
MUST_CHECK err_t hsm_open_on(const struct hsm_backend *backend,
                             const struct hsm_options *options,
                             const struct secret *pin, struct buf *why,
                             struct hsm **ret_hsm);

/* Signs fresh random bytes with the key that use() selected, and verifies the
 * signature in software with that public key.  E_CONFLICT: it does not verify.
 * E_NOT_FOUND: the public key is not usable.  Otherwise the result of
 * sign(). */
MUST_CHECK err_t hsm_prove_sign(const struct hsm_backend *backend, void *own,
                                enum alg alg, struct bytes spki);

/* How often a process tries to take an epoch value while others take theirs,
 * and the random pause between two tries, which separates processes that
 * collided. */
#define HSM_EPOCH_TRIES 24
void hsm_epoch_pause(unsigned try);

extern const struct hsm_backend hsm_pkcs11;
extern const struct hsm_backend hsm_tpm2;

#endif
