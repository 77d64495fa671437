/*
 * fault.h - one fault of a token, from the first call to the last recovery.
 *
 * A case is a SoftHSM token of its own behind the shim, one or two rules, and
 * the real key holder, life after life.  While the rules hold, challenges and
 * handles are asked for; then the fault ends, and the key holder must come
 * back.  Nothing here uses CUnit: cases run in many processes.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../shim/shim.h"
#include "bytes.h"

#define FAULT_RECOVERY_MS 5000 /* from the end of the fault to a challenge */
#define FAULT_WHENS 3          /* first, nth, every call */
#define FAULT_CASES (SHIM_CALLS * SHIM_OUTCOMES * FAULT_WHENS)
#define FAULT_TEXT_MAX 160

enum fault_class {
	FAULT_NOT_REACHED, /* nobody made the call so often */
	FAULT_UNNOTICED,   /* the work went on, every answer right */
	FAULT_LOST,        /* lives ended; a new one came back by itself */
	FAULT_LATCHED,     /* a person had to lift the latch, as it should be */
	FAULT_WRONG,       /* an invariant is broken: text says which */
	FAULT_CLASSES
};

struct fault_rule {
	enum shim_call call;
	enum shim_outcome outcome;
	uint32_t nth; /* 0: every */
};

struct fault {
	struct fault_rule rules[SHIM_RULES];
	size_t n;
};

struct fault_end {
	enum fault_class class;
	uint32_t recovered_ms;
	uint32_t lives, logins, refused; /* refused: logins not answered yes */
	char text[FAULT_TEXT_MAX];
};

/* fault_list.c: the i-th case of the matrix, a pair made from a number, and
 * both as text. */
struct fault fault_case(size_t i);
struct fault fault_pair(uint64_t seed);
size_t fault_found(void); /* how many have names of their own */
struct fault fault_found_at(size_t i);
void fault_print(const struct fault *f, char *out, size_t room);
const char *fault_call_name(enum shim_call call);
const char *fault_class_name(enum fault_class class);

/* Is it one rule, for a call that only anchorctl makes? */
bool fault_is_admin(const struct fault *f);

/* May this rule end in a latch?  What the table of codes and the order of
 * opening say; see docs/faults.md. */
bool fault_may_latch(const struct fault_rule *r);

/* May a login be tried again after this?  The device said that it did not
 * judge the PIN. */
bool fault_may_retry_login(const struct fault_rule *r);

/* fault_drive.c: the handle that an honest token gives, then the cases.  False:
 * there is no SoftHSM here. */
bool fault_prepare(const char *shim);
struct fault_end fault_run(const struct fault *f);

#endif
