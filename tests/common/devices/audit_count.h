/*
 * audit_count.h - an audit's listener that counts the findings of each code.
 */
#ifndef COMMON_DEVICES_AUDIT_COUNT_H
#define COMMON_DEVICES_AUDIT_COUNT_H

#include "hsm/audit/audit.h"

struct audit_count {
	unsigned found[AUDIT_CODES];
	char key[160]; /* the label of the last private key; "": none was seen */
};

/* The calls of struct audit_ops, with `count` as their argument. */
struct audit_ops audit_count_ops(struct audit_count *count);

#endif
