/*
 * opencryptoki_kit.h - opencryptoki's soft token with its slot daemon.
 *
 * The names of its directories, of its daemon's socket and of its shared memory
 * are compiled in.  So the test program gets its own mount and IPC namespaces,
 * for which it must be root: it changes nothing on the machine, and several
 * programs can run at the same time.
 *
 * The token has RSA and no elliptic curves; it signs PS256.
 */
#ifndef COMMON_DEVICES_OPENCRYPTOKI_KIT_H
#define COMMON_DEVICES_OPENCRYPTOKI_KIT_H

#include <sys/types.h>

#include "base/auto.h"
#include "hsm/admin/admin.h"
#include "base/secret.h"

#define OPENCRYPTOKI_LABEL "anchord-test"
#define OPENCRYPTOKI_SO_PIN "31415926"
#define OPENCRYPTOKI_PIN "Tau-6283" /* opencryptoki permits eight bytes */

struct opencryptoki {
	const char *module;
	pid_t daemon;
	struct secret *pin;
	char uri[512];
	uint8_t public_sha256[HASH_SIZE];
};

/* Creates a token with both keys.  False: opencryptoki or namespaces are not
 * available, and the test was marked as skipped. */
bool opencryptoki_open(struct opencryptoki *t);
void opencryptoki_close(struct opencryptoki *t);

/* Kills the slot daemon; starts it again. */
void opencryptoki_kill(struct opencryptoki *t);
bool opencryptoki_start(struct opencryptoki *t);

/* Removes the token's objects for every process that has it open, as its
 * initialisation by another process would, and kills the daemon; puts the
 * objects back. */
void opencryptoki_away(struct opencryptoki *t);
void opencryptoki_back(struct opencryptoki *t);

#endif
