/*
 * client_signer.h - a private key of libcrypto whose signatures a function makes.
 *
 * libssl signs by an EVP_PKEY.  This one has libcrypto's public half and no private
 * one.  It belongs to a provider in a library context of its own, so that nothing
 * else in the process gets that provider's algorithms.
 */
#ifndef ANCHORCTL_CLIENT_SIGNER_H
#define ANCHORCTL_CLIENT_SIGNER_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/alg.h"

struct evp_pkey_st; /* EVP_PKEY */
struct client_signer;

/* Signs a message, which is not hashed yet, and appends r || s for ECDSA.  An
 * error ends the handshake; the function keeps the cause. */
typedef err_t client_signer_fn(void *user, struct bytes message,
                               struct buf *out);

struct client_signer_key {
	struct bytes spki; /* DER SubjectPublicKeyInfo */
	enum alg alg;      /* not of RSA: E_DENIED */
	client_signer_fn *sign;
	void *user;
};

/* E_MALFORMED: libcrypto does not take the public half. */
MUST_CHECK err_t client_signer_make(const struct client_signer_key *key,
                                    struct client_signer **ret_signer);

/* Borrowed.  Whoever took a reference drops it before client_signer_free(). */
struct evp_pkey_st *client_signer_pkey(struct client_signer *signer);
void client_signer_free(struct client_signer *signer); /* accepts NULL */
DEFINE_AUTO(struct client_signer *, client_signer_free);

#endif
