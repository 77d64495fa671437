/*
 * group.h - a group of settings that belongs to an evidence format.
 *
 * The policy's parser does not know the rules for devices.  It finds a group by
 * its name in the table of formats and calls the format to parse the group.
 * The policy owns the parsed rules, whose type only the format knows;
 * policy_rules() returns them.
 *
 * A device group has a selector besides, which the format parses into the same
 * type: there, a zero member means that anything is taken.
 */
#ifndef POLICY_GROUP_H
#define POLICY_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "policy/policy.h"
#include "wire/reason.h"

struct config_setting_t; /* libconfig's */
struct walk;

#define POLICY_GROUPS_MAX 8
#define POLICY_STATES_MAX 16 /* of one group of settings */

/* A rule as it was applied to a piece of evidence.  The texts are for people and
 * valid during the call. */
struct policy_line {
	const char *rule;   /* the setting: "os_patch" */
	const char *shown;  /* what the evidence shows */
	const char *wanted; /* what the rule wants */
	bool holds;
	enum reason reason; /* of a refusal by this rule */
};
typedef void policy_line_fn(void *arg, const struct policy_line *line);

/* One difference of two sets of rules: what is accepted now and was not, or the
 * other way round.  The texts are as those above. */
struct policy_change {
	const char *setting;
	const char *what; /* "tee", "values from 202501 to below 202601" */
	bool wider;       /* accepted now */
};
typedef void policy_change_fn(void *arg, const struct policy_change *change);

struct policy_group {
	const char *name; /* of the setting */
	size_t size;      /* bytes of the rules */

	/* Sets the rules of a policy without this group, or before the group is
	 * parsed.  rules is zeroed; NULL: zeros are the defaults. */
	void (*defaults)(void *rules);

	/* Parses the group into walk->rules (crypto/codec/walk.h).  E_MALFORMED:
	 * walk->why has the cause.  E_NOMEM. */
	err_t (*walk)(struct walk *w, const struct config_setting_t *group);

	/* Parses a selector, whose rules are zeroed before.  NULL: devices of
	 * this format cannot be told apart by what they show. */
	err_t (*walk_match)(struct walk *w,
	                    const struct config_setting_t *group);

	/* Frees the memory that the rules point to, but not the rules; also
	 * after a failed walk() or walk_match().  NULL: there is none. */
	void (*release)(void *rules);

	/* The four below are NULL without walk_match.  matches: true if the
	 * format's parsed evidence shows what the selector takes.  covers: true
	 * if the first selector takes all that the second takes; when in
	 * doubt, false. */
	bool (*matches)(const void *match, const void *own);
	bool (*covers)(const void *wide, const void *narrow);

	/* Tells each rule that is set, of rules or of a selector. */
	void (*explain)(const void *rules, const void *own,
	                policy_line_fn *tell, void *arg);

	/* Tells each difference of two sets of rules or two selectors. */
	void (*compare)(const void *before, const void *after,
	                policy_change_fn *tell, void *arg);
};

/* The i-th group; NULL: past the last one.  evidence/evidence.c defines this
 * function and the next one, because this room must not include the formats'
 * rooms. */
const struct policy_group *policy_group_at(size_t i);

/* The name of the i-th format and its group, or NULL; NULL: past the last one. */
const char *policy_format_at(size_t i, const struct policy_group **ret_group);

/* The rules of a group, owned by the policy; never NULL for a group of
 * policy_group_at(). */
const void *policy_rules(const struct policy *p,
                         const struct policy_group *group);

/* --- for the formats' parsers --------------------------------------------- */

/* Reads the name of a device group or of a state: as tenant_name_valid(). */
MUST_CHECK err_t policy_name_parse(struct walk *w,
                                   const struct config_setting_t *s,
                                   char out[static POLICY_NAME_SIZE]);

/* Refuses what is no list of 1 to POLICY_STATES_MAX groups. */
MUST_CHECK err_t policy_states_check(struct walk *w,
                                     const struct config_setting_t *s);

#endif
