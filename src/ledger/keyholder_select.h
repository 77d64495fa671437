/*
 * keyholder_select.h - the key holders, one for each token: selects the one
 * that the ledger asks, and handles open requests when it is lost.
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

/* The content of a key holder's last KEY_HELD. */
struct ledger_keyholder {
	uint32_t epoch, node;
	uint8_t life[16];
	size_t kid_len;
	char kid[KID_SIZE];
	bool refused;
};

void ledger_keyholders_init(struct ledger *l);

/* Sends the packet in l->packet, the request of p, to the key holder in use.
 * After a failure the caller drops p. */
MUST_CHECK err_t ledger_keyholders_ask(struct ledger *l, struct pending *p);

/* Of several tokens, is this one without any key that is pinned?  Then it is not
 * asked, and what it answers counts for nothing. */
bool ledger_keyholders_disowned(const struct ledger *l, uint16_t index);

/* Excludes tokens whose life is vetoed (keys.h), and reports them to the
 * fronts.  No effect with a single token. */
void ledger_keyholders_veto(struct ledger *l);

/* The cause, as one line of text, while the life of the only token, or of the
 * last usable one, is vetoed, so that the ledger must not work; otherwise
 * "". */
const char *ledger_keyholders_why(struct ledger *l);

/* Selects the key holder again; called in tick() and by the functions below. */
void ledger_keyholders_turn(struct ledger *l);

/* Gives up requests that two key holders have not answered; called in
 * tick(). */
void ledger_keyholders_give_up(struct ledger *l);

/* The edge of a key holder has ended: its requests are sent to the next one, or
 * answered UNAVAILABLE. */
void ledger_keyholders_down(struct ledger *l, const struct edge *e);

/* A key holder has sent any message, so it is not silent. */
void ledger_keyholders_heard(struct ledger *l, const struct edge *from);

/* A key holder has sent KEY_HELD.  Only a pinned key makes its token usable;
 * another one is judged again when the pins change.  Always OK. */
MUST_CHECK err_t ledger_keyholders_key_held(struct ledger *l,
                                            const struct edge *from,
                                            const struct wire_key_held *m);

/* The pins file was replaced: judges again the keys that were not pinned. */
void ledger_keyholders_pinned(struct ledger *l);

/* A front has sent KEY_SILENT: a key holder does not answer it.  E_MALFORMED:
 * the packet, or no token has that index. */
MUST_CHECK err_t ledger_keyholders_silent(struct ledger *l,
                                          const struct edge *from,
                                          struct bytes packet);

/* A key holder has sent KEY_LOST: it cannot sign any more.  E_MALFORMED: the
 * packet. */
MUST_CHECK err_t ledger_keyholders_key_lost(struct ledger *l,
                                            const struct edge *from,
                                            struct bytes packet);

#endif
