/*
 * rotation_rig.h - a key holder whose token has a second key, and orders to put
 * it in the place of the first.
 *
 * Everything expires within two seconds, so that an overlap is short.
 */
#ifndef ROTATION_RIG_H
#define ROTATION_RIG_H

#include "keyholder_rig.h"
#include "rotation.h"

struct rota {
	struct rig rig;
	struct rotation_key old, next;
	char old_kid[KID_SIZE], next_kid[KID_SIZE];
	char text[ROTATION_FILE_MAX];
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
struct rotation_key rota_make(const struct softtoken *t, const char *label,
                              uint8_t id, char ret_kid[static KID_SIZE]);

/* The order of both keys: the new one is published now. */
struct rotation rota_two(const struct rota *k, uint64_t from_s,
                         uint64_t retire_s);

/* As text, good until the next; handed to the life that runs. */
const char *rota_write(struct rota *k, const struct rotation *r);
void rota_give(struct rota *k, const struct rotation *r);

/* A life whose first key is the old one. */
void rota_open_old(struct rota *k);

/* The next key that is announced there; it goes into the ring. */
struct wire_key_held rota_hear(struct rota *k, struct peer *p,
                               char ret_kid[static KID_SIZE]);

/* Both keys are announced there, with their times. */
void rota_hear_both(struct rota *k, struct peer *p, const struct rotation *r);

/* Signs something now, and by this key; or does so within a tick or two. */
void rota_signs(struct rota *k, const char *kid);
void rota_signs_soon(struct rota *k, const char *kid);

#endif
