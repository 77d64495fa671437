/*
 * world.h - one supervisor over fake roles, in a directory of its own.
 *
 * Copies of the supervisor and of the test program (under the roles' names, see
 * fake_role.h) lie beside each other, so that the supervisor finds them.  It is
 * watched through its log.  What cannot be set up fails the test at once.
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

extern const char *const world_roles[WORLD_ROLES]; /* by uid */

struct world {
	char dir[64];
	pid_t pid;
	int status;      /* -1 while it runs */
	char notify[96]; /* systemd's socket, "" for none */
	struct buf log;
};

/* Everything but starting it; more: further groups of the configuration. */
void world_make(struct world *w, const char *more);

/* Stops it, removes everything. */
void world_free(struct world *w);
DEFINE_AUTO_REF(struct world, world_free);

/* Writes the configuration again. */
void world_config(const struct world *w, const char *more);
void world_path(const struct world *w, const char *name,
                char out[static PATH_MAX]);
void world_write(const struct world *w, const char *name, const char *text,
                 mode_t mode);
void world_put(const struct world *w, const char *name, struct bytes content,
               mode_t mode);

/* Replaces it by a list of n revoked keys, as an import does; its length tells
 * it from others. */
#define WORLD_LIST_SIZE(n) (52u + 22u * (n))
void world_list(const struct world *w, const char *name, unsigned n,
                uint64_t at_s);

/* Starts it with options that end with NULL; passed is -1, or the socket that
 * systemd would pass. */
void world_run(struct world *w, const char *const *options, int passed);
void world_start(struct world *w);
void world_ready(struct world *w); /* and waits until it says so */
void world_again(struct world *w); /* ends it, and starts it anew */

/* Waits for its end: the exit status, 128 + signal, or -1. */
int world_wait(struct world *w, int timeout_ms);

/* How often the log has the text; is it there so often, soon? */
int world_count(struct world *w, const char *needle);
bool world_says(struct world *w, const char *needle, int times);

/* The number of the last birth of that role's first process, or 0. */
pid_t world_pid(struct world *w, const char *role);

void world_pause(long ms);

#endif
