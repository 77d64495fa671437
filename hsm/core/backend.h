/*
 * backend.h - what a kind of device must be able to do.
 *
 * A backend is one file set x_*.c, one const struct hsm_backend and one row in
 * hsm.c, and for officers a struct hsm_next and a row in hsm/admin/rotate.c; ADDING.md
 * has the steps.  hsm.c does what must not depend on the
 * device: hashing, the software check of each signature, the check for stuck
 * random numbers, the canary.
 *
 * Errors are those of hsm.h.  E_DENIED (the device refuses this call) is
 * allowed here too; hsm.c turns it into E_LATCHED while opening and into
 * E_DEVICE later.  On failure the backend's why() has a line for people.
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
#include "base/secret.h"

#define HSM_SPKI_MAX 600 /* bytes: RSA-4096 and some air */
#define HSM_WHY_MAX 256  /* bytes with the NUL */

/* What open() found: the signing key's algorithm (an RSA key may have one of
 * two) and its public half as DER SubjectPublicKeyInfo. */
struct hsm_found {
	enum alg alg;
	size_t spki_len;
	uint8_t spki[HSM_SPKI_MAX];
};

/* Fills in what a device says of a public key by its numbers: see
 * key_encode().  E_DENIED: no such key. */
MUST_CHECK err_t hsm_found_put(enum alg alg, struct bytes a, struct bytes b,
                               struct hsm_found *ret_found);

/* Is it the key that was pinned? */
bool hsm_found_pinned(const struct hsm_found *found,
                      const uint8_t spki_sha256[static HASH_SIZE]);

struct hsm_backend {
	const char *scheme; /* "pkcs11:" */

	/* Gets to the device of this URI (options->uri, or options->beside),
	 * with all that a sandbox forbids afterwards: foreign code is loaded
	 * and started, connections are made.  Nobody logs in here, and nothing
	 * is believed of it.  why receives a line on failure. */
	err_t (*reach)(const char *uri, const struct hsm_options *options,
	               struct buf *why, void **ret_own);

	/* Inside the sandbox of a key holder: logs in at most once, finds both
	 * keys and refuses any that is not locked in.  login_ended() is not
	 * called when nobody knows whether the device has counted the try.
	 * Without options->spki_sha256 the signing key is not looked for. */
	err_t (*open)(void *own, const struct hsm_options *options,
	              const struct secret *pin, struct hsm_found *ret_found);

	/* NULL: this kind cannot.  In place of open(), for a device beside
	 * another: its counter and, when options->handle_label is "", its
	 * HMAC key.  The PIN is proved as by open(), between login_begins() and
	 * login_ended(): login.c makes one login of both. */
	err_t (*open_beside)(void *own, const struct hsm_options *options,
	                     const struct secret *pin);

	/* NULL: this backend holds the key of open() and no other.  Finds one
	 * more signing key of the same device and keeps it as that number,
	 * 0..HSM_KEYS_MAX-1; open() keeps its own as 0.  Where several public
	 * halves have its names, the pinned one is meant; hsm.c compares.
	 * E_CONFIG: the URI is malformed or of another device. */
	err_t (*add)(void *own, const char *uri,
	             const uint8_t spki_sha256[static HASH_SIZE], unsigned key,
	             struct hsm_found *ret_found);
	void (*use)(void *own, unsigned key); /* sign() means it from here on */
	void (*drop)(void *own, unsigned key);

	/* Signs a digest that hsm.c made, or for Ed25519 the message; ECDSA
	 * answers r || s. */
	err_t (*sign)(void *own, enum alg alg, struct bytes in,
	              struct hsm_signature *ret_signature);

	err_t (*mac)(void *own, struct bytes msg,
	             uint8_t ret_mac[static HASH_SIZE]);
	err_t (*random)(void *own, uint8_t *out, size_t n);
	/* Also when other processes take one of this device meanwhile. */
	err_t (*epoch)(void *own, uint32_t *ret_epoch);

	const char *(*why)(const void *own);
	void (*close)(void *own); /* accepts NULL */
};

/* hsm_open() once the backend is chosen; tests have backends of their own. */
MUST_CHECK err_t hsm_open_on(const struct hsm_backend *backend,
                             const struct hsm_options *options,
                             const struct secret *pin, struct buf *why,
                             struct hsm **ret_hsm);

/* A signature over fresh bytes by the key that sign() means, checked in software
 * with that public key.  E_CONFLICT: it does not verify.  E_NOT_FOUND: the public
 * key is none that could check one.  Else what sign() said. */
MUST_CHECK err_t hsm_prove_sign(const struct hsm_backend *backend, void *own,
                                enum alg alg, struct bytes spki);

/* How often one life tries to take a value while others take theirs, and how it
 * waits in between, so that two that met do not meet again. */
#define HSM_EPOCH_TRIES 24
void hsm_epoch_pause(unsigned try);

extern const struct hsm_backend hsm_pkcs11;
extern const struct hsm_backend hsm_tpm2;

#endif
