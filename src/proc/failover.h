/*
 * failover.h - which of several key holders is asked.
 *
 * Tokens stand in an order of preference, their key holders all run, and one is
 * in use.  Whoever asks them (a front, the ledger) keeps one of these and says
 * what it sees; time is an argument, so this is pure.
 *
 * One that is lost, or silent while it is asked, is passed over for the next
 * that is ready, at once.  One that was lost is preferred again only when it
 * has been ready without a break for failover.return_s; so nothing that a token
 * does can make the choice go to and fro faster than that.
 */
#ifndef PROC_FAILOVER_H
#define PROC_FAILOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proc/config.h"

#define FAILOVER_NONE CONFIG_TOKENS_MAX /* none is ready */

/* Key holders that are born with us are not ready all at once: so long, one
 * that was not lost yet is preferred without waiting. */
#define FAILOVER_SETTLE_MS 10000

struct failover_holder {
	bool ready;        /* it has a key and may sign */
	bool silent;       /* it is ready, and left us without an answer */
	bool lost;         /* it was lost or silent before */
	uint64_t ready_at; /* without a break since */
	uint64_t asked_at; /* the first question since it spoke; 0: none */
};

struct failover {
	size_t n;
	size_t in_use; /* FAILOVER_NONE: none */
	uint64_t return_ms, patience_ms, settled_at;
	struct failover_holder holders[CONFIG_TOKENS_MAX];
};

void failover_init(struct failover *f, const struct config *c, uint64_t now);

/* It announced a key; it withdrew it, or died. */
void failover_ready(struct failover *f, size_t i, uint64_t now);
void failover_lost(struct failover *f, size_t i);

/* It was asked; it said anything at all. */
void failover_asked(struct failover *f, size_t i, uint64_t now);
void failover_heard(struct failover *f, size_t i, uint64_t now);

/* Somebody else waits for it in vain.  Nothing, where there is no other. */
void failover_silent(struct failover *f, size_t i);

/* Chooses, after anything of the above and now and then.  True: in_use is
 * another than before. */
bool failover_turn(struct failover *f, uint64_t now);

/* Is the one in use silent, too, with nobody left to pass it over for?  What was
 * asked of another before has then waited for two, and is to be given up. */
bool failover_at_end(const struct failover *f, uint64_t now);

#endif
