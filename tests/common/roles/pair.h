/*
 * pair.h - the real service with two tokens, each a SoftHSM in its own
 * directory behind its own shim; and a steady load.
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

	/* The load: the answers to challengers and attesters. */
	struct losses_board *challenges, *attestations;
	pid_t clients[PAIR_CHALLENGERS + PAIR_ATTESTERS];
};

/* OK: both tokens are ready.  E_NOT_FOUND: SoftHSM is not available. */
MUST_CHECK err_t pair_start(struct pair *p);
void pair_free(struct pair *p);

/* From now on every such call of that token has that outcome, until
 * pair_honest(). */
void pair_obey(struct pair *p, unsigned token, enum shim_call call,
               enum shim_outcome outcome);
void pair_honest(struct pair *p, unsigned token);

/* The pid of a token's key holder; kills it. */
pid_t pair_pid(const struct pair *p, unsigned token);
bool pair_kill(const struct pair *p, unsigned token);

/* Moves the token's directory away, or back. */
bool pair_move(const struct pair *p, unsigned token, bool away);

/* By the front's metrics: the position of the token in use, from 1; 0: none;
 * and the number of tokens that can sign.  -1: no answer. */
int pair_in_use(const struct pair *p);
int pair_ready(const struct pair *p);
/* The number of requests that wait for another process; -1: no answer. */
int pair_pending(const struct pair *p);
bool pair_wait_in_use(const struct pair *p, int place, unsigned ms);
bool pair_wait_ready(const struct pair *p, int n, unsigned ms);
bool pair_wait_pending(const struct pair *p, int n, unsigned ms);

/* The number of occurrences of this text in the log. */
unsigned pair_logged(const struct pair *p, const char *text);

/* Requests a challenge for metadata; ret_kid gets the key that signed it. */
bool pair_challenge(const struct pair *p, struct asked_challenge *ret,
                    char ret_kid[static PAIR_KID_MAX]);

/* Attests with the enrolled device and returns the HTTP status. */
int pair_attest(const struct pair *p, const struct asked_challenge *c,
                bool *ret_eligible);

/* The same, and appends the answer. */
int pair_attest_said(const struct pair *p, const struct asked_challenge *c,
                     struct buf *answer);

/* Enrols a device and returns the HTTP status. */
int pair_enroll(const struct pair *p, const struct soft_tpm *tpm,
                char ret_handle[static ASK_HANDLE_MAX]);

/* Starts the load; stops it.  False: a client failed. */
void pair_load(struct pair *p);
bool pair_stop(struct pair *p);

/* Waits up to ms for a good challenge and a good result since that time. */
bool pair_good_since(const struct pair *p, uint64_t at, unsigned ms);

#endif
