/*
 * rotation_load.h - the whole service while its signing key is replaced, under
 * a steady load over HTTP/2 that must not be disturbed.
 *
 * Each client requests a challenge, verifies it with the keys that it has
 * fetched (at most ROTATION_LOAD_CACHE_MS ago, and not again because a key was
 * unknown), redeems it at once or later, and verifies the result likewise.  All
 * deviations are counted.
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

/* Lifetime of challenges and results in the service's configuration. */
#define ROTATION_LOAD_TTL_S 5

struct rotation_board {
	char old_kid[KID_SIZE], new_kid[KID_SIZE]; /* new_kid: "" at first */
	char handle[ASK_HANDLE_MAX];
	atomic_uint answered; /* requests with a correct answer */
	atomic_uint failed;   /* any other status, or a lost connection */
	atomic_uint unknown;  /* signed by a key that was not published */
	atomic_uint wrong;    /* does not verify, or is not eligible */
	atomic_uint old, new; /* challenges by the old and the new key */
	atomic_uint old_results, new_results;
	atomic_uint old_redeemed_late; /* after the new key had signed */
	atomic_ullong new_signed_at;   /* first time, wall ms; 0: not yet */
	atomic_ullong old_signed_at;   /* last time, wall ms */
	atomic_bool stop;
	/* A test's further check of a result's claims, and the versions of the
	 * trust bundle that they may name; NULL: no further check. */
	bool (*names_well)(const struct rotation_board *b, const char *claims);
	atomic_uint bundle_least, bundle_most;
};

/* Starts a service whose statements live ROTATION_LOAD_TTL_S. */
MUST_CHECK err_t rotation_service(struct service **ret_service);
/* The same in two steps, so that a test can edit files in between. */
MUST_CHECK err_t rotation_prepare(struct service **ret_service);
MUST_CHECK err_t rotation_launch(struct service *s);

/* Runs anchorctl on the service's token; `words` ends with NULL.  Returns the
 * exit status; ret_json, which may be NULL, gets a new reference to its
 * output. */
int rotation_ctl(const struct service *s, const char *const *words,
                 json_t **ret_json);

/* Creates a key and rotates to it like an officer, with these seconds of lead
 * and margin.  Returns the exit status; board->new_kid gets the key's kid. */
int rotation_order(const struct service *s, const char *lead,
                   const char *margin, struct rotation_board *board);
/* The same by one command, as any user, for a device without files. */
int rotation_order_at_once(const struct service *s, const char *lead,
                           const char *margin, struct rotation_board *board);

/* 1 if /v1/keys has that kid, 0 if not, -1: no answer. */
int rotation_published(const struct service *s, const char *kid);

/* The kid of the only published key; fails the test if there are more. */
void rotation_kid(const struct service *s, char ret_kid[static KID_SIZE]);

/* True if a new challenge is signed by that key. */
bool rotation_signed_by(const struct service *s, const char *kid);

/* A board that the clients' processes share; munmap(). */
struct rotation_board *rotation_board(void);

/* Enrols the TPM; board->handle gets the handle. */
void rotation_enroll(const struct service *s, const struct soft_tpm *tpm,
                     struct rotation_board *board);

/* Starts the client processes, which run until they are stopped. */
void rotation_clients(const struct service *s, const struct soft_tpm *tpm,
                      struct rotation_board *board);
/* Ends them all; each must exit with status 0. */
void rotation_clients_stop(struct rotation_board *board);

#endif
