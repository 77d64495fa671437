/*
 * software_roots.h - roots whose private keys are known or made by software: a
 * key below them is in no hardware.
 *
 * AOSP's keys never count, whoever names them: they are dropped from the roots.
 * A simulator's CA makes a key of its own at each place and is known by its
 * subject alone, which anybody may write into a certificate: it is not dropped.
 * anchorctl warns of both.
 */
#ifndef EVIDENCE_SOFTWARE_ROOTS_H
#define EVIDENCE_SOFTWARE_ROOTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/x509/cert.h"

struct software_root {
	uint8_t spki[HASH_SIZE]; /* SHA-256 of the SubjectPublicKeyInfo */
	const char *why;
};

/* The i-th key that is dropped; NULL behind the last. */
const struct software_root *software_root_at(size_t i);

/* Why this certificate is no root of hardware, by its key or by its subject;
 * NULL: it is not known as one.  For a warning: see above. */
const char *software_root_why(const struct x509_cert *cert);

#endif
