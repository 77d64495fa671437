/*
 * renew.h - files that change while a front runs: its certificate, its key, the
 * CAs of clients, the list of denied certificates.
 *
 * A new file is used as a whole or not at all.  Certificate and key are two
 * files that are never replaced at the same moment: until they fit together,
 * new connections use the old ones.  They are tried again for some seconds,
 * since a file that is written in place may be complete by then.
 */
#ifndef FRONT_RENEW_H
#define FRONT_RENEW_H

#include <stdint.h>

#include "base/err.h"

struct front;
struct role;

enum renewed { RENEWED_TLS, RENEWED_DENIED, RENEWED_COUNT };

struct renewal {
	char notes[RENEWED_COUNT][96]; /* why a file was refused, or "" */
	uint64_t again_at;             /* when the TLS files are tried again */
	unsigned tries;                /* attempts since a file came */
};

/* Called in prepare(): reads the list of denied certificates, if one is
 * configured.  E_NOT_FOUND, E_MALFORMED, ... (logged): the front must not
 * start. */
MUST_CHECK err_t renew_denied_first(struct front *f);

/* role_ops.file_changed. */
void renew_file(struct role *role, const char *name);

void renew_turn(struct front *f, uint64_t now); /* every LIMIT_SWEEP_MS */

#endif
