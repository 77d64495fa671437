/*
 * group.h - a group of a policy that belongs to an evidence format.
 *
 * The policy's parser does not know the rules for devices.  It finds a group by
 * its name in the table of formats and calls the format to parse the group.
 * The policy owns the parsed rules, whose type only the format knows;
 * policy_rules() returns them.
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

	/* Sets the rules of a policy without this group, or before the group is
	 * parsed.  rules is zeroed; NULL: zeros are the defaults. */
	void (*defaults)(void *rules);

	/* Parses the group into walk->rules (crypto/codec/walk.h).  E_MALFORMED:
	 * walk->why has the cause.  E_NOMEM. */
	err_t (*walk)(struct walk *w, const struct config_setting_t *group);

	/* Frees the memory that the rules point to, but not the rules; also
	 * after a failed walk().  NULL: there is none. */
	void (*release)(void *rules);
};

/* The i-th group; NULL: past the last one.  evidence/evidence.c defines this
 * function, because this room must not include the formats' rooms. */
const struct policy_group *policy_group_at(size_t i);

/* The rules of a group, owned by the policy; never NULL for a group of
 * policy_group_at(). */
const void *policy_rules(const struct policy *p,
                         const struct policy_group *group);

#endif
