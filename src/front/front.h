/*
 * front.h - the state of a front process, shared by its files.
 *
 * One thread runs one event loop.  In an iteration libevent runs what is ready,
 * connections parse and ask, and messages bring answers; then front_turn()
 * writes to every connection that has output, sends every queued packet, and
 * frees what has ended.  Nothing is freed earlier, so a pointer is valid until
 * the iteration ends.
 */
#ifndef FRONT_FRONT_H
#define FRONT_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "governance/in_force.h"
#include "proc/config.h"
#include "proc/failover.h"
#include "front/client.h"
#include "front/crowd.h"
#include "front/keyholder_select.h"
#include "front/metrics.h"
#include "front/pending.h"
#include "front/api/published_keys.h"
#include "front/quota.h"
#include "front/renew.h"
#include "front/memory/ring.h"
#include "proc/role.h"
#include "front/api/rules.h"
#include "front/memory/buffer_pool.h"
#include "wire/terms.h"
#include "front/twins.h"

struct connection;
struct denied;
struct event;
struct event_base;
struct router;
struct tenant;
struct tls;

/* Bytes kept for all connections: flow.c. */
struct flow {
	size_t kept;
	size_t most;         /* maximum since the last check */
	size_t recent, peak; /* maximum since ebb_at; since the last ebb */
	uint64_t ebb_at;
};

struct front {
	struct role *role;
	const struct config *config; /* the role's */
	const struct router *router; /* which handler gets a request */
	struct client *clients;      /* one for each of config->clients */
	struct client strangers;     /* all certificates that name no client */
	struct tenant *tenants;      /* one for each of config->tenants */
	struct crowd crowd;          /* whose evidence is under way */
	struct quota_mark *marks;    /* of all quotas, shared by all fronts */
	struct event_base *base;
	struct event *role_event, *sweep_event, *listen_event;
	struct tls *tls;       /* for new connections */
	struct denied *denied; /* NULL: none */
	struct renewal renewal;
	struct pending *pending;
	struct in_force in_force;
	int chain; /* its file, if in_force has a bundle; -1: not kept */
	struct published_keys *keys;
	struct metrics metrics;
	bool stop;                /* the lifeline closed */
	bool behind, behind_next; /* answers are left for later */
	uint64_t turn;
	uint64_t last_request_id;

	/* The other processes, and what they reported. */
	struct edge *edges[ROLE_EDGES_MAX]; /* each with its outbox */
	size_t n_edges;
	struct edge *keyholder; /* the one in use; NULL: none can sign */
	struct edge *ledger;    /* NULL: down */
	unsigned n_keyholders;
	struct failover failover;
	struct front_keyholder said[CONFIG_TOKENS_MAX];
	unsigned n_verifiers;
	bool healthy;
	char why[512]; /* why not healthy; or what fails nevertheless */
	uint64_t recovery_seen_s; /* when one was seen that waits; 0: none */
	struct rules rules;

	/* Lists of connections: all; those with output; those to free; those in
	 * their handshake, the oldest first; those that are not read, in the
	 * order in which they began to wait. */
	struct connection *first, *last, *dirty, *doomed;
	struct ring handshakes, held, waiting; /* the last: share.h */
	size_t n_connections;
	struct twins twins; /* of each certificate */
	struct flow flow;

	struct buffer_pool buffer_pool;
	struct buf packet; /* the message being composed */
	struct buf text;   /* the document being composed */
	struct buf record; /* output on its way to one connection */
};

extern const struct role_ops front_ops;

/* Runs one iteration of the loop.  False: the loop must end. */
bool front_turn(struct front *f);

/* Every LIMIT_SWEEP_MS: ends overdue requests and connections. */
void front_sweep(struct front *f);

/* NULL: challenges and results can be served; otherwise why not. */
const char *front_not_ready(const struct front *f);

/* The same by the observations of this process alone; front_tell_status()
 * reports it to the supervisor. */
const char *front_lacks(const struct front *f);
void front_tell_status(struct front *f);

/* Members of front_ops, in files of their own: start.c, messages.c. */
err_t front_prepare(struct role *role);
void front_read_pins(struct role *role);
err_t front_message(struct role *role, struct edge *from, struct bytes packet);
void front_release(struct front *f);

/*
 * Registers a question and fills in its request and deadline.  The caller puts
 * *ret_id into the message that it composes in f->packet, and sends that by
 * front_send().  False: it failed, and the request has been answered.
 */
bool front_ask(struct request *r, struct question *q, uint64_t *ret_id);
bool front_send(struct request *r, struct edge *e);

/* Takes n tokens from the quotas of the client and of its tenant besides the one
 * that every request costs (request.c).  False: answered 429. */
bool front_pay(struct request *r, uint32_t n);

/* Counts challenges as outstanding before they are requested.  False: answered
 * 429. */
struct challenge_orders;
bool front_issue(struct request *r, const struct challenge_orders *all);

/* Listening; see listen.c. */
err_t listen_start(struct front *f, int fd);
void listen_room(struct front *f); /* a connection closed: accept again */

#endif
