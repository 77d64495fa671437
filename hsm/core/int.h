/*
 * int.h - struct hsm, shared by the files of this directory.
 */
#ifndef HSM_CORE_INT_H
#define HSM_CORE_INT_H

#include <stdbool.h>

#include "hsm/core/backend.h"
#include "crypto/keys/keyring.h"

/* A signing key that is held; its index is its number. */
struct hsm_held {
	struct keyring *ring; /* contains this key; NULL: unused */
	enum alg alg;
	char kid[KID_SIZE];
	struct hsm_found found;
};

/* login.c: the state of the login to a token and its companion TPM, which its
 * caller sees as one login. */
struct hsm_login {
	struct hsm_options asked; /* the caller's */
	bool begun;               /* a login has begun */
	bool companion;           /* the TPM's login has begun, too */
	bool ended;               /* login_ended() was called */
};

/* Returns the options for opening both devices.  They refer to l, which must
 * stay valid until hsm_login_over(). */
struct hsm_options hsm_login_both(struct hsm_login *l,
                                  const struct hsm_options *asked);
/* Reports the outcome of the opening to login_ended() if no device has done
 * so.  After an attempt whose outcome is unknown the latch stays. */
void hsm_login_over(struct hsm_login *l, err_t outcome);

/* A device with its backend. */
struct hsm_part {
	const struct hsm_backend *backend;
	void *own;
};

struct hsm {
	const struct hsm_backend *backend;
	void *own;
	struct hsm_part companion; /* own is NULL: none */
	struct hsm_login login;    /* of both devices */
	struct hsm_part macs;      /* the device with the HMAC key */
	struct hsm_part counts;    /* the device with the epoch counter */
	struct hsm_held keys[HSM_KEYS_MAX];
	unsigned key;                 /* index of the selected one */
	uint8_t last_draw[HASH_SIZE]; /* start of the last random bytes */
	size_t last_len;              /* bytes of last_draw; 0: none yet */
	uint8_t handle_check[HASH_SIZE];
	bool proved; /* opened: from now on E_DENIED becomes E_DEVICE */
	char why[HSM_WHY_MAX];
};

/* Sets why and returns err. */
err_t hsm_fail(struct hsm *hsm, err_t err, const char *why);

/* keys.c: stores what was found under that number if it is the pinned key.
 * From then on every signature is verified with it. */
MUST_CHECK err_t hsm_hold(struct hsm *hsm, unsigned key,
                          const struct hsm_found *found,
                          const uint8_t *spki_sha256);
void hsm_forget(struct hsm *hsm, unsigned key);

#endif
