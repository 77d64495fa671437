/*
 * certify.h - what a device certifies of what it holds: a key, and an index with its
 * content, signed by an attestation key of the same device.
 *
 * It proves that whoever has the attestation key says so.  Whose device that is, a
 * certificate of the maker's would say, which is not looked at here.
 */
#ifndef CRYPTO_CERTIFY_H
#define CRYPTO_CERTIFY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* In the structures of the device's format. */
struct certified {
	struct bytes ak;        /* public area of the attestation key */
	struct bytes public;    /* of the key or index */
	struct bytes attest;    /* what was signed */
	struct bytes signature; /* on it */
	struct bytes nonce;     /* that it must be over */
};

/* An index at this handle, with exactly these attributes, and of this size. */
struct certified_index {
	uint32_t handle, attributes;
	uint16_t size;
};

/* E_MALFORMED, E_DENIED: why has the cause. */
struct certifier {
	/* Checks that it is an attestation key; appends its name. */
	err_t (*ak)(struct bytes ak, struct buf *why, struct buf *name);

	/* A key that was made in the device, cannot leave it, signs and does
	 * nothing else; appends its SubjectPublicKeyInfo. */
	err_t (*key)(const struct certified *c, struct buf *why,
	             struct buf *spki);

	/* The whole content of that index, a view into attest. */
	err_t (*index)(const struct certified *c,
	               const struct certified_index *wanted, struct buf *why,
	               struct bytes *ret_content);
};

#endif
