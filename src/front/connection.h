/*
 * connection.h - a TLS connection, from accept(2) until it is freed.
 *
 * A connection passes through these states in order: handshake, open, lingering
 * (everything is sent, further input is dropped), doomed (freed at the end of
 * this iteration).  struct protocol is the protocol of an open connection.
 */
#ifndef FRONT_CONNECTION_H
#define FRONT_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "front/http/request.h"
#include "front/memory/ring.h"
#include "front/tls.h"

struct bufferevent;
struct client;
struct connection;
struct evbuffer;
struct front;
struct twin;

/* The time since an instant, or 0 if that is later than now: a sweep reads the
 * clock once, and a session that is refused during the sweep begins to linger
 * after that reading.  Without this its answer would be cut off. */
static inline uint64_t
elapsed_ms(uint64_t now, uint64_t since)
{
	return now > since ? now - since : 0;
}

struct protocol {
	/* Input is not read while more output than this waits. */
	size_t output_most;
	/* The handshake is complete.  E_NOMEM. */
	err_t (*open)(struct connection *c);
	/* Input has arrived. */
	void (*receive)(struct connection *c, struct evbuffer *in);
	/* Output can be written; called at the end of an iteration. */
	void (*write)(struct connection *c, struct evbuffer *out);
	/* Called every LIMIT_SWEEP_MS. */
	void (*sweep)(struct connection *c, uint64_t now);
	/* The connection has reached its maximum age: accepts no further
	 * request and ends when the current ones are answered.  Called with
	 * each sweep from then on. */
	void (*farewell)(struct connection *c, uint64_t now);
	/* Frees c->session; may be NULL then. */
	void (*release)(struct connection *c);
};

extern const struct protocol protocol_http1, protocol_http2;

enum connection_state {
	CONNECTION_HANDSHAKE,
	CONNECTION_OPEN,
	CONNECTION_LINGERING,
	CONNECTION_DOOMED,
};

struct connection {
	struct front *front;
	struct bufferevent *bev;
	enum connection_state state;
	const struct protocol *protocol; /* NULL during the handshake */
	void *session;                   /* owned by the protocol */
	struct client *client; /* NULL: the certificate names no client */
	bool held;             /* not read, over its quota: hold.c */
	bool waits;            /* not read until a later iteration: share.h */
	uint8_t fingerprint[HASH_SIZE]; /* of the certificate */
	struct twin *twin;              /* counts its certificate's */
	struct tls_chain chain;         /* its chain */
	uint64_t leave_at;              /* see admission_age() */
	bool leaving;                   /* the client was told to leave */
	uint64_t began_at;
	uint64_t progress_at;     /* the client read enough; see flow.h */
	uint64_t taken;           /* bytes it had read then; 0: all */
	size_t kept;              /* bytes kept for it */
	size_t buffered;          /* those in its two buffers */
	bool paused;              /* not read, because output waits */
	struct request_head head; /* of the request that is being read */
	struct tls_meter meter;
	bool goodbye; /* close_notify was sent */
	bool is_dirty;
	struct connection *before, *after; /* all of the front's */
	struct connection *next_dirty, *next_doomed;
	struct ring handshakes, held_ones, waiting; /* lists */
};

/* Takes ownership of fd. */
void connection_accept(struct front *f, int fd);

/* Schedules a call of the protocol's write() at the end of this iteration. */
void connection_dirty(struct connection *c);

/* A request was refused, because its client is over its quota.  If that happens
 * too often, the connection is not read until a sweep releases it: see
 * hold.c. */
void connection_hold(struct connection *c);
void holds_release(struct front *f); /* every LIMIT_SWEEP_MS */

/* Processes input and reads on, unless output waits, or the client is over its
 * quota or has used its share; to be called after one of these has ended. */
void connection_read_on(struct connection *c);

/* The client whose quota and share its requests use. */
struct client *connection_payer(const struct connection *c);

/* Sends what is queued and close_notify, drops further input, and ends soon. */
void connection_linger(struct connection *c);

/* Ends now without sending anything. */
void connection_doom(struct connection *c);

/* Counts input that is not part of a request (LIMIT_SMALL in limits.h).  False:
 * it was too much, and the connection is doomed. */
bool connection_bear(struct connection *c);

/* A request was answered: reduces that count by LIMIT_SMALL_REQUEST. */
void connection_forgive(struct connection *c);

/* For front.c: at the end of an iteration, and every LIMIT_SWEEP_MS. */
void connections_write(struct front *f);
bool connections_bury(struct front *f); /* true: one more may be accepted */
void connections_sweep(struct front *f, uint64_t now);

/* For connection.c: whether the certificate and the current lists admit the
 * connection; when it reaches its maximum age; and the sweep that enforces
 * both. */
bool admission_holds(const struct connection *c);
uint64_t admission_age(const struct connection *c);
void admission_sweep(struct connection *c, uint64_t now);

/* Ends all connections that are no longer admitted (denied, or their CA was
 * removed), after one of these files has changed. */
void connections_judge(struct front *f);

/* Ends the oldest unfinished handshake; false: there is none. */
bool connections_make_room(struct front *f);

#endif
