/*
 * chain.h - path validation (RFC 5280 section 6) against pinned keys.
 *
 * A trust anchor is a pinned public key: any certificate of that key is the
 * same anchor, and its dates are ignored, since RFC 5280 section 6.1.1 (d)
 * takes only name and key from an anchor.  Exactly the presented path is
 * validated, leaf first; no other path is searched for among the certificates.
 *
 * libcrypto finds the faults.  The caller decides which faults it tolerates at
 * which certificate; by default only the dates of the anchor are ignored.
 */
#ifndef CRYPTO_X509_CHAIN_H
#define CRYPTO_X509_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/x509/cert.h"

#define X509_ROOTS_MAX 1024 /* certificates */
#define X509_PATH_MAX 16    /* certificates of one path, its root too */

/* --- roots ---------------------------------------------------------------- */

struct x509_roots;

MUST_CHECK err_t x509_roots_new(struct x509_roots **ret_roots);
void x509_roots_free(struct x509_roots *roots); /* accepts NULL */
DEFINE_AUTO(struct x509_roots *, x509_roots_free);

/* Pins the keys of the certificates in a file: PEM, or one certificate in DER.
 * E_MALFORMED: the file contains anything else; none of it is pinned.  E_LIMIT,
 * E_NOMEM. */
MUST_CHECK err_t x509_roots_add(struct x509_roots *roots, struct bytes file,
                                struct buf *why);

/* Pins what `more` pins, too, by other references to its certificates.  E_LIMIT:
 * there is no room for all of them; none is pinned. */
MUST_CHECK err_t x509_roots_join(struct x509_roots *roots,
                                 const struct x509_roots *more);

/* Unpins a key, by the SHA-256 of its SubjectPublicKeyInfo. */
void x509_roots_drop(struct x509_roots *roots,
                     const uint8_t spki[static HASH_SIZE]);

size_t x509_roots_count(const struct x509_roots *roots);

/* --- paths ---------------------------------------------------------------- */

enum x509_fault {
	X509_FAULT_NONE,
	/* The clauses are those of RFC 5280. */
	X509_FAULT_ANCHOR,      /* the path ends at no pinned key (6.1.1 d) */
	X509_FAULT_NAME,        /* issuer is not the next subject (6.1.3 a 4) */
	X509_FAULT_SIGNATURE,   /* fails with the next key (6.1.3 a 1) */
	X509_FAULT_NOT_YET,     /* notBefore lies ahead (6.1.3 a 2) */
	X509_FAULT_EXPIRED,     /* notAfter has passed (6.1.3 a 2) */
	X509_FAULT_DATE,        /* a date that does not decode (4.1.2.5) */
	X509_FAULT_NOT_CA,      /* may not issue (6.1.4 k, n) */
	X509_FAULT_PATH_LENGTH, /* pathLenConstraint exceeded (6.1.4 l) */
	X509_FAULT_KEY,         /* key of a type or size not allowed */
	X509_FAULT_DIGEST,      /* signed over SHA-1 or weaker */
	X509_FAULT_RULE,        /* anything else that libcrypto refuses */
};

struct x509_finding {
	enum x509_fault fault;
	size_t at; /* index of the certificate; 0: the leaf */
};

/* True: the caller tolerates this fault at this certificate. */
typedef bool x509_pass_fn(void *arg, const struct x509_finding *finding);

struct x509_path {
	const struct x509_cert *const *certs; /* leaf first; root optional */
	size_t n;
	uint64_t at_s;
	bool leaf_signs;    /* the leaf must be a CA, too */
	x509_pass_fn *pass; /* NULL: tolerates nothing */
	void *arg;
};

struct x509_verdict {
	struct x509_finding finding; /* the first fault not tolerated */
	size_t n_below;              /* certificates below the root */
	uint8_t anchor[HASH_SIZE];   /* SHA-256 of the root's key */
};

/* E_DENIED: ret_verdict has the fault.  E_NOMEM.  Keys of CAs must be P-256,
 * P-384, Ed25519, or RSA of 2048 to 4096 bits; signatures must be over SHA-256
 * or better. */
MUST_CHECK err_t x509_path_validate(const struct x509_roots *roots,
                                    const struct x509_path *path,
                                    struct x509_verdict *ret_verdict);

/* True when the certificate can be part of a path: libcrypto refuses a path
 * with a certificate that has an extension or a key which it cannot decode. */
bool x509_cert_sound(const struct x509_cert *cert);

/* For a certificate outside of a path: every critical extension must be known,
 * decode and occur once (RFC 5280 section 4.2).  keyUsage is not checked. */
bool x509_cert_critical_known(const struct x509_cert *cert);

/* Checks that issuer's subject is cert's issuer and that issuer's key signed
 * cert, with allowed algorithms.  Does not check that issuer is a CA. */
enum x509_fault x509_cert_signed_by(const struct x509_cert *cert,
                                    const struct x509_cert *issuer);

#endif
