/*
 * phone.h - an Android device for tests of the service: what it is, and what it
 * answers to a nonce.  Its hardware is tests/keymint.
 */
#ifndef COMMON_FAKES_PHONE_H
#define COMMON_FAKES_PHONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#include "tests/keymint/description.h"
#include "tests/keymint/keymint.h"

/* What is zero is left out of the answer. */
struct phone {
	enum km_shape shape;
	enum km_level level;
	unsigned device, key;
	uint64_t os_version, os_patch, vendor_patch, boot_patch;
	struct km_root root;
	uint64_t attest_purpose; /* of the attest key; 7 is right */

	/* The proof: by that device's key, over that nonce. */
	bool proves;
	enum km_alg proof_alg;
	unsigned proof_device, proof_key;
	struct bytes proof_nonce; /* empty: the same */
	unsigned proof_spoilt;    /* not 0: a bit of the signature's byte */

	int64_t chain_end_s; /* not 0: of the certificate above the key */
};

/* Good, of now, with the system of all phones. */
struct phone phone_of(enum km_shape shape, unsigned device);

/* The evidence object. */
MUST_CHECK err_t phone_answer(const struct phone *p, struct bytes nonce,
                              struct buf *json);

/* SHA-256 of the key that enrolment knows it by. */
void phone_identity(const struct phone *p, uint8_t out[static HASH_SIZE]);

/* PEM of the root that all chains but the factory's end at. */
MUST_CHECK err_t phone_root(struct buf *pem);

#endif
