/*
 * renew.h - files that change under a running front: its certificate, its key,
 * the clients' authorities, the list of denied certificates.
 *
 * A new one is taken whole or not at all.  Certificate and key lie in two files
 * and are never replaced at the same moment: until they fit, connections are
 * made with the old ones, and for some seconds they are tried again, since a file
 * that is written in place may be whole by then.
 */
#ifndef FRONT_RENEW_H
#define FRONT_RENEW_H

#include <stdint.h>

#include "base/err.h"

struct front;
struct role;

enum renewed { RENEWED_TLS, RENEWED_DENIED, RENEWED_COUNT };

struct renewal {
	char notes[RENEWED_COUNT][96]; /* what was not taken; "": nothing */
	uint64_t again_at;             /* when the TLS files are tried again */
	unsigned tries;                /* since a file came */
};

/* From prepare(): the list of denied certificates, if one is configured.
 * E_NOT_FOUND, E_MALFORMED, ... (logged): nobody may be let in. */
MUST_CHECK err_t renew_denied_first(struct front *f);

/* The role's file_changed(). */
void renew_file(struct role *role, const char *name);

void renew_turn(struct front *f, uint64_t now); /* every LIMIT_SWEEP_MS */

#endif
