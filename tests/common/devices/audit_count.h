/*
 * audit_count.h - callbacks of an audit that count the findings of each code.
 */
#ifndef COMMON_DEVICES_AUDIT_COUNT_H
#define COMMON_DEVICES_AUDIT_COUNT_H

#include "hsm/audit/audit.h"

struct audit_count {
	unsigned found[AUDIT_CODES];
	char key[160]; /* label of the last private key; "": none */
};

/* The callbacks, with `count` as their argument. */
struct audit_ops audit_count_ops(struct audit_count *count);

#endif
