/*
 * lifeline.h - runs the program of one role.  The test acts as its supervisor
 * and as all its peers.
 *
 *	struct lifeline *l = lifeline_spawn("anchord-ledger", NULL);
 *	lifeline_text(l, "config", text);
 *	struct peer *front = lifeline_edge(l, WIRE_ROLE_FRONT, 0);
 *	lifeline_start(l, 0);
 *	lifeline_wait_status(l, true, NULL, HARNESS_WAIT_MS);
 *	wire_put_x(&packet, &m);
 *	peer_send(front, &packet);
 *	peer_receive(front, 1000, &answer);
 *	lifeline_end(l);                    (exit status 0)
 *
 * The role runs as the test's user, without capabilities and in its sandbox,
 * like under the supervisor.  Programs are searched in $ANCHORD_BIN, or else in
 * the bin directory of the test's build.
 */
#ifndef COMMON_ROLES_LIFELINE_H
#define COMMON_ROLES_LIFELINE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "wire/wire.h"

struct lifeline;
struct peer;

/* Starts the program; environment ends with NULL.  NULL: there is no such
 * program, or no process could be started. */
struct lifeline *lifeline_spawn(const char *program,
                                const char *const *environment);

/* Appends the path of a program, for tests that start it themselves. */
void lifeline_program(const char *program, struct buf *out);

/* Hand over a file by its descriptor (which the caller keeps), its path or its
 * content. */
bool lifeline_fd(struct lifeline *l, const char *name, int fd);
bool lifeline_path(struct lifeline *l, const char *name, const char *path);
bool lifeline_text(struct lifeline *l, const char *name, const char *text);

/* Creates an edge to a peer that the test plays.  While the role runs, it
 * replaces the previous edge.  The peer is valid as long as l, or until
 * peer_close(). */
struct peer *lifeline_edge(struct lifeline *l, enum wire_role role,
                           uint16_t index);

/* Creates an edge between two real roles and tells each of them the role and
 * index of the other; it replaces a previous edge. */
struct lifeline_end {
	enum wire_role role;
	uint16_t index;
};
bool lifeline_join(struct lifeline *a, struct lifeline_end its,
                   struct lifeline *b, struct lifeline_end other);

bool lifeline_start(struct lifeline *l, uint16_t index);

/* Sends any packet over the lifeline itself, and resets it. */
bool lifeline_send(struct lifeline *l, struct buf *packet);

/* Waits for a STATUS with that `ready` whose `why` contains part; "": is empty;
 * NULL: is arbitrary. */
bool lifeline_wait_status(struct lifeline *l, bool ready, const char *part,
                          int timeout_ms);
/* The same, but already the first one with that `ready` must have it. */
bool lifeline_first_status(struct lifeline *l, bool ready, const char *part,
                           int timeout_ms);

/* True if the verifier says that the policy with this digest is in force. */
bool lifeline_wait_policy(struct lifeline *l,
                          const uint8_t digest[static HASH_SIZE],
                          int timeout_ms);

pid_t lifeline_pid(const struct lifeline *l);

/* Waits until the process ends by itself.  Returns its exit status, 128 + the
 * signal, or -1 if it still runs. */
int lifeline_wait_exit(struct lifeline *l, int timeout_ms);

/* Closes the lifeline, waits for the process, and frees l.  Returns the exit
 * status, 128 + the signal, or -1 if the process had to be killed.  Accepts
 * NULL (returns 0). */
int lifeline_end(struct lifeline *l);

/* Sends the packet and resets the buffer. */
bool peer_send(struct peer *p, struct buf *packet);

/* peer_queue() queues a packet; peer_flush() sends all of them together, like a
 * role. */
bool peer_queue(struct peer *p, struct buf *packet);
bool peer_flush(struct peer *p);

/* Sends a packet with a descriptor, which no peer may do; the caller keeps
 * fd. */
bool peer_send_fd(struct peer *p, struct buf *packet, int fd);

/* The next packet, a view that is valid until the next call with this peer.
 * False: none came within the time, or the role has closed the edge. */
bool peer_receive(struct peer *p, int timeout_ms, struct bytes *ret_packet);

/* The same, but skips packets with other ids. */
bool peer_receive_id(struct peer *p, uint16_t id, int timeout_ms,
                     struct bytes *ret_packet);

/* True if the role closes this edge, or ends, within the time. */
bool peer_gone(struct peer *p, int timeout_ms);

/* Ends the peer: the role sees the end of the edge. */
void peer_close(struct peer *p);

/* Settings of a configuration.  A member that is NULL gets a value that is only
 * valid syntactically. */
#define LIFELINE_ISSUER "https://anchord.example"

struct lifeline_config {
	const char *token_module;
	const char *token_uri;
	const char *token_state;
	const char *token_more; /* further lines of the group token */
	const char *ledger_directory;
	const char *log_level;
	const char *tls_more;   /* further lines of the group tls */
	const char *trust_more; /* further lines of the group trust */
	const char *pins;       /* path */
	const char *genesis;    /* in hex: officers govern, by a chain at /b */
	const char *state_directory;
	const char *policy_more; /* further lines of the group policy */
	const char *more;        /* further groups */
};

/* Appends a complete configuration as text. */
void lifeline_config(struct buf *out, const struct lifeline_config *c);

#endif
