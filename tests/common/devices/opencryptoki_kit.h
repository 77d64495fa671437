/*
 * opencryptoki_kit.h - opencryptoki's soft token, with its slot daemon.
 *
 * Its directories, its daemon's socket and its shared memory have names that are
 * compiled in, so the test program gets file systems and System V memory of its
 * own (namespaces): nothing of the machine is touched, and several programs run
 * at the same time.  Only root may do that.
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
#define OPENCRYPTOKI_PIN "Tau-6283" /* it takes eight at most */

struct opencryptoki {
	const char *module;
	pid_t daemon;
	struct secret *pin;
	char uri[512];
	uint8_t public_sha256[HASH_SIZE];
};

/* A token with both keys.  False: no opencryptoki here, or no namespaces (the
 * test is marked as skipped). */
bool opencryptoki_open(struct opencryptoki *t);
void opencryptoki_close(struct opencryptoki *t);

/* The slot daemon dies, as a crash would have it; and starts. */
void opencryptoki_kill(struct opencryptoki *t);
bool opencryptoki_start(struct opencryptoki *t);

/* The token's objects are no more there for whoever has it open, until they are
 * put back: what another process that initialises it does.  The daemon dies,
 * too. */
void opencryptoki_away(struct opencryptoki *t);
void opencryptoki_back(struct opencryptoki *t);

#endif
