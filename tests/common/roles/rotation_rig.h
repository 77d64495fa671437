/*
 * rotation_rig.h - a key holder whose token has a second key, and pins files
 * with which that key replaces the first.
 *
 * Everything expires within two seconds, so that the overlap is short.
 */
#ifndef COMMON_ROLES_ROTATION_RIG_H
#define COMMON_ROLES_ROTATION_RIG_H

#include "tests/common/roles/keyholder_rig.h"
#include "crypto/pins/pins.h"

struct rota {
	struct rig rig;
	struct pin old, next;
	char old_kid[KID_SIZE], next_kid[KID_SIZE];
	struct pins pins; /* the next version of the file */
	char text[16384];
};

/* False: SoftHSM is not available, and the test was marked as skipped. */
bool rota_open(struct rota *k);
void rota_close(struct rota *k);
DEFINE_AUTO_REF(struct rota, rota_close);

#define ROTA(k)                         \
	AUTO(rota_close) struct rota k; \
	if (!rota_open(&(k)))           \
	return

uint64_t rota_now_s(void);
void rota_pause_until(uint64_t at_s);

/* Creates another key in the token, which no process may have open. */
struct pin rota_make(const struct softtoken *t, const char *label, uint8_t id);

/* Make the next version of k->pins: with the old key only; with both keys, the
 * new one published now. */
void rota_one(struct rota *k);
void rota_two(struct rota *k, uint64_t from_s, uint64_t until_s);

/* rota_write() returns k->pins as text, valid until the next call; rota_give()
 * hands it to the running process. */
const char *rota_write(struct rota *k);
void rota_give(struct rota *k);

/* Starts a key holder whose first key is the old one. */
void rota_open_old(struct rota *k);

/* Receives the next announced key at that peer. */
void rota_hear(struct rota *k, struct peer *p, char ret_kid[static KID_SIZE]);

/* Fails the test unless both keys are announced at that peer. */
void rota_hear_both(struct rota *k, struct peer *p);

/* Fail the test unless this key signs now; or within one or two ticks. */
void rota_signs(struct rota *k, const char *kid);
void rota_signs_soon(struct rota *k, const char *kid);

#endif
