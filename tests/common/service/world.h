/*
 * world.h - runs the supervisor with fake roles in its own directory.
 *
 * The directory contains copies of the supervisor and of the test program, the
 * latter with the names of the roles (fake_role.h), so that the supervisor
 * finds them.  Tests observe it through its log.  A failure to set it up fails
 * the test.
 */
#ifndef COMMON_SERVICE_WORLD_H
#define COMMON_SERVICE_WORLD_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"

#define WORLD_UID_BASE 64300
#define WORLD_ROLES 4

extern const char *const world_roles[WORLD_ROLES]; /* in the order of uids */

struct world {
	char dir[64];
	pid_t pid;
	int status;      /* -1 while it runs */
	char notify[96]; /* systemd's socket, "" for none */
	bool unsaid;     /* world_says() has failed */
	struct buf log;
};

/* Creates the directory and the configuration, without starting the supervisor;
 * more has further groups of the configuration. */
void world_make(struct world *w, const char *more);

/* Stops the supervisor and removes the directory. */
void world_free(struct world *w);
DEFINE_AUTO_REF(struct world, world_free);

/* Rewrites the configuration. */
void world_config(const struct world *w, const char *more);
void world_path(const struct world *w, const char *name,
                char out[static PATH_MAX]);
void world_write(const struct world *w, const char *name, const char *text,
                 mode_t mode);
void world_put(const struct world *w, const char *name, struct bytes content,
               mode_t mode);

/* Replaces the file by a list with n revoked keys, like an import.  The size of
 * the list identifies it in the log. */
#define WORLD_LIST_SIZE(n) (52u + 22u * (n))
void world_list(const struct world *w, const char *name, unsigned n,
                uint64_t at_s);

/* Starts the supervisor with options that end with NULL; passed is the socket
 * that systemd would pass, or -1. */
void world_run(struct world *w, const char *const *options, int passed);
void world_start(struct world *w);
void world_ready(struct world *w); /* starts it and waits until it is ready */
void world_again(struct world *w); /* ends it and starts it again */

/* Waits for its end.  Returns the exit status, 128 + the signal, or -1 after a
 * time-out. */
int world_wait(struct world *w, int timeout_ms);

/* The number of occurrences of the text in the log; true if the log has that
 * many within HARNESS_WAIT_MS, or at once after it has failed before. */
int world_count(struct world *w, const char *needle);
bool world_says(struct world *w, const char *needle, int times);

/* The pid of the last start of that role's first process, or 0. */
pid_t world_pid(struct world *w, const char *role);

void world_pause(long ms);

#endif
