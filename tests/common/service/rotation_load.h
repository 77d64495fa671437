/*
 * rotation_load.h - the whole service while its signing key is replaced, under
 * a steady load over HTTP/2 that must not notice.
 *
 * Each client asks for a challenge, checks it with the keys that it fetched
 * before (never more than ROTATION_LOAD_CACHE_MS old, and never anew because a
 * key was unknown), redeems it at once or after a while, and checks the result
 * likewise.  Whatever is not as promised is counted.
 */
#ifndef COMMON_SERVICE_ROTATION_LOAD_H
#define COMMON_SERVICE_ROTATION_LOAD_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/common/base/ask.h"
#include "crypto/keys/keyring.h"
#include "tests/common/service/service.h"
#include "tests/common/devices/soft_tpm.h"

#define ROTATION_LOAD_CLIENTS 6
#define ROTATION_LOAD_EVERY_MS 20
#define ROTATION_LOAD_CACHE_MS 1000
#define ROTATION_LOAD_HELD_MS 2500 /* before a held challenge is redeemed */

/* In the settings of the service: what it signs lives so long. */
#define ROTATION_LOAD_TTL_S 5

struct rotation_board {
	char old_kid[KID_SIZE], new_kid[KID_SIZE]; /* the new: "" at first */
	char handle[ASK_HANDLE_MAX];
	atomic_uint answered; /* requests, as promised */
	atomic_uint failed;   /* any other status, or a lost connection */
	atomic_uint unknown;  /* signed by a key that was not published */
	atomic_uint wrong;    /* does not verify, or is not eligible */
	atomic_uint old, new; /* challenges by the one and by the other */
	atomic_uint old_results, new_results;
	atomic_uint old_redeemed_late; /* after the new key had signed */
	atomic_ullong new_signed_at;   /* wall, ms; 0: never yet */
	atomic_ullong old_signed_at;   /* the last */
	atomic_bool stop;
};

/* A service whose statements live ROTATION_LOAD_TTL_S, with an order. */
MUST_CHECK err_t rotation_service(struct service **ret_service);
/* The same in two steps, for what is to be edited in between. */
MUST_CHECK err_t rotation_prepare(struct service **ret_service);
MUST_CHECK err_t rotation_launch(struct service *s);

/* anchorctl on the service's token; `words` ends with NULL.  The exit status;
 * ret_json, which may be NULL, gets a new reference to what it printed. */
int rotation_ctl(const struct service *s, const char *const *words,
                 json_t **ret_json);

/* Makes a key and orders it, as an officer does, with these seconds of lead and
 * margin.  The exit status; its kid is the board's new_kid. */
int rotation_order(const struct service *s, const char *lead,
                   const char *margin, struct rotation_board *board);
/* The same by one command, whoever we are: for a device without files. */
int rotation_order_at_once(const struct service *s, const char *lead,
                           const char *margin, struct rotation_board *board);

/* Does /v1/keys have that kid?  -1: no answer. */
int rotation_published(const struct service *s, const char *kid);

/* The kid of the only key there is; fails the test when there are more. */
void rotation_kid(const struct service *s, char ret_kid[static KID_SIZE]);

/* Is it that key that signs now, by what a challenge says? */
bool rotation_signed_by(const struct service *s, const char *kid);

/* One client process; ends when the board says stop.  Exits. */
_Noreturn void rotation_client(const struct service *s,
                               const struct soft_tpm *tpm,
                               struct rotation_board *board, unsigned number);

#endif
