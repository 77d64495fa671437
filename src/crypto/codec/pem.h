/*
 * pem.h - reads PEM files (RFC 7468), also with common deviations.
 *
 * RFC 7468 section 2 permits text before, between and after the blocks.  Byte
 * order marks, carriage returns and blank lines, which mail, editors and
 * Windows add, are skipped, too.  A block that cannot be decoded makes the
 * whole file malformed, since skipping it would trust another set of
 * certificates than the file contains.
 *
 * Pure: uses no file and no clock, and logs nothing.
 */
#ifndef CRYPTO_CODEC_PEM_H
#define CRYPTO_CODEC_PEM_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* True for text with a block, or with the beginning of one. */
bool pem_is(struct bytes file);

/*
 * Calls fn with the label and the DER of every block.  Equivalent labels are
 * unified: "RSA PUBLIC KEY" (PKCS#1) becomes "PUBLIC KEY"; "X509 CERTIFICATE"
 * and OpenSSL's "TRUSTED CERTIFICATE", whose trust settings are dropped, become
 * "CERTIFICATE".  Stops at fn's first failure and returns it.  E_MALFORMED: no
 * block, or one that is broken, encrypted or indented.
 */
typedef err_t pem_fn(void *arg, const char *label, struct bytes der);
MUST_CHECK err_t pem_each(struct bytes file, pem_fn *fn, void *arg);

/* Converts an RSAPublicKey (RFC 8017 A.1.1) to a SubjectPublicKeyInfo.
 * E_MALFORMED: not one, or too small: an ECDSA signature, for instance, is also
 * a SEQUENCE of two INTEGERs. */
MUST_CHECK err_t pem_spki_of_pkcs1(struct bytes der, struct buf *out);

#endif
