/*
 * hsm.h - keys that sign without ever leaving the device that holds them.
 *
 * A struct hsm is one open device with the service's keys: the signing key (for
 * challenges and results) and the handle key (HMAC over device identities).
 * During a key rotation it holds more than one signing key.  Only the key
 * holder and anchorctl link this; other roles ask the key holder.
 *
 * Ownership   ret_* is written only on success; the rest is borrowed.
 * Threads     One struct hsm belongs to one thread.
 * Time        Every call may wait for the device.  A call past its deadline
 *             cannot be cancelled; only its process can be killed.
 * Errors      E_DEVICE: absent or lost; restart the process.  E_LATCHED: an
 *             officer must act (PIN refused or near its last try; key missing,
 *             ambiguous, exportable or not the pinned one); never tried again
 *             automatically.  hsm_why() has the cause as one line of text.
 */
#ifndef HSM_CORE_HSM_H
#define HSM_CORE_HSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/alg.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "hsm/core/words.h"

struct hsm;
struct secret;
#define HSM_SIGNATURE_MAX 512 /* bytes: RSA-4096, the longest accepted */

struct hsm_signature {
	size_t len;
	uint8_t bytes[HSM_SIGNATURE_MAX];
};

struct hsm_options {
	const char *module;       /* absolute path of the PKCS#11 module */
	const char *uri;          /* RFC 7512, or as in hsm/tpm2/uri.c */
	const char *handle_label; /* of the HMAC key; "": see below */
	/* URI of a companion TPM of a PKCS#11 token; NULL or "": none.  It has
	 * the epoch counter, and the HMAC key when handle_label is "". */
	const char *companion_tpm;
	const struct secret *companion_pin; /* NULL: the token's PIN */
	bool lockout_off; /* accept noDA keys (token.lockout_off) */
	/* SHA-256 of the only accepted SubjectPublicKeyInfo.  NULL: the URI
	 * names a device, and hsm_add_key() adds signing keys. */
	const uint8_t *spki_sha256;
	/* The handle key's check value (words.h), HASH_SIZE bytes; another key
	 * would change every device handle.  NULL: any key is accepted. */
	const uint8_t *handle_check;
	/* Called after the module is loaded or the TPM is connected, and before
	 * the login; a process locks its sandbox here.  May be NULL. */
	err_t (*reached)(void *arg);
	/* Called around the one login attempt; both may be NULL.  An error of
	 * login_begins() ends the opening before a PIN is tried. */
	err_t (*login_begins)(void *arg);
	void (*login_ended)(void *arg, err_t outcome);
	/* An earlier login was interrupted: do not log in when the device
	 * reports a wrong PIN (a TPM: unless it reports none). */
	bool login_doubtful;
	/* An officer permits a login although a wrong PIN was counted, but
	 * never when one more would lock the device. */
	bool login_permitted;
	/* Called before each call while opening, to set a deadline; or NULL.
	 * slow: initialisation or login, which may take seconds. */
	void (*call_begins)(void *arg, bool slow);
	void *login_arg;      /* arg of the four above */
	uint32_t deadline_ms; /* of one call to a TPM; 0: T2_DEADLINE_MS */
};

/*
 * Opens the device, logs in once and finds exactly one signing key.  The key
 * must be SENSITIVE, ALWAYS_SENSITIVE, NEVER_EXTRACTABLE and LOCAL, its public
 * half must be the pinned one, and it must sign fresh random bytes so that the
 * signature verifies in software.  The handle key must satisfy the same
 * attributes, have at least 32 bytes and be the pinned one.  E_CONFIG:
 * malformed URI, unusable module path.  why receives the cause.
 */
MUST_CHECK err_t hsm_open(const struct hsm_options *options,
                          const struct secret *pin, struct buf *why,
                          struct hsm **ret_hsm);

#define HSM_KEYS_MAX 4 /* signing keys at a time */

/*
 * Adds a signing key of the open device, without another login.  It must
 * satisfy the rules of hsm_open(), including the test signature.  The other
 * keys are not affected.  ret_key is its number for hsm_use(); the key of
 * hsm_open() is 0.  A refusal concerns this key only: E_LATCHED, E_CONFIG
 * (malformed URI, another device, or a backend that holds one key only),
 * E_CONFLICT (already held), E_LIMIT.  After E_DEVICE call hsm_canary() to
 * learn whether the device is lost.
 */
MUST_CHECK err_t hsm_add_key(struct hsm *hsm, const char *uri,
                             const uint8_t spki_sha256[static HASH_SIZE],
                             struct buf *why, unsigned *ret_key);

/* Selects the key that the functions below use.  It must be held. */
void hsm_use(struct hsm *hsm, unsigned key);

/* Releases a key that is not selected; it stays in the device. */
void hsm_drop_key(struct hsm *hsm, unsigned key);

/* The selected key's public half, a DER SubjectPublicKeyInfo, and its
 * algorithm; both valid as long as the key is held. */
struct bytes hsm_public(const struct hsm *hsm);
enum alg hsm_alg(const struct hsm *hsm);

/*
 * Signs msg, which is hashed here as the algorithm requires, and verifies the
 * signature in software before returning it: E_DEVICE if it is bad.  ECDSA
 * signatures are r || s (IEEE P1363).
 */
MUST_CHECK err_t hsm_sign(struct hsm *hsm, struct bytes msg,
                          struct hsm_signature *ret_signature);

/* Signs fresh random bytes as hsm_open() does, to test the device. */
MUST_CHECK err_t hsm_canary(struct hsm *hsm);

/* HMAC-SHA-256 with the handle key, computed twice.  E_DEVICE: they differ. */
MUST_CHECK err_t hsm_mac(struct hsm *hsm, struct bytes msg,
                         uint8_t ret_mac[static HASH_SIZE]);

/* The handle key's check value, HASH_SIZE bytes. */
const uint8_t *hsm_handle_check(const struct hsm *hsm);

/* Draws n bytes from the device's random number generator.  E_DEVICE also when
 * its output is stuck (all bytes equal, or the previous output again). */
MUST_CHECK err_t hsm_random(struct hsm *hsm, uint8_t *out, size_t n);

/* Takes the next value of the device's counter, once for each run of the key
 * holder.  No value is returned twice, however a run ends and however many
 * processes take one at the same time.  E_DEVICE: others were faster.
 * E_LATCHED: the counter cannot be explained by interrupted runs, or has
 * reached its end. */
MUST_CHECK err_t hsm_epoch_next(struct hsm *hsm, uint32_t *ret_epoch);

/* The cause of the last failure on this device, as one line of text. */
const char *hsm_why(const struct hsm *hsm);

/* Accepts NULL. */
void hsm_close(struct hsm *hsm);
DEFINE_AUTO(struct hsm *, hsm_close);

#endif
