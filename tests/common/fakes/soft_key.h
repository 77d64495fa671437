/*
 * soft_key.h - signing keys in software, for tests that need no token.
 *
 * Curve keys come from their name: the same name is the same key in every run,
 * so that committed samples keep verifying.  RSA keys are made anew.  Whatever
 * fails here ends the program.
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

/* A key that somebody else signs with, a device: for the makers of challenges
 * and results that want a soft key. */
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

/* Appends the signature as JOSE and COSE write it. */
void soft_key_sign(const struct soft_key *key, struct bytes msg,
                   struct buf *out);

/* A ring with this key. */
struct keyring *soft_key_ring(const struct soft_key *key);

/* Appends the SubjectPublicKeyInfo of a new RSA key, good or weak; the
 * exponent is written over a good one's. */
void soft_rsa_spki(size_t bits, unsigned exponent, struct buf *out);

#endif
