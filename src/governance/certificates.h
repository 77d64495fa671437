/*
 * certificates.h - the certificates that a trust bundle names, on their way from
 * the devices to the verifiers.
 *
 * It does not matter who sent a certificate: it counts only if its SHA-256 is the
 * digest under which it came and the bundle in force names that digest, as an
 * anchor or as an intermediate.  So the senders need not be trusted, and the bundle
 * limits how many there are.
 *
 * The roles get a new bundle one after the other.  A certificate may thus come
 * before the bundle that names it.  The last CERTIFICATES_EARLY of those are put
 * aside, and count only when a bundle names them.
 */
#ifndef GOVERNANCE_CERTIFICATES_H
#define GOVERNANCE_CERTIFICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "trust/bundle.h"

#define CERTIFICATES_DER_MAX 32768 /* bytes of one */
#define CERTIFICATES_EARLY 128     /* as many as one device has */

struct certificate {
	uint8_t digest[HASH_SIZE];
	size_t len;
	uint8_t *der; /* len bytes */
};

/* All zeros is a valid, empty one. */
struct certificates {
	size_t n, room;
	struct certificate *rows; /* that count */
	size_t n_early;
	struct certificate early[CERTIFICATES_EARLY]; /* oldest first */
};

void certificates_release(struct certificates *c);
DEFINE_AUTO_REF(struct certificates, certificates_release);

/*
 * Takes a certificate.  b may be NULL: no bundle is in force, so it is early.
 * OK: it counts from now on.  E_CONFLICT: it counted before.  E_NOT_FOUND: it is
 * not named, and was put aside.  E_MALFORMED: digest is not that of der, or der
 * is empty or too long; nothing is kept of it.  E_NOMEM.
 */
MUST_CHECK err_t certificates_add(struct certificates *c,
                                  const struct bundle *b,
                                  const uint8_t digest[static HASH_SIZE],
                                  struct bytes der);

/* Another bundle is in force: drops what it does not name, and lets count what
 * was early.  True: something counts that did not before.  E_NOMEM drops a
 * certificate, which then is missing. */
bool certificates_follow(struct certificates *c, const struct bundle *b);

/* The DER of the certificate of that digest which counts; empty: there is none. */
struct bytes certificates_find(const struct certificates *c,
                               const uint8_t digest[static HASH_SIZE]);

/* Does the bundle name that certificate?  NULL: none is named. */
bool certificates_named(const struct bundle *b,
                        const uint8_t digest[static HASH_SIZE]);

/* The first certificate that the bundle names, in its order, and that is not
 * among these: the name of its anchor.  NULL: all are there. */
const char *certificates_missing(const struct certificates *c,
                                 const struct bundle *b);

#endif
