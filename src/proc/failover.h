/*
 * failover.h - selects one of several key holders.
 *
 * Tokens have an order of preference.  All their key holders run, and one is in
 * use.  Each process that asks them (a front, the ledger) keeps a struct
 * failover and reports its observations to it.  The functions do not read the
 * clock; the time is an argument, in milliseconds.
 *
 * A key holder that is lost, or does not answer in time, is replaced at once by
 * the next one that is ready.  It is preferred again only after it has been
 * ready for failover.return_s without interruption, so that a token which fails
 * repeatedly cannot make the selection change more often than that.
 */
#ifndef PROC_FAILOVER_H
#define PROC_FAILOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proc/config.h"

#define FAILOVER_NONE CONFIG_TOKENS_MAX /* no key holder is ready */

/* Key holders that start together with this process become ready one after the
 * other.  Until this time has passed, a never-failed token is preferred at
 * once. */
#define FAILOVER_SETTLE_MS 10000

struct failover_keyholder {
	bool ready;        /* it has announced a key */
	bool silent;       /* ready, but did not answer in time */
	bool lost;         /* it has been lost or silent before */
	uint64_t ready_at; /* since when, without interruption */
	uint64_t asked_at; /* oldest unanswered request; 0: none */
};

struct failover {
	size_t n;
	size_t in_use; /* or FAILOVER_NONE */
	uint64_t return_ms, patience_ms, settled_at;
	struct failover_keyholder keyholders[CONFIG_TOKENS_MAX];
};

void failover_init(struct failover *f, const struct config *c, uint64_t now);

/* The key holder announced a key; it withdrew its key, or its edge went
 * down. */
void failover_ready(struct failover *f, size_t i, uint64_t now);
void failover_lost(struct failover *f, size_t i);

/* A request was sent to the key holder; any message came from it. */
void failover_asked(struct failover *f, size_t i, uint64_t now);
void failover_heard(struct failover *f, size_t i, uint64_t now);

/* Another process reports that the key holder does not answer.  Without effect
 * when no other key holder is usable. */
void failover_silent(struct failover *f, size_t i);

/* Selects the key holder; to be called after each of the above and
 * periodically.  True: in_use has changed. */
bool failover_turn(struct failover *f, uint64_t now);

/* True when the key holder in use does not answer and no other is usable.  A
 * request that was sent to another one before has then waited for two, and the
 * caller gives it up. */
bool failover_at_end(const struct failover *f, uint64_t now);

#endif
