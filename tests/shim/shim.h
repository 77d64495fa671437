/*
 * shim.h - a PKCS#11 module that wraps a real one and fails to order.
 *
 * The order lies in a file that the shim maps before the key holder locks its
 * sandbox, and that the test maps too: it can change while the token is in use,
 * and it outlives the processes, so that calls are counted over all lives.
 *
 *	ANCHORD_SHIM_MODULE   the real module
 *	ANCHORD_SHIM_PAGE     the file, sizeof(struct shim_page) bytes
 *	ANCHORD_SHIM_SCRIPT   in place of a file, one rule as text:
 *	                      "C_Sign every delay 200", "C_Login 2 PIN_LOCKED";
 *	                      "C_Login every trespass" makes a system call
 *	                      there that no role may make
 *	ANCHORD_SHIM_MAKER, ANCHORD_SHIM_MODEL
 *	                      both: token, slot and module call themselves so
 */
#ifndef SHIM_H
#define SHIM_H

#include <p11-kit/pkcs11.h>
#include <stdatomic.h>
#include <stdint.h>

#define SHIM_RULES 2
#define SHIM_DELAY_MS 100 /* unless the rule says another time */

enum shim_call {
#define CALL(name, user, nth, params, args, out, bytes, len) SHIM_##name,
#include "tests/shim/functions.def"
#undef CALL
	SHIM_C_GetFunctionList,
	SHIM_CALLS
};

enum shim_outcome {
#define CODE(name) SHIM_CODE_##name,
#define DEED(name) SHIM_DEED_##name,
#include "tests/shim/outcomes.def"
#undef CODE
#undef DEED
	SHIM_OUTCOMES
};

/* Read anew at each call; `on` is set last and cleared first. */
struct shim_rule {
	atomic_uint on;
	atomic_uint fired;
	uint32_t call;
	uint32_t outcome;
	uint32_t nth; /* from 1; 0: every call */
	uint32_t ms;  /* of a delay */
};

struct shim_page {
	struct shim_rule rules[SHIM_RULES];
	atomic_uint calls[SHIM_CALLS];
	atomic_uint forgotten; /* its objects are gone until this is cleared */
	atomic_uint logins;    /* begun, with the user's PIN */
	atomic_uint logged_in; /* that were answered "yes" */
	atomic_uint life_most; /* logins within one process */
};

#endif
