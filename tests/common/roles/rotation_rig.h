/*
 * rotation_rig.h - a key holder whose token has a second key, and pins files that
 * put it in the place of the first.
 *
 * Everything expires within two seconds, so that an overlap is short.
 */
#ifndef COMMON_ROLES_ROTATION_RIG_H
#define COMMON_ROLES_ROTATION_RIG_H

#include "tests/common/roles/keyholder_rig.h"
#include "crypto/pins/pins.h"

struct rota {
	struct rig rig;
	struct pin old, next;
	char old_kid[KID_SIZE], next_kid[KID_SIZE];
	struct pins pins; /* the file to come */
	char text[16384];
};

/* False: there is no SoftHSM here, the test is skipped. */
bool rota_open(struct rota *k);
void rota_close(struct rota *k);
DEFINE_AUTO_REF(struct rota, rota_close);

#define ROTA(k)                         \
	AUTO(rota_close) struct rota k; \
	if (!rota_open(&(k)))           \
	return

uint64_t rota_now_s(void);
void rota_pause_until(uint64_t at_s);

/* One more key in the token, while nobody has it open. */
struct pin rota_make(const struct softtoken *t, const char *label, uint8_t id);

/* The next version of k->pins: the old key alone, or both, the new one published
 * now. */
void rota_one(struct rota *k);
void rota_two(struct rota *k, uint64_t from_s, uint64_t until_s);

/* k->pins as text, good until the next; handed to the life that runs. */
const char *rota_write(struct rota *k);
void rota_give(struct rota *k);

/* A life whose first key is the old one. */
void rota_open_old(struct rota *k);

/* The next key that is announced there. */
void rota_hear(struct rota *k, struct peer *p, char ret_kid[static KID_SIZE]);

/* Both keys are announced there. */
void rota_hear_both(struct rota *k, struct peer *p);

/* Signs something now, and by this key; or does so within a tick or two. */
void rota_signs(struct rota *k, const char *kid);
void rota_signs_soon(struct rota *k, const char *kid);

#endif
