/*
 * keyholder_rig.h - a key holder with its token, its front and its ledger, life
 * after life.
 */
#ifndef COMMON_ROLES_KEYHOLDER_RIG_H
#define COMMON_ROLES_KEYHOLDER_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "crypto/token/challenge.h"
#include "crypto/keys/keyring.h"
#include "tests/common/roles/lifeline.h"
#include "tests/common/devices/softtoken.h"
#include "tests/common/fakes/verdict_kit.h"
#include "wire/wire.h"

struct rig {
	struct softtoken token;
	char pin_path[160], latch_path[160];
	struct lifeline *life;
	struct peer *front, *ledger;
	struct keyring *ring;
	uint32_t epoch;
	const char *more;   /* lines of the group token; NULL: none */
	const char *script; /* of the shim; NULL: the token itself */
	const char *groups; /* other groups; NULL: challenge alone */
	const char *pins; /* the file "pins"; NULL: the token's key; "": none */
	struct buf packet, finding;
};

/* False: there is no SoftHSM here, the test is skipped. */
bool rig_open(struct rig *r);
void rig_close(struct rig *r);
DEFINE_AUTO_REF(struct rig, rig_close);

#define RIG(r)                        \
	AUTO(rig_close) struct rig r; \
	if (!rig_open(&(r)))          \
	return

void rig_write_pin(const struct rig *r, const char *pin);
bool rig_latched(const struct rig *r);
/* `anchorctl token unlatch`, as an officer runs it. */
void rig_unlatch(const struct rig *r);

/* A new life of the process, up to START; one that opened its token; its end,
 * which must be good. */
void life_begin(struct rig *r);
void life_open(struct rig *r);
void life_end(struct rig *r);

/* Waits for the process to end by itself, with this status. */
void life_ends(struct rig *r, int status);

/* The shim's rule for the lives to come.  False: it is not built. */
bool rig_shim(struct rig *r, const char *script);

/* KEY_HELD: its epoch. */
void rig_take_key(struct rig *r, struct peer *p);

struct wire_challenge_make rig_request(uint64_t request);
/* A result about a challenge that nobody believes, by the tag of a verifier;
 * good until the next. */
struct wire_result_sign rig_result(struct rig *r, uint64_t request);
void rig_ask(struct rig *r, struct peer *p, uint64_t request);

/* The answer to that request must be a challenge that verifies. */
struct challenge rig_take(struct rig *r, struct peer *p, uint64_t request);

/* The answer to that request must be UNAVAILABLE. */
void rig_unavailable(struct peer *p, uint64_t request);

#endif
