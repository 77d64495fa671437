/*
 * share.h - limits what one client gets of an iteration of the loop.
 *
 * Of the input of a client, over all its connections, LIMIT_TURN_BYTES are
 * processed in one iteration; the rest waits for the next.  So an iteration is
 * bounded, and another client's request waits for one share of each client, not
 * for all that thirty connections have sent.
 *
 * Answers have priority: while more answers wait than one iteration handles, a
 * client with LIMIT_TURN_UNDER_WAY open questions is not read, because more
 * questions would only lengthen the queue of answers that all clients share.
 */
#ifndef FRONT_SHARE_H
#define FRONT_SHARE_H

#include <stdbool.h>
#include <stddef.h>

struct connection;
struct front;

/* Takes n bytes of its client's share.  False: the share is used up; the
 * connection is not read, and connection_read_on() is called in a later
 * iteration. */
bool share_take(struct connection *c, size_t n);

/* Answers were received in this iteration. */
void shares_heard(struct front *f);

/* Called between two iterations: those that wait get their next share. */
void shares_turn(struct front *f);

/* True if a connection waits, so the next iteration must not block. */
bool shares_wait(const struct front *f);

#endif
