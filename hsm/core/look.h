/*
 * look.h - what a device tells anybody, without a login: for `anchord --check`.
 *
 * The key holder links this and nothing of what officers do.
 */
#ifndef HSM_CORE_LOOK_H
#define HSM_CORE_LOOK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* What it says of its user PIN; told is false where a device says nothing. */
struct hsm_look {
	bool told, set, locked, final_try;
};

/* Is it the URI of a key in a device that we know?  E_CONFIG: no, and why. */
MUST_CHECK err_t hsm_look_uri(const char *uri, struct buf *why);

/* Reaches the device; module is NULL where there is none.  Errors are those of
 * hsm_open(); why receives a line. */
MUST_CHECK err_t hsm_look(const char *module, const char *uri, struct buf *why,
                          struct hsm_look *ret_look);

#endif
