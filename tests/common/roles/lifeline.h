/*
 * lifeline.h - drives one real role binary: the test is its supervisor and
 * all its peers.
 *
 *	struct lifeline *l = lifeline_spawn("anchord-ledger", NULL);
 *	lifeline_text(l, "config", text);
 *	struct peer *front = lifeline_edge(l, WIRE_ROLE_FRONT, 0);
 *	lifeline_start(l, 0);
 *	lifeline_wait_status(l, true, NULL, 5000);
 *	wire_put_x(&packet, &m);
 *	peer_send(front, &packet);
 *	peer_receive(front, 1000, &answer);
 *	lifeline_end(l);                    (exit status 0)
 *
 * The role runs as the test's user, without capabilities and in its sandbox,
 * as it does under the supervisor.  Programs are looked for in $ANCHORD_BIN,
 * else in the bin directory of the build that the test belongs to.
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

/* NULL: no such program, or no process.  environment ends with NULL. */
struct lifeline *lifeline_spawn(const char *program,
                                const char *const *environment);

/* The path of a program of ours, for tests that start one themselves. */
void lifeline_program(const char *program, struct buf *out);

/* Hands over a file by descriptor (fd stays the caller's), path or content. */
bool lifeline_fd(struct lifeline *l, const char *name, int fd);
bool lifeline_path(struct lifeline *l, const char *name, const char *path);
bool lifeline_text(struct lifeline *l, const char *name, const char *text);

/* A new edge to a peer that the test plays; also while the role runs, then it
 * replaces the old one.  Lives as long as l, or until peer_close(). */
struct peer *lifeline_edge(struct lifeline *l, enum wire_role role,
                           uint16_t index);

/* An edge between two real roles, each of which is told who the other is; it
 * replaces an old one. */
struct lifeline_end {
	enum wire_role role;
	uint16_t index;
};
bool lifeline_join(struct lifeline *a, struct lifeline_end its,
                   struct lifeline *b, struct lifeline_end other);

bool lifeline_start(struct lifeline *l, uint16_t index);

/* Sends any packet over the lifeline itself; resets it. */
bool lifeline_send(struct lifeline *l, struct buf *packet);

/* Waits for a STATUS with that ready, whose why contains part; "": is empty;
 * NULL: says anything. */
bool lifeline_wait_status(struct lifeline *l, bool ready, const char *part,
                          int timeout_ms);

pid_t lifeline_pid(const struct lifeline *l);

/* Waits until the process ended by itself: its exit status, 128 + signal, or
 * -1 when it still runs. */
int lifeline_wait_exit(struct lifeline *l, int timeout_ms);

/* Closes the lifeline, waits, frees all: the exit status, 128 + signal, or -1
 * when it had to be killed.  Accepts NULL (0). */
int lifeline_end(struct lifeline *l);

/* Sends the one packet in it and resets it. */
bool peer_send(struct peer *p, struct buf *packet);

/* In two parts, so that many packets leave together, as a role's do. */
bool peer_queue(struct peer *p, struct buf *packet);
bool peer_flush(struct peer *p);

/* The same with a descriptor, which no peer may pass; fd stays the caller's. */
bool peer_send_fd(struct peer *p, struct buf *packet, int fd);

/* The next packet, a view until the next call with this peer.  False: none
 * within the time, or the role closed the edge. */
bool peer_receive(struct peer *p, int timeout_ms, struct bytes *ret_packet);

/* The same, but skips packets with other ids. */
bool peer_receive_id(struct peer *p, uint16_t id, int timeout_ms,
                     struct bytes *ret_packet);

/* Has the role closed this edge (or died), within the time? */
bool peer_gone(struct peer *p, int timeout_ms);

/* The peer dies: the role sees the end of the edge. */
void peer_close(struct peer *p);

/* Settings of a configuration; NULL members get values that merely parse. */
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
	const char *state_directory;
	const char *more; /* further groups */
};

/* Appends a whole configuration as text. */
void lifeline_config(struct buf *out, const struct lifeline_config *c);

#endif
