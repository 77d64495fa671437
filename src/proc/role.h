/*
 * role.h - the main loop and the life cycle that all child processes share.
 *
 * A role starts with one descriptor, its lifeline to the supervisor (3).  Over
 * it come, as descriptors, the files that it may read ("config", "policy",
 * "tls-key", ...) and its edges to other roles, and then START.  Now the role
 * prepares itself, locks its sandbox and runs rounds: it receives the packets
 * that are there, calls round() once, and flushes every edge.  A batch is
 * whatever arrived while the previous round worked.
 *
 * A file that changes while the service runs is sent again under its name; it
 * replaces the previous one, and file_changed() is called.  A role reads a file
 * in prepare() or in file_changed(), and the descriptor is closed afterwards,
 * so that code which takes this process over later has no descriptor of the PIN
 * or of a TLS key.  role_ops.keeps names the files that stay open.
 *
 * An edge ends when its peer dies, and the supervisor sends a new one.  A
 * packet that does not decode, or that its sender may not send, ends this
 * process (exit status ROLE_EXIT_WIRE); it is never answered.
 */
#ifndef PROC_ROLE_H
#define PROC_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "wire/channel.h"
#include "base/err.h"
#include "wire/wire.h"

#define ROLE_LIFELINE_FD 3
#define ROLE_TICK_MS 250 /* between two calls of tick() */
#define ROLE_EDGES_MAX 32
#define ROLE_FILE_VERDICT_KEY "verdict-key" /* of verdict_tag.h */
#define ROLE_FILE_SHADOW "shadow-policy"    /* of policy.shadow */
#define ROLE_FILE_POLICY_NEXT "policy-next" /* of policy.file, changed */

enum role_exit {
	ROLE_EXIT_OK = 0,     /* the lifeline closed: orderly end */
	ROLE_EXIT_WIRE = 70,  /* a peer broke the protocol (EX_SOFTWARE) */
	ROLE_EXIT_PART = 75,  /* a device is lost: restart (EX_TEMPFAIL) */
	ROLE_EXIT_VAIN = 76,  /* lost before it did any work: restart */
	ROLE_EXIT_START = 78, /* preparation failed (EX_CONFIG) */
};

struct role;
struct config;

/* This process's end of a socketpair to a peer.  Valid until edge_down()
 * returns. */
struct edge {
	enum wire_role peer;
	uint16_t index; /* number among processes of that role */
	struct channel *channel;
	void *user; /* owned by the role */
};

/* Every member but message may be NULL. */
struct role_ops {
	const char *name;
	enum wire_role role;

	/* Names of files that stay open, ended by NULL.  NULL: none. */
	const char *const *keeps;

	/* Has all files and the configuration, and no sandbox yet: opens the
	 * database or the module.  A failure ends the process. */
	err_t (*prepare)(struct role *r);

	/* Starts the role's threads, which inherit Landlock; seccomp is then
	 * locked for all of them.  No thread may start anywhere else. */
	err_t (*threads)(struct role *r);

	/* A file was replaced, or came for the first time, after prepare().  A
	 * role without this function gets all its files before START. */
	void (*file_changed)(struct role *r, const char *name);

	/* An edge was established or ended. */
	void (*edge_up)(struct role *r, struct edge *e);
	void (*edge_down)(struct role *r, struct edge *e);

	/* Handles one packet that its sender may send.  E_MALFORMED: it did not
	 * decode, which is fatal.  Any other failure is a bug of this role.
	 * HEALTH comes here, too; its edge has the supervisor as peer. */
	err_t (*message)(struct role *r, struct edge *from,
	                 struct bytes packet);

	/* All packets of this wake-up were handled: process them as one batch.
	 * See role_again() when a round leaves work to do. */
	void (*round)(struct role *r);

	/* Called every ROLE_TICK_MS, for deadlines and retries. */
	void (*tick)(struct role *r);
};

/* main() of a role: starts, locks the sandbox, runs until the lifeline closes,
 * and returns the exit status.  user is the role's state, see role_user(). */
int role_main(const struct role_ops *ops, void *user);

#include "proc/role_loop.h" /* the parts of role_main() */

/* Called in round(): requests another round.  Packets are received and sent
 * first, but without waiting. */
void role_again(struct role *r);

/* Called in prepare(): adds one descriptor that ends a wait when readable.
 * ready() then reads it, and a round follows.  E_IO; E_LIMIT: a second one. */
MUST_CHECK err_t role_watch(struct role *r, int fd,
                            void (*ready)(struct role *r));

/* Called in round(): requests another round after at most us microseconds (less
 * than a second), or earlier when a packet arrives.  Not for the front. */
void role_again_in(struct role *r, uint64_t us);

void *role_user(const struct role *r);
uint16_t role_index(const struct role *r);

/* The parsed configuration; valid from prepare() on, as long as the role. */
const struct config *role_config(const struct role *r);

#include "proc/role_files.h" /* what was handed over */

/* The edge to that peer, or NULL while it is down. */
struct edge *role_edge(const struct role *r, enum wire_role peer,
                       uint16_t index);

/* The edge to a running process of that role, in rotation; NULL: none runs. */
struct edge *role_edge_any(struct role *r, enum wire_role peer);

/* Queues the packet and resets the buffer.  E_CLOSED: e is NULL or its peer is
 * gone.  E_LIMIT, E_NOMEM: the peer does not read, or the packet is too big. */
MUST_CHECK err_t edge_send(struct edge *e, struct buf *packet);

/* The same, for a caller that keeps its question until the answer or edge_down().
 * OK also where the peer has closed and edge_down() is still to come: the question
 * is lost like one that the peer had received before it ended, and is then asked
 * again or answered in the one place that does so.  E_CLOSED: e is NULL. */
MUST_CHECK err_t edge_ask(struct edge *e, struct buf *packet);

/* Reports to the supervisor whether this role can do its work, and if not, the
 * cause (one line of text).  Sends nothing when nothing has changed. */
void role_status(struct role *r, bool ready, const char *why);

/* To be called once a second during long work: reports that the role is alive
 * but not ready, and the cause. */
void role_working(struct role *r, const char *why);

#endif
