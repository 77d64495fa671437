/*
 * group.h - a group of a policy that belongs to a format of evidence.
 *
 * The policy's parser knows no rules of any device: it finds the group's name
 * among these, and hands the group to whoever has it.  What was parsed is the
 * format's own; the policy keeps it, and gives it back by policy_rules().
 */
#ifndef POLICY_GROUP_H
#define POLICY_GROUP_H

#include <stddef.h>

#include "base/err.h"

struct config_setting_t; /* libconfig's */
struct policy;
struct walk;

#define POLICY_GROUPS_MAX 8

struct policy_group {
	const char *name; /* of the setting */
	size_t size;      /* bytes of the rules */

	/* What holds when a policy has no such group; rules is zeroed. */
	void (*defaults)(void *rules);

	/* Reads the group into walk->rules: see src/policy/parse.h.
	 * E_MALFORMED, E_NOMEM. */
	err_t (*walk)(struct walk *w, const struct config_setting_t *group);

	/* Frees what the rules point to, also half read; NULL: nothing. */
	void (*release)(void *rules);
};

/* The i-th group; NULL past the last.  The formats have them, and this room is
 * below theirs: the function is evidence.c's.  Only the parser asks. */
const struct policy_group *policy_group_at(size_t i);

/* The rules of that group; never NULL for one of these. */
const void *policy_rules(const struct policy *p,
                         const struct policy_group *group);

#endif
