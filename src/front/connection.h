/*
 * connection.h - one TLS connection, from accept to burial.
 *
 * States go one way: handshake, open, lingering (the last words are out; what
 * still comes is dropped), doomed (freed at the end of this turn).  What an
 * open connection speaks is its struct protocol.
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

/* What passed since an instant that may be later than now: a sweep reads the
 * clock once, and a session that it just refused begins to linger after that.
 * Its time has not begun, and an answer under way must not be cut off. */
static inline uint64_t
elapsed_ms(uint64_t now, uint64_t since)
{
	return now > since ? now - since : 0;
}

struct protocol {
	/* Nothing is read while so much output waits. */
	size_t output_most;
	/* The handshake is over.  E_NOMEM. */
	err_t (*open)(struct connection *c);
	/* Bytes are there. */
	void (*receive)(struct connection *c, struct evbuffer *in);
	/* Output has room, at the end of a turn. */
	void (*write)(struct connection *c, struct evbuffer *out);
	/* Every LIMIT_SWEEP_MS. */
	void (*sweep)(struct connection *c, uint64_t now);
	/* Its age has come: no further request, when what is under way has been
	 * answered it ends.  Called with each sweep from then on. */
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
	void *session;                   /* the protocol's own */
	struct client *client; /* NULL: the certificate names nobody we know */
	bool held;             /* nothing is read for now */
	bool waits;            /* likewise, until a later turn: share.h */
	uint8_t fingerprint[HASH_SIZE]; /* of the certificate */
	struct twin *twin;              /* whose connection it is; or NULL */
	struct tls_chain chain;         /* and what it rests on */
	uint64_t leave_at;              /* its age, see connection_age() */
	bool leaving;                   /* its client was told to */
	uint64_t began_at;
	uint64_t progress_at;     /* the client took enough; see flow.h */
	uint64_t taken;           /* bytes it had taken then; 0: all */
	size_t kept;              /* bytes kept for it */
	size_t buffered;          /* those of them in its two buffers */
	bool paused;              /* nothing is read: output waits */
	struct request_head head; /* of the request that is being read */
	struct tls_meter meter;
	bool goodbye; /* close_notify is out */
	bool is_dirty;
	struct connection *before, *after; /* all of the front's */
	struct connection *next_dirty, *next_doomed;
	struct ring handshakes, held_ones, waiting; /* while it is one */
};

/* Takes the descriptor. */
void connection_accept(struct front *f, int fd);

/* Its protocol's write() is called at the end of this turn. */
void connection_dirty(struct connection *c);

/* It was refused a request because its client is over its quota.  Where that
 * happens too often nothing more is read from it until a sweep lets it go on:
 * see hold.c. */
void connection_hold(struct connection *c);
void holds_release(struct front *f); /* every LIMIT_SWEEP_MS */

/* Works on what came, and reads on, unless output waits, the client is over its
 * quota or has had its share: for whoever has just taken one of these away. */
void connection_read_on(struct connection *c);

/* Whose quota and whose share its requests take. */
struct client *connection_payer(const struct connection *c);

/* Sends what is queued, says goodbye, drops what comes, ends soon. */
void connection_linger(struct connection *c);

/* Ends now: nothing more is sent. */
void connection_doom(struct connection *c);

/* Something came that is no part of a request (limits.h: LIMIT_SMALL).  False:
 * it was too much, the connection is doomed. */
bool connection_bear(struct connection *c);

/* A request was answered: its due of small things is forgiven. */
void connection_forgive(struct connection *c);

/* For front.c: at the end of a turn, and every LIMIT_SWEEP_MS. */
void connections_write(struct front *f);
bool connections_bury(struct front *f); /* true: one more may be accepted */
void connections_sweep(struct front *f, uint64_t now);

/* May it be here, by its certificate and by the lists of now?  When must it
 * leave?  Both for connection.c; and the sweep that sees to it. */
bool admission_holds(const struct connection *c);
uint64_t admission_age(const struct connection *c);
void admission_sweep(struct connection *c, uint64_t now);

/* Ends all that may not be here any more: denied, or of an authority that has
 * gone.  When one of these files has changed. */
void connections_judge(struct front *f);

/* Gives up the oldest unfinished handshake; false: there is none. */
bool connections_make_room(struct front *f);

#endif
