/*
 * keyholder_rig.h - runs real key holders, one after the other, on a test's
 * token.  The test acts as their front and ledger.
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
	unsigned deadline_ms; /* of a device call; 0: longer than any takes */
	const char *more;     /* more lines of the group token, or NULL */
	const char *beside;   /* PIN of a TPM beside, or NULL: the token's */
	const char *script;   /* the shim's rule; NULL: no shim */
	const char *page;     /* the shim's page in its place, or NULL */
	const char *groups;   /* further groups; NULL: only challenge */
	const char *pins; /* the file "pins"; NULL: the token's key; "": none */
	const char *genesis; /* in hex: officers govern; NULL: none do */
	const char *trust;   /* more lines of the group trust, or NULL */
	const char *chain;   /* the file "trust-chain", instead of pins */
	struct buf packet, finding;
};

/* False: SoftHSM is not available, and the test was marked as skipped. */
bool rig_open(struct rig *r);
void rig_close(struct rig *r);
DEFINE_AUTO_REF(struct rig, rig_close);

#define RIG(r)                        \
	AUTO(rig_close) struct rig r; \
	if (!rig_open(&(r)))          \
	return

void rig_write_pin(const struct rig *r, const char *pin);
bool rig_latched(const struct rig *r);
/* Runs `anchorctl token unlatch` like an officer. */
void rig_unlatch(const struct rig *r);

/* life_begin() starts a process and sends START; life_open() also waits until
 * the token is open; life_end() ends it and checks its exit status. */
void life_begin(struct rig *r);
void life_open(struct rig *r);
void life_end(struct rig *r);

/* Waits until the process ends by itself, and checks its exit status. */
void life_ends(struct rig *r, int status);

/* Sets the shim's rule for later processes.  False: the shim is not built. */
bool rig_shim(struct rig *r, const char *script);

/* Receives KEY_HELD and stores its epoch. */
void rig_take_key(struct rig *r, struct peer *p);

struct wire_challenge_make rig_request(uint64_t request);
/* A result about a forged challenge with a valid tag; valid until the next
 * call. */
struct wire_result_sign rig_result(struct rig *r, uint64_t request);
void rig_ask(struct rig *r, struct peer *p, uint64_t request);

/* Fails the test unless the answer to that request is a challenge that
 * verifies. */
struct challenge rig_take(struct rig *r, struct peer *p, uint64_t request);

/* Fails the test unless the answer to that request is UNAVAILABLE. */
void rig_unavailable(struct peer *p, uint64_t request);

#endif
