/*
 * keyholder_select.h - the key holders, one for each token: what they announce,
 * and which one is asked.
 */
#ifndef FRONT_KEYHOLDER_SELECT_H
#define FRONT_KEYHOLDER_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/keys/keyring.h"

struct edge;
struct front;
struct wire_key_held;

/* The content of a key holder's last KEY_HELD. */
struct front_keyholder {
	uint32_t epoch, node;
	size_t kid_len;
	char kid[KID_SIZE];
	const char *against; /* why it is not believed, or NULL */
	bool vetoed;         /* by the current ledger */
};

/* The edge to a key holder was established; it has ended. */
void front_keyholders_edge_up(struct front *f, const struct edge *e);
void front_keyholders_edge_down(struct front *f, const struct edge *e);

/* A key holder announced a key (KEY_HELD); withdrew it (KEY_LOST); sent any
 * message. */
void front_keyholders_key_held(struct front *f, const struct edge *from,
                               const struct wire_key_held *m);
void front_keyholders_key_lost(struct front *f, const struct edge *from);
void front_keyholders_heard(struct front *f, const struct edge *from);

/* The pins file was replaced: decides again which announced keys are
 * believed. */
void front_keyholders_pinned(struct front *f);

/* The ledger refuses the key holder with that index; the ledger has ended. */
void front_keyholders_vetoed(struct front *f, uint16_t index);
void front_keyholders_unvetoed(struct front *f);

/* A request was sent to the key holder in use. */
void front_keyholders_asked(struct front *f);

/* Selects the key holder, and repeats requests at a new one if necessary. */
void front_keyholders_turn(struct front *f);

/* Every LIMIT_SWEEP_MS: answers 503 to requests that already waited for two key
 * holders. */
void front_keyholders_give_up(struct front *f);

#endif
