/*
 * keyholder_select.h - the key holders, one for each token: which of them the ledger
 * asks, and what becomes of its questions when that one is lost.
 */
#ifndef LEDGER_KEYHOLDER_SELECT_H
#define LEDGER_KEYHOLDER_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/keys/keyring.h"

struct edge;
struct ledger;
struct pending;
struct wire_key_held;

/* The last KEY_HELD of a key holder. */
struct ledger_keyholder {
	uint32_t epoch, node;
	uint8_t life[16];
	size_t kid_len;
	char kid[KID_SIZE];
	bool refused;
};

void ledger_keyholders_init(struct ledger *l);

/* Sends the packet in l->packet to the one in use, as p's question.  The caller
 * drops p when that fails. */
MUST_CHECK err_t ledger_keyholders_ask(struct ledger *l, struct pending *p);

/* Tokens whose epoch went back are not asked, here and by the fronts. */
void ledger_keyholders_veto(struct ledger *l);

/* Why the ledger must not work: the epoch of its only token, or of the last
 * that is left, went back.  "": it may. */
const char *ledger_keyholders_why(struct ledger *l);

/* Chooses anew; from tick() and from what follows. */
void ledger_keyholders_turn(struct ledger *l);

/* What was asked of two that hang; from tick(). */
void ledger_keyholders_give_up(struct ledger *l);

/* What is seen of them. */
void ledger_keyholders_down(struct ledger *l, const struct edge *e);
void ledger_keyholders_heard(struct ledger *l, const struct edge *from);
MUST_CHECK err_t ledger_keyholders_key_held(struct ledger *l,
                                            const struct edge *from,
                                            const struct wire_key_held *m);
void ledger_keyholders_pinned(struct ledger *l); /* another pins file is here */
MUST_CHECK err_t ledger_keyholders_silent(struct ledger *l,
                                          const struct edge *from,
                                          struct bytes packet);
MUST_CHECK err_t ledger_keyholders_key_lost(struct ledger *l,
                                            const struct edge *from,
                                            struct bytes packet);

#endif
