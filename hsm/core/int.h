/*
 * int.h - struct hsm, shared by hsm.c (the device) and keys.c (its keys).
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

/* login.c: the state of a login that is one for a token and its companion
 * TPM. */
struct hsm_login {
	struct hsm_options asked;
	bool begun, companion; /* the TPM's login has begun, too */
	bool ended;            /* login_ended() was called */
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
	struct hsm_part companion;    /* own is NULL: none */
	struct hsm_login login;       /* of both devices */
	struct hsm_part macs, counts; /* who has HMAC key, epoch */
	struct hsm_held keys[HSM_KEYS_MAX];
	unsigned key; /* the selected one */
	uint8_t last_draw[HASH_SIZE];
	size_t last_len;
	uint8_t handle_check[HASH_SIZE];
	bool proved; /* it has worked; a refusal now is a loss */
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
