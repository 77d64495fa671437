/*
 * tls.h - TLS 1.3 and nothing older, both sides with a certificate.
 *
 * No tickets, no resumption, no 0-RTT, no renegotiation: every connection
 * proves anew who it is.  The only files that see OpenSSL's TLS.
 */
#ifndef FRONT_TLS_H
#define FRONT_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "front/limits.h"

struct role;
struct ssl_st;
struct tls;

/* Reads "tls-cert", "tls-key" and "tls-client-ca" from the role's files; no
 * copy of the key but OpenSSL's stays.  E_CONFIG (logged), E_NOMEM. */
MUST_CHECK err_t tls_new(const struct role *r, struct tls **ret_tls);
void tls_free(struct tls *t); /* accepts NULL */
DEFINE_AUTO(struct tls *, tls_free);

/* What came that was no request.  OpenSSL would work on it for as long as it
 * comes; here the reading ends at LIMIT_HANDSHAKE_RECORDS, LIMIT_TLS_MESSAGES or
 * LIMIT_SMALL: as if the client had closed, with `flooded` set. */
struct tls_meter {
	unsigned handshake; /* records of the handshake */
	unsigned messages;  /* records after it that are no application data */
	unsigned small;     /* see limits.h; whoever answers takes some off */
	bool flooded;
};

/* The server's side of one new connection; NULL: no memory.  One read of it
 * takes one record at most, whatever waits.  The meter outlives it. */
struct ssl_st *tls_session(struct tls *t, struct tls_meter *meter);
void tls_session_free(struct ssl_st *ssl);

/* ALPN chose HTTP/2; otherwise it is HTTP/1.1. */
bool tls_chose_h2(const struct ssl_st *ssl);

/* Bytes that the system has taken from this connection so far. */
uint64_t tls_written(const struct ssl_st *ssl);

/* Sends close_notify, if the connection is good enough for that. */
void tls_goodbye(struct ssl_st *ssl);

/* What lets a client in: its certificate, then each one above it up to the
 * authority that we trust; and the first end of their times. */
struct tls_chain {
	uint64_t until_s; /* since 1970 */
	size_t n;
	uint8_t prints[LIMIT_CHAIN][HASH_SIZE]; /* SHA-256 of each */
};

/* Is the last of the chain among the authorities of now? */
struct stack_st_X509 *tls_authorities(const struct tls *t); /* caller frees */
bool tls_trusts(const struct tls *t, const struct tls_chain *chain);

/* Who the other side is: its certificate's hash, and its URI and DNS names as
 * "URI:..." and "DNS:...".  A certificate with a name that is not plain text,
 * or with more than LIMIT_SANS, has no names at all. */
struct tls_peer {
	uint8_t fingerprint[HASH_SIZE];
	struct tls_chain chain;
	struct buf text;
	size_t n_names;
	struct bytes names[LIMIT_SANS];
};

/* E_DENIED: the certificate does not say by an extended key usage that it is one
 * for clients (the handshake refuses one that says otherwise); or there is none,
 * which the handshake does not let happen. */
MUST_CHECK err_t tls_peer(const struct ssl_st *ssl, struct tls_peer *ret_peer);
void tls_peer_release(struct tls_peer *p);
DEFINE_AUTO_REF(struct tls_peer, tls_peer_release);

#endif
