/*
 * tls.h - TLS 1.3 (RFC 8446) only, with certificates on both sides.
 *
 * No tickets, no resumption, no 0-RTT, no renegotiation: every connection
 * authenticates anew.  Only these files use OpenSSL's TLS.
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

/* Reads "tls-cert", "tls-key" and "tls-client-ca" from the role's files; only
 * OpenSSL keeps a copy of the key.  E_CONFIG (logged), E_NOMEM. */
MUST_CHECK err_t tls_new(const struct role *r, struct tls **ret_tls);
void tls_free(struct tls *t); /* accepts NULL */
DEFINE_AUTO(struct tls *, tls_free);

/* Counts TLS records that bring no request data.  OpenSSL would process them as
 * long as they come; here reading ends at LIMIT_HANDSHAKE_RECORDS,
 * LIMIT_TLS_MESSAGES or LIMIT_SMALL as if the client had closed, with `flooded`
 * set. */
struct tls_meter {
	unsigned handshake; /* records of the handshake */
	unsigned messages;  /* records after it that are no application data */
	unsigned small;     /* see LIMIT_SMALL and connection_forgive() */
	bool flooded;
};

/* The server side of a new connection; NULL: out of memory.  One read of it
 * takes at most one record.  meter must be valid as long as the session. */
struct ssl_st *tls_session(struct tls *t, struct tls_meter *meter);
void tls_session_free(struct ssl_st *ssl);

/* True if ALPN (RFC 7301) selected HTTP/2; otherwise HTTP/1.1 is used. */
bool tls_chose_h2(const struct ssl_st *ssl);

/* Bytes of this connection that the kernel has accepted so far. */
uint64_t tls_written(const struct ssl_st *ssl);

/* Sends close_notify, if the state of the connection permits. */
void tls_goodbye(struct ssl_st *ssl);

/* The certificates that authenticate a client: its own and each above it up to
 * the trusted CA; and the earliest notAfter among them. */
struct tls_chain {
	uint64_t until_s; /* since 1970 */
	size_t n;
	uint8_t prints[LIMIT_CHAIN][HASH_SIZE]; /* SHA-256 of each */
};

/* The current CAs; true if the last certificate of the chain is among them. */
struct stack_st_X509 *tls_authorities(const struct tls *t); /* caller frees */
bool tls_trusts(const struct tls *t, const struct tls_chain *chain);

/* The client's identity: its certificate's hash, and its URI and DNS names as
 * "URI:..." and "DNS:...".  A certificate with a name that is not plain text,
 * or with more than LIMIT_SANS names, counts as having none. */
struct tls_peer {
	uint8_t fingerprint[HASH_SIZE];
	struct tls_chain chain;
	struct buf text;
	size_t n_names;
	struct bytes names[LIMIT_SANS];
};

/* E_DENIED: the certificate has no extended key usage for clients (RFC 5280
 * section 4.2.1.12; the handshake refuses one for another purpose), or there is
 * no certificate, which the handshake prevents. */
MUST_CHECK err_t tls_peer(const struct ssl_st *ssl, struct tls_peer *ret_peer);
void tls_peer_release(struct tls_peer *p);
DEFINE_AUTO_REF(struct tls_peer, tls_peer_release);

#endif
