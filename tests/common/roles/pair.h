/*
 * pair.h - the real service on two tokens, each a SoftHSM in a directory of its
 * own, behind a shim of its own; and a steady load on it.
 *
 * Token 0 is called "a" and preferred, token 1 is called "b".
 */
#ifndef COMMON_ROLES_PAIR_H
#define COMMON_ROLES_PAIR_H

#include <stdbool.h>
#include <sys/types.h>

#include "tests/shim/shim.h"
#include "tests/common/base/ask.h"
#include "tests/common/faults/losses.h"
#include "tests/common/service/service.h"
#include "tests/common/devices/soft_tpm.h"

#define PAIR_RETURN_S 1 /* failover.return_s */
#define PAIR_CHALLENGERS 4
#define PAIR_ATTESTERS 2
#define PAIR_EVERY_MS 20 /* between two requests of one client */
#define PAIR_KID_MAX 64

struct pair {
	struct service *service;
	struct shim_page *pages[2];
	struct soft_tpm *tpm; /* enrolled by the attesters */
	char handle[ASK_HANDLE_MAX];

	/* The load: what challengers and attesters were told. */
	struct losses_board *challenges, *attestations;
	pid_t clients[PAIR_CHALLENGERS + PAIR_ATTESTERS];
};

/* Both tokens are ready when this returns OK.  E_NOT_FOUND: no SoftHSM. */
MUST_CHECK err_t pair_start(struct pair *p);
void pair_free(struct pair *p);

/* From now on every such call of that token has that outcome; until the token
 * is honest again. */
void pair_obey(struct pair *p, unsigned token, enum shim_call call,
               enum shim_outcome outcome);
void pair_honest(struct pair *p, unsigned token);

/* The process that holds a token's key, and its end. */
pid_t pair_pid(const struct pair *p, unsigned token);
bool pair_kill(const struct pair *p, unsigned token);

/* The token's directory, away or back. */
bool pair_move(const struct pair *p, unsigned token, bool away);

/* By the front's metrics: the place of the token in use, from 1; 0: none.
 * -1: no answer. */
int pair_in_use(const struct pair *p);
int pair_ready(const struct pair *p); /* how many can sign */
bool pair_wait_in_use(const struct pair *p, int place, unsigned ms);
bool pair_wait_ready(const struct pair *p, int n, unsigned ms);

/* Times that the log has this text. */
unsigned pair_logged(const struct pair *p, const char *text);

/* One challenge for metadata, and who signed it. */
bool pair_challenge(const struct pair *p, struct asked_challenge *ret,
                    char ret_kid[static PAIR_KID_MAX]);

/* Attests with the enrolled device.  The HTTP status; *ret_eligible. */
int pair_attest(const struct pair *p, const struct asked_challenge *c,
                bool *ret_eligible);

/* Enrols a device; its handle.  The HTTP status. */
int pair_enroll(const struct pair *p, const struct soft_tpm *tpm,
                char ret_handle[static ASK_HANDLE_MAX]);

/* The load, until it is stopped.  False: a client ended badly. */
void pair_load(struct pair *p);
bool pair_stop(struct pair *p);

/* A good challenge, and a good result, since that time, within ms? */
bool pair_good_since(const struct pair *p, uint64_t at, unsigned ms);

#endif
