/*
 * supervisor.h - the process that starts the roles and handles no request data.
 *
 * main.c       options, configuration, event loop, signals
 * children.c   which roles run and how many; start, death and back-off
 * check.c      `anchord --check`
 * edges.c      which roles have a socketpair to each other
 * files.c      the files of each role: configuration, policy, TLS, PIN, socket
 * last_good.c  files that are kept for the next start
 * pinned.c     the pins file in force
 * governed*.c  the trust bundle in force, instead, where officers govern
 * revoked.c    the list of revoked certificates in force
 * offered.c    a policy file that changed
 * watch.c      files that change while the service runs
 * status.c     reports readiness to fronts and systemd
 *
 * One struct holds all state.  Everything below belongs to the main thread.
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
#include "supervisor/governed.h"
#include "supervisor/limits.h"
#include "supervisor/offered.h"
#include "supervisor/pinned.h"
#include "supervisor/revoked.h"

/* --- state ---------------------------------------------------------------- */

struct watch {     /* the status of a file at the last check */
	int error; /* errno of that check; 0: the file exists */
	struct timespec changed_at;
	dev_t device;
	ino_t inode;
	off_t size;
};

struct supervisor {
	const char *config_path;
	struct config *config;
	struct files files;
	char directory[4096]; /* of the supervisor's program */
	int epoll;
	int signals;
	struct child children[CHILDREN_MAX];
	size_t n_children;
	struct pinned pinned;
	struct governed governed;
	struct revoked revoked;
	struct offered offered;
	struct watch watches[WATCHED];
	struct watch in_force_watch; /* of the pins file or the bundle */
	uint64_t watched_at;         /* 0: not checked yet */
	bool stopping;
	bool others_told; /* roles but the fronts were told to stop */
	uint64_t stop_at; /* when stopping began */
	bool ready;
	char why[WHY_MAX];
	uint64_t told_waits_s; /* governed.waits_s, as fronts know it */
	struct buf packet;
};

/* --- children.c ----------------------------------------------------------- */

/* Fills the table from the configuration. */
void children_plan(struct supervisor *s);

/* Sends the child a file.  The caller closes fd. */
void child_give_file(struct supervisor *s, struct child *c, const char *name,
                     int fd);

/* Starts children that are due and kills silent ones; returns the milliseconds
 * until it must be called again. */
int children_turn(struct supervisor *s);
/* Collects the exit status of children that ended. */
void children_reap(struct supervisor *s);

/* Closes a lifeline: a role ends by itself then. */
void child_let_go(struct supervisor *s, struct child *c);
/* The child closed its lifeline: it is killed unless it ends within LOST_MS. */
void child_lost(struct supervisor *s, struct child *c);
size_t children_alive(const struct supervisor *s);

/* --- watch.c -------------------------------------------------------------- */

/* Sends changed files to the roles that use them; returns the milliseconds
 * until the next check. */
int watch_turn(struct supervisor *s);

/* --- edges.c -------------------------------------------------------------- */

/* Connects a child that was just started to all running peers. */
void edges_give(struct supervisor *s, struct child *c);

/* --- status.c ------------------------------------------------------------- */

/* Handles a STATUS, or a verifier's POLICY_TAKEN; anything else is E_MALFORMED and
 * ends the child.  E_LIMIT: too many.  status_update() then tells the others. */
err_t status_packet(struct supervisor *s, struct child *c, struct bytes packet);

/* Reports a change of readiness to fronts, systemd and log, if there is one. */
void status_update(struct supervisor *s);

/* Tells a front that was just started what the others know. */
void status_tell(struct supervisor *s, struct child *front);

/* --- stop.c --------------------------------------------------------------- */

void stop_begin(struct supervisor *s);

/* Continues stopping; false when no child is left. */
bool stop_turn(struct supervisor *s);

#endif
