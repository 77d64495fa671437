/*
 * ledger_rig.h - the ledger role inside the test process, with real edges to
 * peers that the test plays, and with a clock that the test sets.
 *
 * The test runs the role's loop step by step and so decides which messages form
 * one group: rig_say() queues a message, rig_round() commits and sends,
 * rig_hear() receives at a peer.
 */
#ifndef COMMON_ROLES_LEDGER_RIG_H
#define COMMON_ROLES_LEDGER_RIG_H

#include "proc/config.h"

#include "ledger/ledger.h"
#include "proc/role_int.h"

#include "tests/common/roles/ledger_kit.h"

#define RIG_TTL_S 300

/* The packets that arrived at a peer and were not read yet, each with its
 * length, see src/wire/channel.c. */
struct rig_heard {
	size_t at, len;
	uint8_t bundle[WIRE_PACKET_MAX + 4];
};

/* The slots of the peers: fronts 0 and 1, a verifier, the key holder. */
enum rig_peer { RIG_FRONT, RIG_FRONT_1, RIG_VERIFIER, RIG_KEYHOLDER };

struct rig {
	struct kit_dir dir;
	struct config config;
	struct role role;
	struct ledger ledger;
	int ends[ROLE_EDGES_MAX + 1]; /* peers' ends by slot; lifeline last */
	struct buf packet;
	struct rig_heard heard[RIG_KEYHOLDER + 1];
};

/* Connects a peer; disconnects it. */
void rig_up(struct rig *g, enum rig_peer peer);
void rig_down(struct rig *g, enum rig_peer peer);

/* Adds a row to the ledger's pins file.  rig_start() begins with kid-1 of the
 * only token. */
void rig_pin(struct rig *g, const char *token, uint32_t node, const char *kid);

/* Starts the role, possibly again, with the directory of g. */
void rig_start(struct rig *g);

/* Ends the role; rig_start() or rig_free() must follow. */
void rig_stop(struct rig *g);

/* Creates a ledger in a new directory, at KIT_NOW_MS. */
struct rig *rig_new(void);
void rig_free(struct rig *g);

/* Sends the packet in g->packet from that peer. */
err_t rig_say(struct rig *g, enum rig_peer from);

void rig_round(struct rig *g);
void rig_tick(struct rig *g);

/* Both return the next packet at a peer; empty: none. */
struct bytes rig_hear(struct rig *g, enum rig_peer at);
struct bytes rig_hear_any(struct rig *g, enum rig_peer at);

/* True if no packet has arrived; otherwise takes one. */
bool rig_silent(struct rig *g, enum rig_peer at);

/* Send messages of the peers. */
void rig_key_held(struct rig *g, uint32_t epoch);
void rig_verdict(struct rig *g, const struct wire_verdict *v);
void rig_signed(struct rig *g, uint64_t request, const char *jwt);

/* Fail the test unless this is the next message at the peer. */
struct wire_result_sign rig_hear_sign(struct rig *g);
void rig_expect_result(struct rig *g, enum rig_peer front, uint64_t request,
                       const char *jwt);
void rig_expect_unavailable(struct rig *g, enum rig_peer front,
                            uint64_t request, const char *why);

/* Creates a ledger that knows epoch 7 and is ready. */
struct rig *rig_ready(void);

/* Does the ledger say that it is ready? */
bool rig_serves(const struct rig *g);

#endif
