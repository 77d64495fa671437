/*
 * chain.h - path validation against pinned keys, by libcrypto.
 *
 * A root is trusted for its key: another certificate of the same key is the
 * same root, and no date of it matters.  The path is the one that was
 * presented, leaf first, or there is none: nothing is searched for in it.
 *
 * libcrypto finds the faults.  Which of them a kind of chain may have is the
 * caller's to say, fault by fault and place by place; nothing is passed over
 * by itself but the dates of the root.
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

/* Pins the keys of the certificates in a file: PEM, or one in DER.
 * E_MALFORMED: something else is in it.  E_LIMIT, E_NOMEM. */
MUST_CHECK err_t x509_roots_add(struct x509_roots *roots, struct bytes file,
                                struct buf *why);

/* Unpins a key, by the SHA-256 of its SubjectPublicKeyInfo. */
void x509_roots_drop(struct x509_roots *roots,
                     const uint8_t spki[static HASH_SIZE]);

size_t x509_roots_count(const struct x509_roots *roots);

/* --- paths ---------------------------------------------------------------- */

enum x509_fault {
	X509_FAULT_NONE,
	X509_FAULT_ANCHOR,      /* ends at no pinned key */
	X509_FAULT_NAME,        /* its issuer is not the next one's subject */
	X509_FAULT_SIGNATURE,   /* does not verify with the next one's key */
	X509_FAULT_NOT_YET,     /* from after that time */
	X509_FAULT_EXPIRED,     /* until before that time */
	X509_FAULT_DATE,        /* a date that cannot be read */
	X509_FAULT_NOT_CA,      /* signs, and is no certificate authority */
	X509_FAULT_PATH_LENGTH, /* more authorities below than it allows */
	X509_FAULT_KEY,         /* a key of a kind or size not allowed */
	X509_FAULT_DIGEST,      /* signed over SHA-1 or weaker */
	X509_FAULT_RULE,        /* anything else that libcrypto refuses */
};

struct x509_finding {
	enum x509_fault fault;
	size_t at; /* which certificate, 0: the leaf */
};

/* True: this fault does not count in this place. */
typedef bool x509_pass_fn(void *arg, const struct x509_finding *finding);

struct x509_path {
	const struct x509_cert *const *certs; /* leaf first; root or none */
	size_t n;
	uint64_t at_s;
	bool leaf_signs;    /* the first one must be an authority, too */
	x509_pass_fn *pass; /* NULL: every fault counts */
	void *arg;
};

struct x509_verdict {
	struct x509_finding finding; /* the first that counts */
	size_t n_below;              /* certificates below the root */
	uint8_t anchor[HASH_SIZE];   /* SHA-256 of the root's key */
};

/* E_DENIED: ret_verdict says what counts.  E_NOMEM.  Keys of authorities are
 * P-256, P-384, Ed25519, or RSA of 2048 to 4096 bits; signatures are over
 * SHA-256 or better. */
MUST_CHECK err_t x509_path_validate(const struct x509_roots *roots,
                                    const struct x509_path *path,
                                    struct x509_verdict *ret_verdict);

/* Can it stand in a path?  libcrypto refuses a path with a certificate that has
 * an extension or a key it cannot read. */
bool x509_cert_sound(const struct x509_cert *cert);

/* Of a certificate that stands in no path: are its critical extensions known
 * ones that can be read, each there once?  keyUsage may be anything. */
bool x509_cert_critical_known(const struct x509_cert *cert);

/* Did issuer's key sign this one certificate, under its name, with allowed
 * algorithms?  Says nothing of whether it may. */
enum x509_fault x509_cert_signed_by(const struct x509_cert *cert,
                                    const struct x509_cert *issuer);

#endif
