/*
 * phone.h - an Android device for tests of the service: its properties, and its
 * evidence for a nonce.  tests/keymint simulates its hardware.
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

/* Members that are zero are omitted from the evidence. */
struct phone {
	enum km_shape shape;
	enum km_level level;
	unsigned device, key;
	uint64_t os_version, os_patch, vendor_patch, boot_patch;
	struct km_root root;
	uint64_t attest_purpose; /* of the attest key; 7 is correct */

	/* The proof: by which device's key, over which nonce. */
	bool proves;
	enum km_alg proof_alg;
	unsigned proof_device, proof_key;
	struct bytes proof_nonce; /* empty: the challenge's */
	unsigned proof_spoilt;    /* not 0: flips a bit of that byte */

	int64_t chain_end_s; /* not 0: notAfter of the issuing certificate */
};

/* A good phone with current patch levels and the standard system. */
struct phone phone_of(enum km_shape shape, unsigned device);

/* Appends the evidence object as JSON. */
MUST_CHECK err_t phone_answer(const struct phone *p, struct bytes nonce,
                              struct buf *json);

/* SHA-256 of the key by which the device is enrolled. */
void phone_identity(const struct phone *p, uint8_t out[static HASH_SIZE]);

/* Appends the root certificate of all chains except the factory's, as PEM. */
MUST_CHECK err_t phone_root(struct buf *pem);

#endif
