/*
 * supervisor.h - the process that starts the others and holds no data.
 *
 * main.c       options, configuration, the loop, signals
 * child.c      one of them: what it is, and what is known of it
 * children.c   which roles run, how often; their birth, death and back-off
 * check.c      what a start would find, without one
 * edges.c      who talks to whom
 * files.c      what is opened for whom: configuration, policy, TLS, PIN, socket
 * last_good.c       what the next life begins with
 * pinned.c     the pins file in force
 * revoked.c    the list of revoked keys in force
 * watch.c      files that change while the service runs
 * status.c     who is ready; what fronts, systemd and the log hear of it
 *
 * One struct for all, since there is one supervisor a process.  Everything
 * below belongs to main()'s thread.
 */
#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "wire/channel.h"
#include "proc/config.h"
#include "base/err.h"
#include "wire/wire.h"

#include "supervisor/child.h"
#include "supervisor/files.h"
#include "supervisor/limits.h"
#include "supervisor/pinned.h"
#include "supervisor/revoked.h"

/* --- state ---------------------------------------------------------------- */

struct watch {     /* a file as it was last seen */
	int error; /* why it is not to be seen; 0: it is */
	struct timespec changed_at;
	dev_t device;
	ino_t inode;
	off_t size;
};

struct supervisor {
	const char *config_path;
	struct config *config;
	struct files files;
	char directory[4096]; /* of our own program */
	int epoll;
	int signals;
	struct child children[CHILDREN_MAX];
	size_t n_children;
	struct pinned pinned;
	struct revoked revoked;
	struct watch watches[WATCHED];
	struct watch pins_watch;
	uint64_t watched_at; /* 0: never yet */
	bool stopping;
	bool others_told; /* to stop; the fronts are told first */
	uint64_t stop_at; /* since when */
	bool ready;
	char why[WHY_MAX];
	struct buf packet;
};

/* --- children.c ----------------------------------------------------------- */

/* Fills the table from the configuration. */
void children_plan(struct supervisor *s);

/* fd stays the caller's. */
void child_give_file(struct supervisor *s, struct child *c, const char *name,
                     int fd);

/* Starts who is due, ends who is silent; gives the ms until it is due again. */
int children_turn(struct supervisor *s);
/* Reaps our dead. */
void children_reap(struct supervisor *s);

/* Closes a lifeline: a role ends by itself then. */
void child_let_go(struct supervisor *s, struct child *c);
/* Its lifeline ended by its own doing: if it does not end soon, we end it. */
void child_lost(struct supervisor *s, struct child *c);
size_t children_alive(const struct supervisor *s);

/* --- watch.c -------------------------------------------------------------- */

/* Hands what changed to whom it concerns; gives the ms until the next look. */
int watch_turn(struct supervisor *s);

/* --- edges.c -------------------------------------------------------------- */

/* Connects a child that was just started with all its living peers. */
void edges_give(struct supervisor *s, struct child *c);

/* --- status.c ------------------------------------------------------------- */

/* A packet from a child: STATUS, or the child ends.  E_LIMIT: too many.  The
 * loop's next status_update() tells the others. */
err_t status_packet(struct child *c, struct bytes packet);

/* Something may have changed: tells whom it concerns, when it has. */
void status_update(struct supervisor *s);

/* A front starts with what others know. */
void status_tell(struct supervisor *s, struct child *front);

/* --- stop.c --------------------------------------------------------------- */

void stop_begin(struct supervisor *s);

/* Goes on with stopping; false when nobody is left. */
bool stop_turn(struct supervisor *s);

#endif
