/*
 * soft_key.h - signing keys in software, for tests that need no token.
 *
 * Elliptic curve keys are derived from their name: the same name gives the same
 * key in every run, so that committed samples still verify.  RSA keys are new
 * in each run.  A failure ends the program.
 */
#ifndef COMMON_FAKES_SOFT_KEY_H
#define COMMON_FAKES_SOFT_KEY_H

#include "crypto/alg.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "crypto/keys/keyring.h"

struct soft_key;

struct soft_key *soft_key_new(enum alg alg, const char *name);
void soft_key_free(struct soft_key *key); /* accepts NULL */
DEFINE_AUTO(struct soft_key *, soft_key_free);

/* A key with which a callback signs, for instance in a device, for functions
 * that require a soft key. */
struct soft_lender {
	enum alg alg;
	struct bytes spki;
	void (*sign)(void *arg, struct bytes msg, struct buf *out);
	void *arg;
};
struct soft_key *soft_key_lent(const struct soft_lender *lender);

enum alg soft_key_alg(const struct soft_key *key);
struct bytes soft_key_spki(const struct soft_key *key);
const char *soft_key_kid(const struct soft_key *key);

/* Appends the signature in the encoding of JOSE and COSE. */
void soft_key_sign(const struct soft_key *key, struct bytes msg,
                   struct buf *out);

/* A ring with this key. */
struct keyring *soft_key_ring(const struct soft_key *key);

/* Appends the SubjectPublicKeyInfo of a new RSA key with that size and, patched
 * in, that exponent; both may be weak. */
void soft_rsa_spki(size_t bits, unsigned exponent, struct buf *out);

#endif
