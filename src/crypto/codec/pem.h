/*
 * pem.h - PEM as people's files have it (RFC 7468).
 *
 * Section 2 of it allows text before, between and behind the blocks.  Files that
 * went by mail, by an editor or by Windows have a byte order mark, carriage
 * returns and blank lines besides; those are passed over.  A block is not: one
 * that cannot be read makes the whole file malformed, since whoever leaves a
 * block out trusts another set of certificates than the file names.
 *
 * Pure: no descriptor, no clock, no log.
 */
#ifndef CRYPTO_CODEC_PEM_H
#define CRYPTO_CODEC_PEM_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* Text that has a block, or the beginning of one. */
bool pem_is(struct bytes file);

/*
 * Hands every block to fn, its label and DER.  Two names for one thing become
 * one: "RSA PUBLIC KEY" (PKCS#1) is a "PUBLIC KEY"; "X509 CERTIFICATE" and
 * OpenSSL's "TRUSTED CERTIFICATE", whose purposes are left out, are a
 * "CERTIFICATE".  Stops at fn's first failure and gives it.
 * E_MALFORMED: no block, or one that is broken, encrypted or indented.
 */
typedef err_t pem_fn(void *arg, const char *label, struct bytes der);
MUST_CHECK err_t pem_each(struct bytes file, pem_fn *fn, void *arg);

/* The SubjectPublicKeyInfo of an RSA key in PKCS#1's form.  E_MALFORMED: it is
 * none, or one too small to be a key: an ECDSA signature is two numbers, too. */
MUST_CHECK err_t pem_spki_of_pkcs1(struct bytes der, struct buf *out);

#endif
