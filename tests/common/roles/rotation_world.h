/*
 * rotation_world.h - all code that decides about the signing key, in one
 * process: the supervisor's pins (src/supervisor/pinned.c), a key holder, and
 * the published keys of a front, with files in a directory and a clock that the
 * test sets.
 *
 * The test program provides the device, that is, the functions of hsm.h.
 */
#ifndef COMMON_ROLES_ROTATION_WORLD_H
#define COMMON_ROLES_ROTATION_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "front/api/published_keys.h"
#include "keyholder/keyholder.h"
#include "proc/role_int.h"
#include "supervisor/supervisor.h"

#include "crypto/pins/signs.h"

struct rworld {
	char dir[64], pins_path[96];
	uint64_t now_s;
	struct config config;
	struct config_token token;
	struct supervisor supervisor;
	struct keyholder holder;
	struct role role; /* the key holder's */
	int asker;        /* the front's end of its edge */
	bool alive;       /* the key holder runs */
	struct published_keys *front;
	struct buf packet;
};

/* Only one in each process, because it has a thread. */
void rworld_new(struct rworld *w);
/* Removes all files: nothing is pinned, and no key holder runs. */
void rworld_reset(struct rworld *w, uint64_t now_s);
void rworld_free(struct rworld *w);

void rworld_set_clock(struct rworld *w, uint64_t now_s);

/* rworld_service() starts the service, or restarts it, without a key holder.
 * rworld_look() has the supervisor check the officers' file and hand on the
 * file in force; true: another one came into force. */
void rworld_service(struct rworld *w);
bool rworld_look(struct rworld *w);

/* Starts a key holder, which ends by itself when its device is lost. */
void rworld_begin(struct rworld *w);
void rworld_kill(struct rworld *w);
void rworld_tick(struct rworld *w);

/* Requests a challenge; ret_kid gets the key that signed it.  False:
 * refused. */
bool rworld_sign(struct rworld *w, char ret_kid[static KID_SIZE]);

/* True if that key is published now. */
bool rworld_published(struct rworld *w, const char *kid);

/* The key holder's record of the key that signs. */
struct pins_signs rworld_signs(const struct rworld *w);

/* Removes the latch if it is set, so that a key holder may start again. */
void rworld_unlatch(struct rworld *w);

#endif
