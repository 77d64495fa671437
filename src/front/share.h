/*
 * share.h - a client's share of a turn.
 *
 * What comes from a client in one turn of the loop is worked on up to
 * LIMIT_TURN_BYTES, over all its connections; the rest waits for the next turn.  So
 * a turn has an end, and another client's request waits for one share of each, not
 * for all that thirty connections have sent.
 *
 * Answers come first: while more answers wait than one turn takes, nothing is read
 * from a client with LIMIT_TURN_UNDER_WAY questions under way.  More questions of
 * his would only lengthen the one queue of answers that all clients share.
 */
#ifndef FRONT_SHARE_H
#define FRONT_SHARE_H

#include <stdbool.h>
#include <stddef.h>

struct connection;
struct front;

/* So much has come from it.  False: it waits, is not read meanwhile, and
 * connection_read_on() is called in a later turn. */
bool share_take(struct connection *c, size_t n);

/* Answers were read in this turn. */
void shares_heard(struct front *f);

/* Between two turns: whoever waits has its share of the next one. */
void shares_turn(struct front *f);

/* Somebody waits: the next turn must not wait for the kernel's events. */
bool shares_wait(const struct front *f);

#endif
