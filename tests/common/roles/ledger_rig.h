/*
 * ledger_rig.h - the ledger role without its process: real edges to peers that
 * the test plays, and a clock that the test holds.
 *
 * The role's loop is driven by hand, so that a test decides what is one group:
 * rig_say() queues, rig_round() commits and sends, rig_hear() takes what
 * arrived at a peer.
 */
#ifndef COMMON_ROLES_LEDGER_RIG_H
#define COMMON_ROLES_LEDGER_RIG_H

#include "proc/config.h"

#include "ledger/ledger.h"
#include "proc/role_int.h"

#include "tests/common/roles/ledger_kit.h"

#define RIG_TTL_S 300

/* What came to a peer and was not looked at yet: packets with their lengths,
 * see src/wire/channel.c. */
struct rig_heard {
	size_t at, len;
	uint8_t bundle[WIRE_PACKET_MAX + 4];
};

/* A peer's slot: fronts 0 and 1, a verifier, the key holder. */
enum rig_peer { RIG_FRONT, RIG_FRONT_1, RIG_VERIFIER, RIG_KEYHOLDER };

struct rig {
	struct kit_dir dir;
	struct config config;
	struct role role;
	struct ledger ledger;
	int ends[ROLE_EDGES_MAX + 1]; /* the peers', by slot; then lifeline */
	struct buf packet;
	struct rig_heard heard[RIG_KEYHOLDER + 1];
};

/* A peer comes and goes. */
void rig_up(struct rig *g, enum rig_peer peer);
void rig_down(struct rig *g, enum rig_peer peer);

/* One more row of the pins file that the ledger has; rig_start() begins with
 * kid-1 of the only token. */
void rig_pin(struct rig *g, const char *token, uint32_t node, const char *kid);

/* The process starts (again) on the directory it has. */
void rig_start(struct rig *g);

/* The process ends; after this rig_start() or rig_free(). */
void rig_stop(struct rig *g);

/* A ledger in a directory of its own, at KIT_NOW_MS. */
struct rig *rig_new(void);
void rig_free(struct rig *g);

/* Says the packet that lies in g->packet. */
err_t rig_say(struct rig *g, enum rig_peer from);

void rig_round(struct rig *g);
void rig_tick(struct rig *g);

/* The next packet at a peer; empty: none.  Fronts and key holders hear of keys
 * at all times: only the second tells of it. */
struct bytes rig_hear(struct rig *g, enum rig_peer at);
struct bytes rig_hear_any(struct rig *g, enum rig_peer at);

/* Takes a packet when there is one. */
bool rig_silent(struct rig *g, enum rig_peer at);

/* What peers say. */
void rig_key_held(struct rig *g, uint32_t epoch);
void rig_verdict(struct rig *g, const struct wire_verdict *v);
void rig_signed(struct rig *g, uint64_t request, const char *jwt);

/* What peers must hear next. */
struct wire_result_sign rig_hear_sign(struct rig *g);
void rig_expect_result(struct rig *g, enum rig_peer front, uint64_t request,
                       const char *jwt);
void rig_expect_unavailable(struct rig *g, enum rig_peer front,
                            uint64_t request, const char *why);

/* A ledger that has heard of epoch 7 and is ready. */
struct rig *rig_ready(void);

/* Does the ledger say that it is ready? */
bool rig_serves(const struct rig *g);

#endif
