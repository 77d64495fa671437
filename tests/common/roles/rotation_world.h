/*
 * rotation_world.h - what decides about the signing key, in one process: the
 * supervisor's pins (src/supervisor/pinned.c), a key holder and what a front
 * publishes, the real ones, over files in a directory and a clock that the test
 * holds.
 *
 * The device is hsm.h's, whatever the program puts there.
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
	bool alive;       /* the key holder's process */
	struct published_keys *front;
	struct buf packet;
};

/* One a process: it has a thread. */
void rworld_new(struct rworld *w);
/* All files go: nothing is pinned yet, and no key holder runs. */
void rworld_reset(struct rworld *w, uint64_t now_s);
void rworld_free(struct rworld *w);

void rworld_set_clock(struct rworld *w, uint64_t now_s);

/* The service's first or next life, without a key holder; the supervisor looks
 * at the officers' file, and hands on what is in force when it is new: true. */
void rworld_service(struct rworld *w);
bool rworld_look(struct rworld *w);

/* A key holder's life; it ends by itself when it is lost. */
void rworld_begin(struct rworld *w);
void rworld_kill(struct rworld *w);
void rworld_tick(struct rworld *w);

/* Asks for a challenge.  False: there is none; else by which key. */
bool rworld_sign(struct rworld *w, char ret_kid[static KID_SIZE]);

/* Is that key published at this moment? */
bool rworld_published(struct rworld *w, const char *kid);

/* What the key holder says of who signs. */
struct pins_signs rworld_signs(const struct rworld *w);

/* A person lifts the latch, when it is set: a new life may begin. */
void rworld_unlatch(struct rworld *w);

#endif
