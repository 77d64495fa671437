/*
 * crowd.h - many connections of one hostile client, none of which reads.
 */
#ifndef CROWD_H
#define CROWD_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/attack/attack.h"

#define CROWD_MAX 10000

struct crowd {
	size_t n, ended; /* opened; ended by the front */
	struct raw *all[CROWD_MAX];
};

/* Opens n more.  False: one was refused. */
bool crowd_open(struct crowd *crowd, const struct stage *s, const char *alpn,
                size_t n);
void crowd_free(struct crowd *crowd);
DEFINE_AUTO_REF(struct crowd, crowd_free);

/* Says the same on each that takes it, without waiting: on how many. */
size_t crowd_say(struct crowd *crowd, struct bytes words);

/* Until the stage is over. */
void crowd_press(struct crowd *crowd, const struct stage *s,
                 struct bytes words);

/* The front ends all of them within this time, though nobody reads. */
bool crowd_refused(struct crowd *crowd, unsigned ms);

#endif
