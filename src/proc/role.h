/*
 * role.h - the shape of every child process: what main() of a role is.
 *
 * A role is born with one descriptor, its lifeline to the supervisor (3).
 * Over it come, by descriptor, the files it may read ("config", "policy",
 * "tls-key", ...), its edges to the other roles, and START.  Then the role
 * prepares itself, locks its sandbox, and runs rounds: all packets that are
 * there, then round() once, then one flush of every edge.  A batch is
 * whatever arrived while the last round worked.
 *
 * A file that changes while the service runs comes again, under its name: it
 * replaces the one before, and file_changed() hears of it.  A file is read in
 * prepare() or in file_changed(), and closed behind them: who takes this process
 * over later finds no way to the PIN, or to a TLS key, by descriptor.  What a role
 * still needs then is named in role_ops.keeps.
 *
 * An edge ends when its peer dies; the supervisor brings a new one.  A packet
 * that does not decode, or that its sender may not send, ends this process
 * (exit status ROLE_EXIT_WIRE): internal nonsense is never answered.
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

enum role_exit {
	ROLE_EXIT_OK = 0,    /* the lifeline closed: the service stops */
	ROLE_EXIT_WIRE = 70, /* a peer sent nonsense (EX_SOFTWARE) */
	ROLE_EXIT_PART = 75, /* a device is lost: start me anew (EX_TEMPFAIL) */
	ROLE_EXIT_VAIN = 76, /* the same, and it did nothing since it opened */
	ROLE_EXIT_START = 78, /* could not prepare (EX_CONFIG) */
};

struct role;
struct config;

/* One end of a socketpair to a peer.  Lives until edge_down() returned. */
struct edge {
	enum wire_role peer;
	uint16_t index; /* which of the peer's processes */
	struct channel *channel;
	void *user; /* the role's own */
};

/* Every member but message may be NULL. */
struct role_ops {
	const char *name;
	enum wire_role role;

	/* Names of files that stay open; NULL at the end.  NULL: none does. */
	const char *const *keeps;

	/* Files and configuration are here, the sandbox is not locked yet:
	 * open the database, the module.  A failure ends the process. */
	err_t (*prepare)(struct role *r);

	/* Landlock holds by now, and for every thread that starts here, the one
	 * place for that; system calls will be locked, for all threads. */
	err_t (*threads)(struct role *r);

	/* The file of that name was replaced, or came for the first time, after
	 * prepare().  A role without this gets all files before START. */
	void (*file_changed)(struct role *r, const char *name);

	/* An edge came up or went down. */
	void (*edge_up)(struct role *r, struct edge *e);
	void (*edge_down)(struct role *r, struct edge *e);

	/* One packet that its sender may send.  E_MALFORMED: it did not
	 * decode (fatal).  Any other failure is a bug of this role.  HEALTH
	 * comes here too, from an edge whose peer is the supervisor. */
	err_t (*message)(struct role *r, struct edge *from,
	                 struct bytes packet);

	/* All packets of this wake-up are in: work on them as one.  See
	 * role_again() for work that one round leaves. */
	void (*round)(struct role *r);

	/* Every ROLE_TICK_MS: deadlines, retries. */
	void (*tick)(struct role *r);
};

/* main() of a role: boots, locks the sandbox, runs until the lifeline
 * closes.  user is the role's own state, see role_user().  The answer is the
 * exit status. */
int role_main(const struct role_ops *ops, void *user);

#include "proc/role_loop.h" /* the parts of role_main() */

/* From round(): there may be more to do.  What came is read, what was queued is
 * sent, and round() is called again without waiting. */
void role_again(struct role *r);

/* From prepare(): one descriptor more that ends a wait when it is readable.
 * ready() reads it; then comes a round.  E_IO; E_LIMIT: there is one. */
MUST_CHECK err_t role_watch(struct role *r, int fd,
                            void (*ready)(struct role *r));

/* From round(): the same, but without hurry: after us microseconds at the
 * latest, sooner when something comes.  Not for the front's own loop. */
void role_again_in(struct role *r, uint64_t us);

void *role_user(const struct role *r);
uint16_t role_index(const struct role *r);

/* The parsed "config"; from prepare() on, as long as the role lives. */
const struct config *role_config(const struct role *r);

/* The descriptor handed over under that name, or -1.  Stays the role's. */
int role_file(const struct role *r, const char *name);

/* Closes it ahead of time. */
void role_file_close(struct role *r, const char *name);

/* The whole content of a handed-over file.  E_NOT_FOUND, E_IO, E_LIMIT. */
MUST_CHECK err_t role_file_read(const struct role *r, const char *name,
                                struct buf *out);

/* The edge to that peer, or NULL when it is down. */
struct edge *role_edge(const struct role *r, enum wire_role peer,
                       uint16_t index);

/* The edge to some living process of that role, by turns; NULL: none. */
struct edge *role_edge_any(struct role *r, enum wire_role peer);

/* Queues the one packet in `packet` and resets it.  E_CLOSED also for a NULL
 * edge; E_LIMIT, E_NOMEM: the peer does not drain, or the packet is too big. */
MUST_CHECK err_t edge_send(struct edge *e, struct buf *packet);

/* Tells the supervisor whether this role can do its work, and if not, why (one
 * line for people).  Says nothing when nothing changed. */
void role_status(struct role *r, bool ready, const char *why);

/* Once a second, from within long work: not ready, since why, but it lives. */
void role_working(struct role *r, const char *why);

#endif
