/*
 * policy_diff.h - the differences of two policies in sentences, for `anchorctl
 * policy diff`.
 *
 *	policy_diff.c         adds a sentence
 *	verb_policy_diff.c    the verb; id, version, workflows
 *	policy_diff_groups.c  device groups and rules
 */
#ifndef ANCHORCTL_POLICY_DIFF_H
#define ANCHORCTL_POLICY_DIFF_H

#include <jansson.h>

#include "policy/select.h"

#define POLICY_DIFF_MAX 4096 /* bytes of a sentence */

/* What a difference does to devices. */
enum policy_effect {
	POLICY_ACCEPTS, /* something is accepted that was refused */
	POLICY_REFUSES, /* something is refused that was accepted */
	POLICY_CHANGES, /* neither, or both */
};

struct policy_diff {
	const struct policy *before, *after;
	json_t *items; /* {"effect", "sentence"} */
};

/* Adds a sentence. */
void policy_diff_say(const struct policy_diff *d, enum policy_effect effect,
                     const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Adds the sentences about device groups and rules. */
void policy_diff_groups(const struct policy_diff *d);

#endif
