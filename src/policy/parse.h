/*
 * parse.h - shared by the files that parse a policy.
 *
 *	parse.c            the whole text
 *	parse_workflows.c  the group "workflows"
 *	parse_devices.c    the list "groups"
 *	parse_check.c      what the parts of a policy say to each other
 *	parse_common.c     formats and their groups of settings
 *	parse_names.c      names of groups and states
 */
#ifndef POLICY_PARSE_H
#define POLICY_PARSE_H

#include "crypto/codec/walk.h"
#include "policy/int.h"

static inline struct policy *
policy_of(struct walk *w)
{
	return w->whole;
}

MUST_CHECK err_t parse_policy_workflows(struct walk *w,
                                        const config_setting_t *s);
MUST_CHECK err_t parse_policy_devices(struct walk *w,
                                      const config_setting_t *s);

/* Checks the whole policy, whose text has this root. */
MUST_CHECK err_t parse_policy_check(struct walk *w,
                                    const config_setting_t *root);

/* Reads a text of a list into a number: the index of a format.  E_MALFORMED: no
 * format of this program has the name. */
MUST_CHECK err_t parse_format_name(struct walk *w, const config_setting_t *s,
                                   size_t *ret_format);

/* Reads the group of settings of a format into its rules in parts. */
MUST_CHECK err_t parse_part(struct walk *w, const config_setting_t *s,
                            const struct policy_part *parts, bool match);

/* Adds a setting for each format's group behind the `n` of a table, which has
 * room for POLICY_GROUPS_MAX and the row that ends it. */
void parse_parts_add(struct known *table, size_t n,
                     const struct policy_part *parts, setting_fn *fn);

/* The index of a group of settings; POLICY_GROUPS_MAX: none has the name. */
size_t parse_part_find(const struct policy_part *parts, const char *name);

/* The bits of the formats whose group of settings is this one. */
uint32_t parse_part_formats(const struct policy_group *group);

#endif
