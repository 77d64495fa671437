/*
 * look.h - what a device reports without a login, for `anchord --check`.
 *
 * It is part of core, because the key holder does not link hsm/admin.
 */
#ifndef HSM_CORE_LOOK_H
#define HSM_CORE_LOOK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* The state of the user PIN: it is set, it is locked, one more wrong PIN locks
 * it. told is false if the device does not report its state. */
struct hsm_look {
	bool told, set, locked, final_try;
};

/* Checks the syntax of a key's URI.  E_CONFIG: malformed, or unknown scheme. */
MUST_CHECK err_t hsm_look_uri(const char *uri, struct buf *why);

/* Connects to the device and reads the PIN's state; module is NULL for a TPM.
 * Errors are those of hsm_open(); why receives the cause. */
MUST_CHECK err_t hsm_look(const char *module, const char *uri, struct buf *why,
                          struct hsm_look *ret_look);

#endif
