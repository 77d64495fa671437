/*
 * hsm.h - keys that sign without ever leaving the device that holds them.
 *
 * A struct hsm is one open device, with the keys that the service uses: the
 * signing key (challenges and results) and the handle key (HMAC over device
 * identities).  While keys are rotated it holds more than one signing key.
 * Only the key holder and anchorctl link this; others ask the key holder.
 *
 * Ownership   ret_* is written only on success; the rest is borrowed.
 * Threads     One struct hsm belongs to one thread.
 * Time        Every call may wait for the device; a call past its deadline
 *             cannot be cancelled, only its process can be killed.
 * Errors      E_DEVICE: absent or lost, start a new process.  E_LATCHED: an
 *             officer is needed (PIN refused or near its last try, key
 *             missing, doubled, exportable or another than pinned): never
 *             tried again by itself.  hsm_why() has a line for people.
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
#define HSM_SIGNATURE_MAX 512 /* bytes: RSA-4096, the longest we accept */

struct hsm_signature {
	size_t len;
	uint8_t bytes[HSM_SIGNATURE_MAX];
};

struct hsm_options {
	const char *module;       /* absolute path of the PKCS#11 module */
	const char *uri;          /* RFC 7512, or hsm/tpm2/uri.c's */
	const char *handle_label; /* the HMAC key's label; "": it is beside */
	/* URI of a TPM beside a PKCS#11 token, NULL or "" for none.  It keeps
	 * the epoch, and the HMAC key when handle_label is "". */
	const char *beside;
	bool lockout_off; /* a TPM's keys may be noDA: token.lockout_off */
	/* SHA-256 of the signing key's SubjectPublicKeyInfo; the device must
	 * show this very key.  NULL: the URI names the device alone, and
	 * signing keys come by hsm_add_key(). */
	const uint8_t *spki_sha256;
	/* The handle key's check value (words.h), HASH_SIZE bytes; another
	 * key would rename every device.  NULL: any is taken. */
	const uint8_t *handle_check;
	/* Foreign code is loaded and connected, nobody has logged in: who works
	 * in a sandbox closes it here, and is proved inside.  NULL allowed. */
	err_t (*reached)(void *arg);
	/* Around the one login attempt, both may be NULL.  login_begins() may
	 * forbid it: its error ends the opening and no PIN was tried. */
	err_t (*login_begins)(void *arg);
	void (*login_ended)(void *arg, err_t outcome);
	/* An earlier login was cut short: none now when the device says that a
	 * wrong PIN was counted (a TPM: unless it says that none was). */
	bool login_doubtful;
	/* An officer allows a login though a wrong PIN was counted since; but
	 * never when one more would lock the device. */
	bool login_permitted;
	/* Before each call into the device while it is opened, NULL allowed: a
	 * deadline of its own.  slow: it may take seconds (start, login). */
	void (*call_begins)(void *arg, bool slow);
	void *login_arg; /* of all four */
	/* The longest wait for one call of a TPM; 0: long.  A little less is
	 * taken. */
	uint32_t deadline_ms;
};

/*
 * Opens the device, logs in once, finds exactly one signing key, refuses one
 * that is not SENSITIVE, ALWAYS_SENSITIVE, NEVER_EXTRACTABLE and LOCAL,
 * compares its public half with the pinned one, and proves it by a signature
 * over fresh random bytes that is verified in software.  The handle key is
 * held to the same rules, has 32 bytes at least, and is the pinned one.
 * E_CONFIG: malformed URI, unusable module path.  why: a line for people.
 */
MUST_CHECK err_t hsm_open(const struct hsm_options *options,
                          const struct secret *pin, struct buf *why,
                          struct hsm **ret_hsm);

#define HSM_KEYS_MAX 4 /* signing keys at a time */

/*
 * Holds one more signing key of the open device, without another login; it is
 * held to the rules of hsm_open() and proved by a signature.  Nothing changes
 * for the keys that are held.  ret_key is its number for hsm_use(); the key of
 * hsm_open() is 0.  A refusal is the key's: E_LATCHED, E_CONFIG (malformed
 * URI, another device, or a backend that holds one key only), E_CONFLICT (held
 * already), E_LIMIT.  E_DEVICE: ask hsm_canary() whether the device is lost.
 */
MUST_CHECK err_t hsm_add_key(struct hsm *hsm, const char *uri,
                             const uint8_t spki_sha256[static HASH_SIZE],
                             struct buf *why, unsigned *ret_key);

/* From here on the functions below mean this key.  It must be held. */
void hsm_use(struct hsm *hsm, unsigned key);

/* Forgets a key that is not in use; the device keeps it. */
void hsm_drop_key(struct hsm *hsm, unsigned key);

/* The signing key's public half, DER SubjectPublicKeyInfo, and its algorithm;
 * both live as long as the key is held. */
struct bytes hsm_public(const struct hsm *hsm);
enum alg hsm_alg(const struct hsm *hsm);

/*
 * Signs msg (hashed here, as the algorithm says) and verifies the signature in
 * software before it is handed out: a faulty device is E_DEVICE, never a bad
 * signature.  ECDSA signatures are r || s (IEEE P1363).
 */
MUST_CHECK err_t hsm_sign(struct hsm *hsm, struct bytes msg,
                          struct hsm_signature *ret_signature);

/* Signs fresh random bytes, as hsm_open() does: is the device still there? */
MUST_CHECK err_t hsm_canary(struct hsm *hsm);

/* HMAC-SHA-256 with the handle key, the same twice.  E_DEVICE: it was not. */
MUST_CHECK err_t hsm_mac(struct hsm *hsm, struct bytes msg,
                         uint8_t ret_mac[static HASH_SIZE]);

/* Its check value, HASH_SIZE bytes. */
const uint8_t *hsm_handle_check(const struct hsm *hsm);

/* n bytes of the device's generator.  E_DEVICE also when its output is stuck
 * (all bytes alike, or the last draw again). */
MUST_CHECK err_t hsm_random(struct hsm *hsm, uint8_t *out, size_t n);

/* The next value of the counter that the device keeps: one a life of the key
 * holder, never the same again, however a life ends and however many take one at
 * the same moment.  E_DEVICE: others were first.  E_LATCHED: counters that no
 * interrupted life explains, or its end. */
MUST_CHECK err_t hsm_epoch_next(struct hsm *hsm, uint32_t *ret_epoch);

/* One line for people about the last failure on this device. */
const char *hsm_why(const struct hsm *hsm);

/* Accepts NULL. */
void hsm_close(struct hsm *hsm);
DEFINE_AUTO(struct hsm *, hsm_close);

#endif
