/*
 * hostile.h - what hostile clients share: records piled up before they are sent,
 * and whether the front has had enough.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/common/base/raw_client.h"

/* Puts one thing to say into the connection's TLS. */
typedef bool (*hostile_say)(struct raw *c, void *arg);

/* Says it n times and sends all of it at once, so that it lies before the front
 * as a whole.  False: the front ended the connection meanwhile. */
bool hostile_pile(struct raw *c, unsigned n, hostile_say say, void *arg);

/* The front ends the connection within this time; what it says is read. */
bool hostile_refused(struct raw *c, unsigned ms);

#endif
