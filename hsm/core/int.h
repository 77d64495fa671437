/*
 * int.h - an open device as hsm.c (the device) and keys.c (its signing
 * keys) share it.
 */
#ifndef HSM_CORE_INT_H
#define HSM_CORE_INT_H

#include <stdbool.h>

#include "hsm/core/backend.h"
#include "crypto/keys/keyring.h"

/* A signing key that is held; its number is its place. */
struct hsm_held {
	struct keyring *ring; /* it alone; NULL: this place is free */
	enum alg alg;
	char kid[KID_SIZE];
	struct hsm_found found;
};

/* login.c: what one login of a token and of the TPM beside it has come to. */
struct hsm_login {
	struct hsm_options asked;
	bool begun, beside; /* the TPM's turn came, too */
	bool ended;         /* and was told */
};

/* The options by which both are opened; l lives as long as they are open. */
struct hsm_options hsm_login_both(struct hsm_login *l,
                                  const struct hsm_options *asked);
/* What came of the opening; a try whose outcome nobody knows is not ended. */
void hsm_login_over(struct hsm_login *l, err_t outcome);

/* A device and its backend. */
struct hsm_part {
	const struct hsm_backend *backend;
	void *own;
};

struct hsm {
	const struct hsm_backend *backend;
	void *own;
	struct hsm_part beside;       /* NULL: there is none */
	struct hsm_login login;       /* of both */
	struct hsm_part macs, counts; /* who does it: own, or beside */
	struct hsm_held keys[HSM_KEYS_MAX];
	unsigned key; /* the one in use */
	uint8_t last_draw[HASH_SIZE];
	size_t last_len;
	uint8_t handle_check[HASH_SIZE];
	bool proved; /* it worked once: a refusal now means that it is lost */
	char why[HSM_WHY_MAX];
};

/* Sets why and gives err. */
err_t hsm_fail(struct hsm *hsm, err_t err, const char *why);

/* keys.c: what was found becomes that key, if it is the pinned one; from
 * here on it is what every signature by it is verified with. */
MUST_CHECK err_t hsm_hold(struct hsm *hsm, unsigned key,
                          const struct hsm_found *found,
                          const uint8_t *spki_sha256);
void hsm_forget(struct hsm *hsm, unsigned key);

#endif
